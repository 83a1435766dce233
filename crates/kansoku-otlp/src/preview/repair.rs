//! Repairs JSON that was truncated at any position.

/// Closes the string, objects and lists that are open. The result may still be invalid JSON.
pub(super) fn closed(text: &str) -> String {
    let cut = text.strip_suffix("...").unwrap_or(text);
    let mut state = State::default();
    for c in cut.chars() {
        state.read(c);
    }
    let mut closed = cut.to_owned();
    if state.in_text {
        drop_partial_escape(&mut closed);
        closed.push('"');
    } else {
        // A number or a literal may have been cut in the middle, so it is dropped.
        let end = closed.trim_end_matches(|c: char| c.is_alphanumeric() || "+-.".contains(c)).len();
        closed.truncate(end);
        closed.truncate(closed.trim_end().len());
        if closed.ends_with(',') {
            closed.pop();
        }
    }
    if state.open.last() == Some(&'}') && (state.in_text || !closed.ends_with(['{', '}', ']'])) {
        // The last field of the object may be a name without a value.
        match (state.is_value, closed.ends_with(':')) {
            (_, true) => closed.push_str("null"),
            (false, false) if closed.ends_with('"') => closed.push_str(":null"),
            _ => {}
        }
    }
    closed.extend(state.open.iter().rev());
    closed
}

#[derive(Default)]
struct State {
    /// The closing bracket of each open object and list.
    open: Vec<char>,
    in_text: bool,
    escaped: bool,
    /// Whether the position is after the colon of a field.
    is_value: bool,
}

impl State {
    fn read(&mut self, c: char) {
        if self.in_text {
            match c {
                _ if self.escaped => self.escaped = false,
                '\\' => self.escaped = true,
                '"' => self.in_text = false,
                _ => {}
            }
            return;
        }
        match c {
            '"' => self.in_text = true,
            '{' => {
                self.open.push('}');
                self.is_value = false;
            }
            '[' => {
                self.open.push(']');
                self.is_value = false;
            }
            '}' | ']' => {
                self.open.pop();
                self.is_value = true;
            }
            ':' => self.is_value = true,
            ',' => self.is_value = false,
            _ => {}
        }
    }
}

/// Removes `\` or `\u12` at the end of a text.
fn drop_partial_escape(text: &mut String) {
    let tail = text.char_indices().rev().take(6).find(|(_, c)| *c == '\\');
    let Some((at, _)) = tail else { return };
    let slashes = text[..=at].chars().rev().take_while(|c| *c == '\\').count();
    let escape = &text[at + 1..];
    let is_partial = match escape.chars().next() {
        None => true,
        Some('u') => escape.len() < 5,
        Some(_) => false,
    };
    if slashes % 2 == 1 && is_partial {
        text.truncate(at);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn json_can_be_read_wherever_it_was_cut() {
        let whole = r#"{"a": {"b": ["x\"\\y", "\u00e9\n", {"c": "d"}], "e": "f"}, "g": "the end"}"#;
        for (end, _) in whole.char_indices().skip(1) {
            for dots in ["", "..."] {
                let closed = closed(&format!("{}{dots}", &whole[..end]));
                let read = serde_json::from_str::<Value>(&closed);
                assert!(read.is_ok(), "{} became {closed}", &whole[..end]);
            }
        }
    }

    #[test]
    fn a_number_that_was_cut_says_nothing() {
        let cut = closed(r#"{"a": 1, "b": [12, 3"#);
        assert_eq!(cut, r#"{"a": 1, "b": [12]}"#);
        assert_eq!(closed(r#"{"a": 1, "b": tr"#), r#"{"a": 1, "b":null}"#);
    }
}
