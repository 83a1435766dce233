//! Text without the signs that Markdown puts around it.

/// Headings, lists, quotes, emphasis, code and links lose their signs, and keep their words.
pub(super) fn without(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for line in text.lines() {
        let line = line_start(line.trim());
        if !line.is_empty() {
            inline(&mut plain, line);
            plain.push('\n');
        }
    }
    plain
}

/// A line without what makes it a heading, a point, a quote or the edge of a block.
fn line_start(mut line: &str) -> &str {
    while let Some(rest) = line.strip_prefix('>') {
        line = rest.trim_start();
    }
    for fence in ["```", "~~~"] {
        if let Some(rest) = line.strip_prefix(fence) {
            // The name of a language says nothing; code on the same line does.
            let is_name = rest.chars().all(|c| c.is_alphanumeric() || "+-#_".contains(c));
            return if is_name { "" } else { rest };
        }
    }
    let is_rule = |line: &str| 3 <= line.len() && line.chars().all(|c| "-*_=| :".contains(c));
    if is_rule(line) {
        return "";
    }
    let heading = line.trim_start_matches('#');
    if line.len() - heading.len() <= 6 && heading.starts_with(' ') {
        return heading.trim_matches([' ', '#']);
    }
    for point in ["- [ ] ", "- [x] ", "- ", "* ", "+ ", "• "] {
        if let Some(rest) = line.strip_prefix(point) {
            return rest.trim_start();
        }
    }
    line
}

fn inline(plain: &mut String, line: &str) {
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        match c {
            '`' => rest = after,
            '\\' if after.starts_with(|c: char| c.is_ascii_punctuation()) => {
                plain.push_str(&after[..1]);
                rest = &after[1..];
            }
            '!' if after.starts_with('[') && link(after).is_some() => rest = after,
            '[' => match link(rest) {
                Some((text, behind)) => {
                    inline(plain, text);
                    rest = behind;
                }
                None => {
                    plain.push(c);
                    rest = after;
                }
            },
            '*' | '_' => {
                let run = rest.len() - rest.trim_start_matches(c).len();
                let (signs, behind) = rest.split_at(run);
                if !is_emphasis(plain.chars().next_back(), behind.chars().next()) || 3 < run {
                    plain.push_str(signs);
                }
                rest = behind;
            }
            '~' if after.starts_with('~') => rest = &after[1..],
            _ => {
                plain.push(c);
                rest = after;
            }
        }
    }
}

/// A sign belongs to the word on its one side; between two words, or alone, it is text.
fn is_emphasis(before: Option<char>, after: Option<char>) -> bool {
    let is_space = |c: Option<char>| c.is_none_or(char::is_whitespace);
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let opens = !is_word(before) && !is_space(after);
    let closes = !is_space(before) && !is_word(after);
    opens || closes
}

/// `[text](address)`: the text, and what follows. Only what is on one line, and near.
fn link(rest: &str) -> Option<(&str, &str)> {
    const BYTES_MAX: usize = 2000;
    let inner = rest.strip_prefix('[')?;
    let end = inner.bytes().take(BYTES_MAX).position(|byte| byte == b']')?;
    let address = inner[end + 1..].strip_prefix('(')?;
    let close = address.bytes().take(BYTES_MAX).position(|byte| byte == b')')?;
    let text = &inner[..end];
    (!text.contains('[')).then_some((text, &address[close + 1..]))
}
