//! Finds personal data in a text, each piece once.
use std::borrow::Cow;
use std::ops::Range;

use super::patterns::PiiKind;

/// How often each kind is in a text; kinds that are not there are left out.
pub(super) fn count_matches(text: &str, kinds: &[PiiKind]) -> Vec<(PiiKind, u64)> {
    let text = to_ascii_forms(text);
    let has_digit = text.bytes().any(|byte| byte.is_ascii_digit());
    let mut taken: Vec<Range<usize>> = Vec::new();
    let mut counts = Vec::new();
    for kind in kinds {
        let may_be_there = if *kind == PiiKind::Email { text.contains('@') } else { has_digit };
        if !may_be_there {
            continue;
        }
        let found = find(&text, *kind, &taken);
        if !found.is_empty() {
            counts.push((*kind, found.len() as u64));
            taken.extend(found);
            taken.sort_unstable_by_key(|range| range.start);
        }
    }
    counts
}

/// The matches of one kind that are outside of `taken`, which is sorted.
fn find(text: &str, kind: PiiKind, taken: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(matched) = kind.regex().find_at(text, from) {
        // A number that is none may end with one: `2024 4111 1111 1111 1111`.
        let first_group = matched.as_str().find([' ', '-']).map(|end| matched.start() + end + 1);
        from = first_group.unwrap_or(matched.end());
        let before = &text[..matched.start()];
        if let Some(accepted) = kind.accept(matched.as_str(), before) {
            let range = matched.start()..matched.start() + accepted.len();
            from = range.end;
            if is_separate(text, kind, &range) && !overlaps(taken, &range) {
                found.push(range);
            }
        }
    }
    found
}

/// Whether a number is not a part of a longer number, a name or a path.
fn is_separate(text: &str, kind: PiiKind, range: &Range<usize>) -> bool {
    if kind == PiiKind::Email {
        return true;
    }
    let bytes = text.as_bytes();
    let before = range.start.checked_sub(1).map(|at| bytes[at]);
    let continues_name =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'/' | b'#');
    let after = bytes.get(range.end);
    let after_that = bytes.get(range.end + 1);
    let continues = match after {
        Some(b'-' | b'_' | b'/' | b'%') => true,
        Some(b'.' | b',') => after_that.is_some_and(u8::is_ascii_digit),
        Some(byte) => byte.is_ascii_alphanumeric(),
        None => false,
    };
    !before.is_some_and(continues_name) && !continues
}

fn overlaps(taken: &[Range<usize>], range: &Range<usize>) -> bool {
    let next = taken.partition_point(|other| other.end <= range.start);
    taken.get(next).is_some_and(|other| other.start < range.end)
}

/// The text with full-width letters, digits and dashes in their forms of ASCII, as numbers are often
/// written in Japanese.
fn to_ascii_forms(text: &str) -> Cow<'_, str> {
    let ascii = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '\u{a0}' | '\u{202f}' | '\u{3000}' => ' ',
        c => c,
    };
    match text.chars().any(|c| ascii(c) != c) {
        true => text.chars().map(ascii).collect::<String>().into(),
        false => text.into(),
    }
}
