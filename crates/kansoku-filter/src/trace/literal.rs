//! Text that a payload must have in it, word for word, to pass a test.
//!
//! A store looks for it in the bytes of a whole trace before it unpacks a single span. Nothing
//! may be required that those bytes do not have as it is: what a span's JSON adds (escapes, names of
//! fields, ids) is no part of them. Which words that are, whoever renders spans says.
use crate::clause::TextTest;

/// Words of ASCII letters, with spaces between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literal {
    pub text: String,
    pub ignore_case: bool,
}

/// Shorter words are in every trace.
const LETTERS_MIN: usize = 3;

/// The longest run of words that whatever passes the test has. A space between two letters is text:
/// those of a span's JSON follow a comma or a colon. `rendered` are the words that
/// rendering adds to it.
pub(super) fn required_literal(test: &TextTest, rendered: &[&str]) -> Option<Literal> {
    let (text, ignore_case) = match test {
        TextTest::Eq(text) => (text, false),
        TextTest::Like(text) => (text, false),
        TextTest::ILike(text) | TextTest::Contains(text) => (text, true),
        TextTest::Ne(_)
        | TextTest::In(_)
        | TextTest::NotIn(_)
        | TextTest::RLike(_)
        | TextTest::Null
        | TextTest::NotNull => return None,
    };
    let runs = text.split(|c: char| !c.is_ascii_alphabetic() && c != ' ');
    // The first letter may end an escape: the n of a line break.
    let runs = runs.map(|run| run.trim_matches(' ')).filter_map(|run| run.get(1..));
    let runs = runs.map(|run| run.trim_start_matches(' '));
    let told_apart = runs.filter(|run| {
        LETTERS_MIN <= letters(run) && !is_of_hex(run) && !is_rendered(run, rendered)
    });
    let text = told_apart.max_by_key(|run| letters(run))?.to_owned();
    Some(Literal { text, ignore_case })
}

/// Part of one of the words that rendering adds, in any case.
fn is_rendered(run: &str, rendered: &[&str]) -> bool {
    let run = run.to_ascii_lowercase();
    rendered.iter().any(|word| word.to_ascii_lowercase().contains(&run))
}

/// Ids are written in hex, and kept as bytes.
fn is_of_hex(run: &str) -> bool {
    run.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn letters(run: &str) -> usize {
    run.bytes().filter(u8::is_ascii_alphabetic).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RENDERED: &[&str] = &["STATUS_CODE_ERROR", "status"];

    fn like(pattern: &str) -> Option<String> {
        required_literal(&TextTest::Like(pattern.to_owned()), RENDERED).map(|literal| literal.text)
    }

    #[test]
    fn the_longest_words_are_looked_for() {
        assert_eq!(like("%hallucination%").unwrap(), "allucination");
        assert_eq!(like("%snow and glacier_%").unwrap(), "now and glacier");
        assert_eq!(like("%, a such word: then%").unwrap(), "such word");
        assert_eq!(like("%Ärztekammer%").unwrap(), "ztekammer");
    }

    #[test]
    fn what_the_bytes_may_lack_is_not_required() {
        for pattern in [
            "%STATUS_CODE_ERROR%",
            "%status%",
            "%ode_err%",
            "%tr-4abcdef05eafface%",
            "%12345%",
            "%_%",
            "",
            "%é%",
            "%abc%",
        ] {
            assert_eq!(like(pattern), None, "{pattern}");
        }
        assert_eq!(required_literal(&TextTest::RLike("snowball".to_owned()), RENDERED), None);
        assert_eq!(required_literal(&TextTest::Ne("snowball".to_owned()), RENDERED), None);
    }
}
