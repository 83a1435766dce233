//! Words to search for in texts, ignoring case.
use std::ops::Range;

/// The words that a user entered, searched for as one string.
#[derive(Clone, Debug)]
pub struct Words {
    /// The characters in lower case.
    chars: Vec<char>,
    /// The same in ASCII, if all characters are.
    ascii: Option<Vec<u8>>,
}

impl Words {
    /// Parses the words; `None` if `text` is empty.
    pub fn parse(text: &str) -> Option<Self> {
        let chars: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
        let ascii = text.is_ascii().then(|| text.to_ascii_lowercase().into_bytes());
        (!chars.is_empty()).then_some(Self { chars, ascii })
    }

    /// The byte range of the first occurrence in a text.
    pub fn find(&self, text: &str) -> Option<Range<usize>> {
        match &self.ascii {
            Some(ascii) => find_ascii(text.as_bytes(), ascii),
            None => text.char_indices().find_map(|(at, _)| self.begin_at(text, at)),
        }
    }

    fn begin_at(&self, text: &str, at: usize) -> Option<Range<usize>> {
        let mut wanted = self.chars.iter();
        for (offset, c) in text[at..].char_indices() {
            for lower in c.to_lowercase() {
                match wanted.next() {
                    Some(want) if *want == lower => {}
                    Some(_) => return None,
                    None => break,
                }
            }
            if wanted.as_slice().is_empty() {
                return Some(at..at + offset + c.len_utf8());
            }
        }
        None
    }

    /// Whether these bytes of OTLP may contain the words. Always true for words that may be part of
    /// a number or that JSON escapes, because OTLP has other bytes for these than people read.
    pub fn may_be_in(&self, otlp: &[u8]) -> bool {
        let plain = |byte: &u8| {
            byte.is_ascii_alphanumeric() || matches!(byte, b' ' | b'.' | b',' | b'-' | b'_' | b':')
        };
        match &self.ascii {
            Some(ascii) if ascii.iter().all(plain) && is_no_number(ascii) => {
                find_ascii(otlp, ascii).is_some()
            }
            _ => true,
        }
    }
}

/// Whether `text` cannot be part of a JSON number, boolean, `null`, `NaN` or `Infinity`.
fn is_no_number(text: &[u8]) -> bool {
    const LETTERS: &[u8] = b"truefalsenullnaninfinitye";
    text.iter().any(|byte| byte.is_ascii_alphabetic() && !LETTERS.contains(byte))
}

/// The first occurrence of `wanted`, which is in lower case, ignoring ASCII case.
fn find_ascii(text: &[u8], wanted: &[u8]) -> Option<Range<usize>> {
    let first = *wanted.first()?;
    let last_start = text.len().checked_sub(wanted.len())?;
    let begins = |byte: &u8| byte.eq_ignore_ascii_case(&first);
    let mut at = 0;
    while at <= last_start {
        at += text[at..=last_start].iter().position(begins)?;
        if text[at..at + wanted.len()].eq_ignore_ascii_case(wanted) {
            return Some(at..at + wanted.len());
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found<'a>(words: &str, text: &'a str) -> Option<&'a str> {
        Words::parse(words).unwrap().find(text).map(|range| &text[range])
    }

    #[test]
    fn case_does_not_matter_in_any_script() {
        assert_eq!(found("timed OUT", "it TIMED out"), Some("TIMED out"));
        assert_eq!(found("größe", "Die GRÖßE"), Some("GRÖßE"));
        assert_eq!(found("京都", "to 京都"), Some("京都"));
        assert_eq!(found("ω", "Ω"), Some("Ω"));
        assert_eq!(found("aab", "aaaab"), Some("aab"));
        assert_eq!(found("öx", "aöö"), None);
        assert_eq!(found("long", "lon"), None);
        assert_eq!(found("a", ""), None);
        assert!(Words::parse("").is_none());
    }

    #[test]
    fn only_bytes_that_read_as_they_are_rule_it_out() {
        let may = |words: &str| Words::parse(words).unwrap().may_be_in(b"\x0a\x05Hello");
        assert!(may("hello") && may("ELL"));
        assert!(!may("goodbye"));
        // A number, a boolean, a non-ASCII letter, and characters that JSON escapes.
        assert!(may("12") && may("tru") && may("é") && may("say \"x") && may("a\nb"));
    }
}
