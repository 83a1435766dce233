use super::*;

fn asked(preview: &str) -> String {
    plain_request(preview).unwrap_or_default()
}

fn answered(preview: &str) -> String {
    plain_response(preview).unwrap_or_default()
}

#[test]
fn of_a_chat_the_last_message_of_the_user_is_shown() {
    let chat = r#"{"model": "m", "messages": [
        {"role": "user", "content": "first"},
        {"role": "assistant", "content": "answer"},
        {"role": "user", "content": [{"type": "text", "text": "What is **snow**?"}]},
        {"role": "tool", "content": "ice"}]}"#;
    assert_eq!(asked(chat), "What is snow?");
    assert_eq!(
        answered(r#"{"choices":[{"message":{"role":"assistant","content":"Ice."}}]}"#),
        "Ice."
    );
    assert_eq!(asked(r#"[{"role": "user", "content": "in a list"}]"#), "in a list");
    assert_eq!(asked(r#"{"state": {"messages": [{"role":"user","content":"deep"}]}}"#), "deep");
}

#[test]
fn messages_may_have_parts() {
    let said = |role: &str, text: &str| {
        format!(
            r#"{{"role": "{role}", "parts": [{{"type": "tool_call", "name": "t"}},
            {{"type": "text", "content": "{text}"}}], "finish_reason": "stop"}}"#
        )
    };
    let chat = format!("[{}, {}]", said("user", "Mend **it**."), said("assistant", "Done."));
    assert_eq!((asked(&chat).as_str(), answered(&chat).as_str()), ("Mend it.", "Done."));
    // The same for a preview that was truncated.
    let cut = format!("[{}", said("user", "Mend it and then some"));
    assert_eq!(asked(&cut[..cut.len() - 45]), "Mend");
}

#[test]
fn json_is_undressed() {
    for (json, shown) in [
        (r#""just text""#, "just text"),
        (r#"{"question": "Why?", "k": 5}"#, "Why?"),
        (r#"{"city": "Kyoto", "days": 3, "none": null}"#, "city: Kyoto, days: 3"),
        (r#"{"x": {"y": "z"}}"#, "z"),
        (r#"{"docs": 40}"#, "docs: 40"),
        (r#"{"allowed": true}"#, "allowed: true"),
        (r#"["a", 1, true, null]"#, "a, 1, true"),
        (r#""{\"query\": \"inside\"}""#, "inside"),
        (r#"{"input": "", "text": "the other"}"#, "the other"),
        ("42", "42"),
        ("null", ""),
        ("{}", ""),
        ("  ", ""),
        ("{not json", "{not json"),
    ] {
        assert_eq!(asked(json), shown, "{json}");
    }
    assert_eq!(answered(r#"{"input": "q", "answer": "a"}"#), "a");
}

#[test]
fn json_that_was_cut_is_undressed_too() {
    assert_eq!(
        asked(r#"{"question": "What is the capital of Fra..."#),
        "What is the capital of Fra"
    );
    assert_eq!(asked(r#"{"messages": [{"role": "user", "content": "cut \u00"#), "cut");
}

#[test]
fn markdown_leaves_words() {
    for (markdown, shown) in [
        (
            "# Title\n\nSome *emphasis*, __strong__ and `code`.",
            "Title Some emphasis, strong and code.",
        ),
        ("- one\n* two\n1. three\n> quoted", "one two 1. three quoted"),
        ("See [the docs](https://example.org/a_b) and ![a cat](c.png)", "See the docs and a cat"),
        ("```python\nprint(1)\n```", "print(1)"),
        ("snake_case 2 * 3 = 6, 2*3, a\\*b", "snake_case 2 * 3 = 6, 2*3, a*b"),
        ("a | b\n---|---\n1 | 2", "a | b 1 | 2"),
        ("[unfinished](", "[unfinished]("),
        ("x[0] = y[1]", "x[0] = y[1]"),
    ] {
        assert_eq!(asked(markdown), shown, "{markdown}");
    }
}

#[test]
fn it_is_one_short_line() {
    let long = asked(&"wörter und mehr ".repeat(100));
    assert!((PLAIN_CHARS_MAX - 1..=PLAIN_CHARS_MAX).contains(&long.chars().count()));
    assert!(long.ends_with('…') && !long.contains('\n'), "{long}");
}

proptest::proptest! {
    #[test]
    fn any_preview_becomes_a_short_line(text in "(\\PC|[\\[\\](){}\"\\\\*_`:,!#>\n]){0,200}") {
        for line in [plain_request(&text), plain_response(&text)].into_iter().flatten() {
            proptest::prop_assert!(line.chars().count() <= PLAIN_CHARS_MAX);
            proptest::prop_assert!(!line.contains('\n'));
        }
    }
}
