//! Finds what looks like personal data in the bytes of spans: words with digits or `@`, and the
//! values of fields whose names sound personal.
//!
//! The bytes are OTLP in protobuf with JSON in its strings; this module parses neither. A false
//! positive only costs a little compression.
use kansoku_model::words_of_name;

/// Words in field names that indicate identity or property of a person.
const PERSONAL_WORDS: &[&str] = &[
    "account",
    "address",
    "author",
    "authorization",
    "bic",
    "birth",
    "birthdate",
    "birthday",
    "card",
    "contact",
    "cookie",
    "credential",
    "credentials",
    "customer",
    "dob",
    "email",
    "employee",
    "fax",
    "firstname",
    "fullname",
    "gender",
    "iban",
    "ip",
    "lastname",
    "latitude",
    "login",
    "longitude",
    "mail",
    "member",
    "mobile",
    "nationality",
    "nickname",
    "owner",
    "passport",
    "passwd",
    "password",
    "patient",
    "person",
    "personal",
    "phone",
    "postal",
    "postcode",
    "pwd",
    "recipient",
    "secret",
    "sender",
    "session",
    "sex",
    "signature",
    "ssn",
    "street",
    "surname",
    "tel",
    "telephone",
    "tenant",
    "user",
    "username",
    "zip",
];
/// Words that make a following `name` the name of a person.
const KINDS_OF_NAME: &[&str] = &["family", "first", "full", "given", "last", "maiden", "middle"];
/// Parts of field names that are written without separators.
const PERSONAL_PARTS: &[&str] =
    &["氏名", "名前", "住所", "電話", "メール", "顧客", "患者", "会員", "生年月日", "パスワード"];

/// Longer words are not treated as field names.
const NAME_BYTES_MAX: usize = 128;

/// The reason why a byte looks personal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Personal {
    No,
    /// The byte belongs to a word with digits or `@`.
    Number,
    /// The byte belongs to the value of a field whose name sounds personal.
    Value,
}

/// For each byte, whether it looks personal.
pub fn find(bytes: &[u8]) -> Vec<Personal> {
    let mut personal = vec![Personal::No; bytes.len()];
    let mut at = 0;
    while at < bytes.len() {
        if !is_of_word(bytes[at]) {
            at += 1;
            continue;
        }
        let start = at;
        while at < bytes.len() && is_of_word(bytes[at]) {
            at += 1;
        }
        let word = &bytes[start..at];
        mark_numbers(word, &mut personal[start..at]);
        if word.len() <= NAME_BYTES_MAX
            && let Some(value) = value_after(bytes, at)
            && is_personal_name(word)
        {
            personal[value].fill(Personal::Value);
        }
    }
    personal
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-.+@".contains(&byte) || !byte.is_ascii()
}

/// Marks the parts of a word that have digits or `@`. Characters of other scripts end such a part,
/// because Japanese has no spaces around numbers.
fn mark_numbers(word: &[u8], personal: &mut [Personal]) {
    let mut start = 0;
    for part in word.chunk_by(|a, b| a.is_ascii() == b.is_ascii()) {
        let range = start..start + part.len();
        start = range.end;
        if part.iter().any(|byte| byte.is_ascii_digit() || *byte == b'@') {
            mark_number(&mut personal[range]);
        } else {
            mark_wide_numbers(part, &mut personal[range]);
        }
    }
}

/// Marks full-width digits and `@`, which are used in Japanese.
fn mark_wide_numbers(part: &[u8], personal: &mut [Personal]) {
    for (at, three) in part.windows(3).enumerate() {
        if matches!(three, [0xEF, 0xBC, 0x90..=0x99 | 0xA0]) {
            mark_number(&mut personal[at..at + 3]);
        }
    }
}

/// Marks bytes as numbers, except those already marked as part of a personal value.
fn mark_number(personal: &mut [Personal]) {
    personal.iter_mut().filter(|it| **it == Personal::No).for_each(|it| *it = Personal::Number);
}

fn is_personal_name(name: &[u8]) -> bool {
    let name = String::from_utf8_lossy(name);
    let words = words_of_name(&name);
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    let is_somebodys_name =
        (1..words.len()).any(|at| word(at) == "name" && KINDS_OF_NAME.contains(&word(at - 1)));
    words.iter().any(|word| PERSONAL_WORDS.contains(&word.strip_suffix('s').unwrap_or(word)))
        || words.iter().any(|word| PERSONAL_WORDS.contains(&word.as_str()))
        // Only a last word `token` counts: `max_tokens` and `token_count` are about a model.
        || words.last().is_some_and(|last| last == "token" || last == "apikey")
        || is_somebodys_name
        || PERSONAL_PARTS.iter().any(|part| name.contains(part))
}

/// The range of the value of a field whose name ends at `at`; `None` if no value follows.
fn value_after(bytes: &[u8], at: usize) -> Option<std::ops::Range<usize>> {
    match bytes.get(at)? {
        // The second field of an OTLP `KeyValue`, with its length.
        0x12 => {
            let (mut length, mut shift, mut at) = (0_usize, 0, at + 1);
            loop {
                let byte = *bytes.get(at)?;
                at += 1;
                length |= usize::from(byte & 0x7f).checked_shl(shift)?;
                shift += 7;
                if byte < 0x80 || 28 < shift {
                    break;
                }
            }
            Some(at..at.saturating_add(length).min(bytes.len()))
        }
        _ => text_value_after(bytes, at),
    }
}

/// The range of a value written as `": "…"`, `\": \"…\"`, `: …` or `=…`.
fn text_value_after(bytes: &[u8], mut at: usize) -> Option<std::ops::Range<usize>> {
    let skip = |at: &mut usize, what: &[u8]| {
        while bytes.get(*at).is_some_and(|byte| what.contains(byte)) {
            *at += 1;
        }
    };
    skip(&mut at, b"\\\"' ");
    if !b":=".contains(bytes.get(at)?) {
        return None;
    }
    at += 1;
    skip(&mut at, b" ");
    let start = at;
    skip(&mut at, b"\\");
    let escapes = at - start;
    let rest = bytes.get(at..)?;
    let length = match rest.first()? {
        quote @ (b'"' | b'\'') => {
            let is_end = |i: usize| {
                rest[i] == *quote
                    && rest[..i].iter().rev().take_while(|b| **b == b'\\').count() <= escapes
            };
            (1..rest.len()).find(|i| is_end(*i))
        }
        open @ (b'{' | b'[') => {
            let close = if *open == b'{' { b'}' } else { b']' };
            let mut depth = 0_usize;
            rest.iter().position(|byte| {
                if byte == open {
                    depth += 1;
                } else if *byte == close {
                    depth -= 1;
                }
                depth == 0
            })
        }
        _ => rest.iter().position(|byte| *byte < b' ' || b"\",;}])".contains(byte)),
    };
    Some(start..length.map_or(bytes.len(), |length| at + length))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text with a dot for each byte that looks personal.
    fn shown(text: &str) -> String {
        let found = find(text.as_bytes());
        let bytes = text.bytes().zip(found);
        let bytes = bytes.map(|(byte, is)| if is == Personal::No { byte } else { b'.' });
        String::from_utf8_lossy(&bytes.collect::<Vec<_>>()).into_owned()
    }

    #[test]
    fn words_with_digits_are_personal() {
        assert_eq!(shown("call +49-170-1 or a.b@c.de now"), "call ......... or ........ now");
        assert_eq!(shown("model gpt-4o, claude"), "model ......, claude");
        let wide = find("番号１２の".as_bytes());
        let (plain, number) = ([Personal::No; 6], [Personal::Number; 6]);
        assert_eq!(wide, [&plain[..], &number, &plain[..3]].concat());
        assert_eq!(shown("番号12の"), "番号..の");
    }

    #[test]
    fn values_of_personal_fields_are_personal() {
        for (text, shown_as) in [
            (r#"{"customer": "Aiko", "k": "v"}"#, r#"{"customer": ....."", "k": "v"}"#),
            (
                r#"{\"user_name\":\"a \\\"b\\\" c\",\"k\""#,
                r#"{\"user_name\":..............\"",\"k\""#,
            ),
            (r#"{"user": {"a": {"b": "c"}}, "k": 1}"#, r#"{"user": .................}, "k": ."#),
            ("lastName=Tanaka; next", "lastName=......; next"),
            (
                r#"{"name": "search", "inputTokens": "x"}"#,
                r#"{"name": "search", "inputTokens": "x"}"#,
            ),
            (r#"{"role": "user", "content": "hi"}"#, r#"{"role": "user", "content": "hi"}"#),
            ("the user asks about mail", "the user asks about mail"),
        ] {
            let shown = shown(text);
            let dots = |text: &str| text.replace(['.', '"', '}', '\\'], "");
            assert_eq!(dots(&shown), dots(shown_as), "{text} is {shown}");
        }
    }

    #[test]
    fn values_of_protobuf_are_found_by_their_length() {
        let text = "\x0a\x09user.id_x\x12\x06\x0a\x04Aiko\x0a\x04plan\x12\x04\x0a\x02ab";
        let found = shown(text);
        assert!(
            !found.contains("Aiko") && found.contains("plan") && found.contains("ab"),
            "{found}"
        );
        // Arbitrary bytes must not cause a read beyond the end.
        for end in 0..text.len() {
            assert_eq!(find(&text.as_bytes()[..end]).len(), end);
        }
        assert_eq!(find(b"user\x12\xff\xff\xff\xff\xff\xff\xff").len(), 12);
    }
}
