use kansoku_filter::pattern::{ilike, like};
use proptest::prelude::*;
use regex::RegexBuilder;

#[test]
fn like_knows_two_wildcards_and_no_escape() {
    assert!(like("", "") && !like("", "a"));
    assert!(like("%", "") && like("%%", "ab") && like("_", "ü") && !like("_", "ab"));
    assert!(like("a%c", "abc") && like("a%c", "ac") && !like("a%c", "acd"));
    assert!(like("%b_d%", "abcde") && !like("%b_d%", "abde"));
    assert!(like("a%b%a", "aba") && !like("ab%ba", "aba"));
    assert!(like(r"\%", r"\x") && !like(r"\%", "%"));
    assert!(!like("A", "a"));
}

#[test]
fn ilike_ignores_case_in_every_script() {
    assert!(ilike("%ÜNÏ%", "xünïx") && ilike("HELLO", "hello") && ilike("привет", "ПРИВЕТ"));
    assert!(ilike("%HeLLo%", "say hello!") && !ilike("%hello", "hello!"));
}

#[test]
fn a_hostile_pattern_takes_no_time() {
    let text = "a".repeat(20_000);
    let pattern = format!("{}b", "%a".repeat(1000));
    assert!(!like(&pattern, &text) && !ilike(&pattern, &text));
}

fn as_regex(pattern: &str, ignore_case: bool, text: &str) -> bool {
    let mut regex = String::from(r"\A");
    for c in pattern.chars() {
        match c {
            '%' => regex.push_str(".*"),
            '_' => regex.push('.'),
            c => regex.push_str(&regex::escape(&c.to_string())),
        }
    }
    regex.push_str(r"\z");
    let regex = RegexBuilder::new(&regex)
        .case_insensitive(ignore_case)
        .dot_matches_new_line(true)
        .build()
        .unwrap();
    regex.is_match(text)
}

proptest! {
    #[test]
    fn patterns_mean_what_a_regex_says(pattern in "[abAüÜ%_\n]{0,8}", text in "[abAüÜ\n]{0,8}") {
        prop_assert_eq!(like(&pattern, &text), as_regex(&pattern, false, &text));
        prop_assert_eq!(ilike(&pattern, &text), as_regex(&pattern, true, &text));
    }
}
