//! Signatures of error messages, which leave out what differs from one failure to the next.

/// Replaces a number or id.
const LEFT_OUT: char = '…';
const CHARS_MAX: usize = 120;

/// The text without numbers and ids, at most 120 characters and a final `…`.
pub fn error_signature(text: &str) -> String {
    let mut signature = String::new();
    let mut word = String::new();
    for c in text.chars().chain([' ']) {
        if c.is_alphanumeric() || (c == '-' && !word.is_empty()) {
            word.push(c);
            continue;
        }
        push(&mut signature, &word);
        word.clear();
        signature.push(c);
    }
    let signature = signature.trim_end();
    match signature.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{}{LEFT_OUT}", signature[..end].trim_end_matches(LEFT_OUT)),
        None => signature.to_owned(),
    }
}

/// The pattern for `LIKE` that matches all errors with this signature.
pub fn pattern(signature: &str) -> String {
    signature.replace(LEFT_OUT, "%").replace('\'', "_")
}

fn push(signature: &mut String, word: &str) {
    let varies = word.contains(|c: char| c.is_numeric());
    match varies {
        false => signature.push_str(word),
        // `10.5` and `10:30` count as one number.
        true if signature.ends_with(['.', ':'])
            && signature[..signature.len() - 1].ends_with(LEFT_OUT) =>
        {
            signature.pop();
        }
        true => signature.push(LEFT_OUT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_that_differ_in_numbers_and_ids_have_one_signature() {
        for (text, expected) in [
            ("TimeoutError: no answer after 10.5 s", "TimeoutError: no answer after … s"),
            ("KeyError: 'user_42'", "KeyError: 'user_…'"),
            ("no order 7f3a-11 at 10:30:00", "no order … at …"),
            ("ValueError: bad-request", "ValueError: bad-request"),
            ("", ""),
        ] {
            assert_eq!(error_signature(text), expected);
        }
        assert_eq!(pattern("KeyError: 'user_…'"), "KeyError: _user_%_");
        let long = error_signature(&"word ".repeat(100));
        assert_eq!(long.chars().count(), CHARS_MAX + 1);
    }
}
