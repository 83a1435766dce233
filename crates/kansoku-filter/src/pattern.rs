//! LIKE and ILIKE: `%` matches any sequence of characters and `_` one character, without escapes.
//!
//! A pattern is split at each `%`, and each segment is searched once from the left. The time is at
//! most proportional to the length of the text × the longest segment.

/// Matches case-sensitively.
pub fn like(pattern: &str, text: &str) -> bool {
    matches(pattern, text, &Exact)
}

/// Matches ignoring case, in every script.
pub fn ilike(pattern: &str, text: &str) -> bool {
    matches(pattern, text, &Folded)
}

/// Whether the text contains exactly these characters, ignoring case, without wildcards.
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

    /// The first position of a segment without `_`; the outer `None` if there is no fast search for
    /// it.
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
        // In UTF-8, an ASCII byte is never part of another character.
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

/// The rest of the text after the segment, if the text starts with it.
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

/// The rest of the text after the first occurrence of the segment.
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
