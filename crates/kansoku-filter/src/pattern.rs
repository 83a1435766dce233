//! LIKE and ILIKE: `%` is any run, `_` one character, and nothing escapes them.
//!
//! A pattern is cut at its `%`; each segment is searched once from the left, so
//! time grows with text × longest segment at worst and never explodes.

/// Case-sensitive.
pub fn like(pattern: &str, text: &str) -> bool {
    matches(pattern, text, &Exact)
}

/// Ignores case, in every script.
pub fn ilike(pattern: &str, text: &str) -> bool {
    matches(pattern, text, &Folded)
}

/// Whether the text has these very characters somewhere, ignoring case; nothing is a wildcard.
pub fn contains(part: &str, text: &str) -> bool {
    if let Some(quick) = Folded.find(part, text) {
        return quick.is_some();
    }
    text.char_indices().any(|(at, _)| {
        let mut chars = text[at..].chars();
        part.chars().all(|wanted| chars.next().is_some_and(|found| Folded.same(wanted, found)))
    })
}

trait Alphabet {
    fn same(&self, pattern: char, text: char) -> bool;

    /// Where a segment without `_` first occurs, if there is a quick way to say.
    fn find(&self, segment: &str, text: &str) -> Option<Option<usize>>;
}

struct Exact;

impl Alphabet for Exact {
    fn same(&self, pattern: char, text: char) -> bool {
        pattern == text
    }

    fn find(&self, segment: &str, text: &str) -> Option<Option<usize>> {
        Some(text.find(segment))
    }
}

struct Folded;

impl Alphabet for Folded {
    fn same(&self, pattern: char, text: char) -> bool {
        if pattern.is_ascii() || text.is_ascii() {
            return pattern.eq_ignore_ascii_case(&text);
        }
        pattern == text || pattern.to_lowercase().eq(text.to_lowercase())
    }

    fn find(&self, segment: &str, text: &str) -> Option<Option<usize>> {
        if !segment.is_ascii() {
            return None;
        }
        let (segment, text) = (segment.as_bytes(), text.as_bytes());
        let Some(first) = segment.first() else {
            return Some(Some(0));
        };
        let (lower, upper) = (first.to_ascii_lowercase(), first.to_ascii_uppercase());
        // An ASCII byte is never part of another character.
        let starts = text.iter().enumerate().filter(|(_, byte)| **byte == lower || **byte == upper);
        Some(starts.map(|(at, _)| at).find(|at| {
            text.get(*at..at + segment.len()).is_some_and(|part| part.eq_ignore_ascii_case(segment))
        }))
    }
}

fn matches(pattern: &str, text: &str, alphabet: &impl Alphabet) -> bool {
    let Some((first, rest)) = pattern.split_once('%') else {
        return prefix(pattern, text, alphabet).is_some_and(str::is_empty);
    };
    let Some(mut text) = prefix(first, text, alphabet) else {
        return false;
    };
    let (middle, last) = rest.rsplit_once('%').unwrap_or(("", rest));
    for segment in middle.split('%').filter(|segment| !segment.is_empty()) {
        let Some(after) = find(segment, text, alphabet) else {
            return false;
        };
        text = after;
    }
    suffix(last, text, alphabet)
}

/// What follows the segment at the start of the text.
fn prefix<'a>(segment: &str, text: &'a str, alphabet: &impl Alphabet) -> Option<&'a str> {
    let mut chars = text.chars();
    for wanted in segment.chars() {
        let found = chars.next()?;
        if wanted != '_' && !alphabet.same(wanted, found) {
            return None;
        }
    }
    Some(chars.as_str())
}

fn suffix(segment: &str, text: &str, alphabet: &impl Alphabet) -> bool {
    let mut chars = text.chars().rev();
    segment.chars().rev().all(|wanted| {
        chars.next().is_some_and(|found| wanted == '_' || alphabet.same(wanted, found))
    })
}

/// What follows the first occurrence of the segment.
fn find<'a>(segment: &str, text: &'a str, alphabet: &impl Alphabet) -> Option<&'a str> {
    if !segment.contains('_')
        && let Some(quick) = alphabet.find(segment, text)
    {
        return quick.map(|at| &text[at + segment.len()..]);
    }
    let mut rest = text;
    loop {
        if let Some(after) = prefix(segment, rest, alphabet) {
            return Some(after);
        }
        let mut chars = rest.chars();
        chars.next()?;
        rest = chars.as_str();
    }
}
