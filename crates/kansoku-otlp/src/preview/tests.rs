use super::*;

#[test]
fn a_chat_is_previewed_by_its_last_message_of_the_role() {
    let chat = r#"{"messages": [{"role": "system", "content": "be kind"},
        {"role": "user", "content": "first"}, {"role": "user", "content": "hello"},
        {"role": "assistant", "content": "hi"}]}"#;
    assert_eq!(request(chat), "hello");
    assert_eq!(response(chat), "hi");
}

#[test]
fn messages_are_looked_for_in_the_places_apis_put_them() {
    for (outputs, text) in [
        (r#"{"choices": [{"message": {"role": "assistant", "content": "yes"}}]}"#, "yes"),
        (r#"{"input": [{"role": "developer", "content": "only this"}]}"#, "only this"),
        (
            r#"{"output": [{"type": "reasoning"}, {"role": "assistant",
                "content": [{"type": "image"}, {"type": "output_text", "text": "done"}]}]}"#,
            "done",
        ),
        (r#"{"request": {"messages": [{"role": "user", "content": ["part"]}]}}"#, "part"),
    ] {
        assert_eq!(response(outputs), text);
    }
}

#[test]
fn what_is_no_chat_is_previewed_as_it_is() {
    for text in [
        r#""hello""#,
        r#"{"q": 1}"#,
        r#"{"role": "user"}"#,
        r#"{"messages": "role"}"#,
        r#"[{"role": "user", "content": "in a list"}]"#,
        r#"{"messages": [{"role": "user", "content": null}]}"#,
        r#"{"messages": [{"role": "user", "content": ""}]}"#,
    ] {
        assert_eq!(request(text), text);
    }
}

#[test]
fn long_previews_end_in_dots_at_the_limit() {
    let fits = "é".repeat(CHARS_MAX);
    assert_eq!(request(&fits), fits);
    let cut = request(&"é".repeat(CHARS_MAX + 1));
    assert_eq!(cut.chars().count(), CHARS_MAX);
    assert!(cut.ends_with("é..."));
}
