//! Literal text that a payload must contain to pass a test.
//!
//! A store searches the bytes of a whole trace for it before it decodes individual spans. So it
//! must not include what only a span's rendered JSON contains, such as escapes, names of fields and
//! ids. The code that renders spans provides the list of such words.
use crate::clause::TextTest;

/// Words of ASCII letters, separated by spaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literal {
    pub text: String,
    pub ignore_case: bool,
}

/// Shorter words occur in almost every trace.
const LETTERS_MIN: usize = 3;

/// The longest sequence of words that every text passing the test contains. A space between two
/// letters is part of the stored text, because a space that rendering adds follows a comma or
/// colon. `rendered` are the words that rendering adds.
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
    // The first letter may be part of an escape, such as the n of a line break.
    let runs = runs.map(|run| run.trim_matches(' ')).filter_map(|run| run.get(1..));
    let runs = runs.map(|run| run.trim_start_matches(' '));
    let told_apart = runs.filter(|run| {
        LETTERS_MIN <= letters(run) && !is_of_hex(run) && !is_rendered(run, rendered)
    });
    let text = told_apart.max_by_key(|run| letters(run))?.to_owned();
    Some(Literal { text, ignore_case })
}

/// Whether the text is part of a word that rendering adds, ignoring case.
fn is_rendered(run: &str, rendered: &[&str]) -> bool {
    let run = run.to_ascii_lowercase();
    rendered.iter().any(|word| word.to_ascii_lowercase().contains(&run))
}

/// Whether the text may be part of an id, which is rendered in hex but stored as bytes.
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
