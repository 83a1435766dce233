use serde_json::json;

use super::*;
use crate::conventions::complete;
use crate::tests::span;

fn field(text: &str) -> RootField {
    let (part, path) = text.split_once('.').unwrap();
    RootField { part: RootPart::parse(part).unwrap(), path: JsonPath::parse(path).unwrap() }
}

fn get(span: &Span, text: &str) -> Value {
    RootValues::new(span).get(&field(text)).unwrap_or_default()
}

#[test]
fn a_path_leads_through_objects_lists_and_json_as_text() {
    let inputs = json!({
        "customer": { "id": "c-7", "tier": 3, "vip": true, "note": null },
        "messages": [{ "role": "user", "content": "hi" }],
        "arguments": r#"{"city": "Kyoto", "nights": [2, 5]}"#,
        "dotted.name": { "a.b": 1.5 },
        "text": "plain",
    });
    let outputs = json!({ "answer": { "score": 0.25 } });
    let span =
        span(1, &[("input.value", &inputs.to_string()), ("output.value", &outputs.to_string())]);
    for (path, expected) in [
        ("inputs.customer.id", json!("c-7")),
        ("inputs.customer.tier", json!(3)),
        ("inputs.customer.vip", json!(true)),
        ("inputs.customer.note", json!(null)),
        ("inputs.messages.0.content", json!("hi")),
        ("inputs.messages.1.content", json!(null)),
        ("inputs.messages.x", json!(null)),
        ("inputs.arguments.city", json!("Kyoto")),
        ("inputs.arguments.nights.1", json!(5)),
        ("inputs.dotted.name.a.b", json!(1.5)),
        ("inputs.text", json!("plain")),
        ("inputs.text.more", json!(null)),
        ("inputs.customer", inputs["customer"].clone()),
        ("outputs.answer.score", json!(0.25)),
        ("outputs.customer", json!(null)),
    ] {
        assert_eq!(get(&span, path), expected, "{path}");
    }
}

#[test]
fn attributes_are_found_by_their_names_and_by_what_is_in_them() {
    let span = span(1, &[("app.tenant", "t-1"), ("app.config", r#"{"retries": 2}"#)]);
    assert_eq!(get(&span, "attributes.app.tenant"), json!("t-1"));
    assert_eq!(get(&span, "attributes.app.config.retries"), json!(2));
    assert_eq!(get(&span, "attributes.app"), json!(null));
}

#[test]
fn leaves_are_offered_with_their_values() {
    let inputs = json!({ "q": "why", "deep": { "n": 1 }, "list": [1, 2], "none": null });
    let mut span = span(
        1,
        &[("mlflow.spanInputs", &inputs.to_string()), ("app.tenant", "t-1"), ("session.id", "s")],
    );
    complete(&mut span);
    let leaves = RootValues::new(&span).leaves();
    let told: Vec<String> =
        leaves.iter().map(|(field, value)| format!("{field} = {value}")).collect();
    let expected = ["inputs.q = \"why\"", "inputs.deep.n = 1", "attributes.app.tenant = \"t-1\""];
    assert_eq!(told, expected);
    for (leaf, value) in &leaves {
        assert_eq!(get(&span, &leaf.to_string()), *value, "{leaf}");
    }
}

#[test]
fn hostile_values_give_few_leaves() {
    let many: serde_json::Map<_, _> = (0..10_000).map(|n| (format!("k{n}"), json!(n))).collect();
    let span = span(1, &[("input.value", &Value::Object(many).to_string())]);
    let leaves = RootValues::new(&span).leaves();
    let of_inputs = leaves.iter().filter(|(field, _)| field.part == RootPart::Inputs);
    assert_eq!(of_inputs.count(), LEAVES_MAX);
}

/// Each word of a composed input is in the OTLP or in `COMPOSED_WORDS`.
#[test]
fn composed_inputs_add_no_other_words() {
    use opentelemetry_proto::tonic::trace::v1::span::Event;
    let event = |name: &str, attributes: &[(&str, &str)]| Event {
        name: name.to_owned(),
        attributes: span(1, attributes).attributes,
        ..Event::default()
    };
    let mut of_events = span(1, &[("gen_ai.operation.name", "chat")]);
    of_events.events = vec![
        event("gen_ai.system.message", &[("content", "snow")]),
        event("gen_ai.user.message", &[("content", "rain")]),
        event("gen_ai.tool.message", &[("content", "hail")]),
        event("gen_ai.choice", &[("message", "wind")]),
    ];
    let gemini = span(
        1,
        &[
            ("gen_ai.agent.name", "gemini-cli"),
            ("gen_ai.operation.name", "system_prompt"),
            ("gen_ai.input.messages", r#"[{"role": "user", "parts": [{"text": "snow"}]}]"#),
            ("gen_ai.output.messages", r#"[{"parts": [{"text": "ice"}]}]"#),
        ],
    );
    let flattened = span(
        1,
        &[
            ("openinference.span.kind", "LLM"),
            ("llm.input_messages.0.message.role", "user"),
            ("llm.input_messages.0.message.content", "snow"),
            ("reranker.query", "ice"),
        ],
    );
    for span in [of_events, gemini, flattened] {
        let bytes = prost::Message::encode_to_vec(&span);
        let stored = String::from_utf8_lossy(&bytes).into_owned();
        let sides = [Side::Input, Side::Output];
        let read: Vec<Value> =
            sides.into_iter().filter_map(|side| input_or_output_json(&span, side)).collect();
        assert!(!read.is_empty());
        for value in read {
            let text = value.to_string();
            let words = text.split(|c: char| !c.is_ascii_alphabetic() && c != '_');
            for word in words.filter(|word| 3 < word.len()) {
                let known = COMPOSED_WORDS.contains(&word) || stored.contains(word);
                assert!(known, "`{word}` of {value} is not stored");
            }
        }
    }
}
