use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::conventions::tools::definitions_in;
use crate::conventions::{ALL_CONVENTIONS, complete};
use crate::tests::span;

/// The messages of an LLM span with these inputs and outputs, as JSON.
fn chat(inputs: Value, outputs: Value) -> Value {
    let (inputs, outputs) = (inputs.to_string(), outputs.to_string());
    let normalized = normalize(&span(
        1,
        &[("openinference.span.kind", "LLM"), ("input.value", &inputs), ("output.value", &outputs)],
    ));
    serde_json::to_value(normalized.messages).unwrap()
}

/// The parts of a user message with this content, normalized.
fn parts(content: Value) -> Value {
    chat(json!({ "messages": [{ "role": "user", "content": content }] }), json!(null))[0]["parts"]
        .take()
}

fn image(url: &str, media_type: Option<&str>) -> Value {
    match media_type {
        Some(media_type) => json!({ "type": "image", "url": url, "media_type": media_type }),
        None => json!({ "type": "image", "url": url }),
    }
}

#[test]
fn a_picture_is_a_picture_in_every_providers_words() {
    let png = "data:image/png;base64,iVBO";
    let openai = json!({ "type": "image_url", "image_url": { "url": "https://a.example/b.png" } });
    let responses = json!({ "type": "input_image", "image_url": "https://a.example/b.png" });
    let anthropic = json!({ "type": "image",
        "source": { "type": "base64", "media_type": "image/png", "data": "iVBO" } });
    let gemini = json!({ "inlineData": { "mimeType": "image/png", "data": "iVBO" } });
    let bedrock = json!({ "image": { "format": "png", "source": { "bytes": "iVBO" } } });
    let semconv = json!({ "type": "blob", "modality": "image", "mime_type": "image/png",
        "content": "iVBO" });
    for part in [openai, responses] {
        assert_eq!(parts(json!([part])), json!([image("https://a.example/b.png", None)]));
    }
    for part in [anthropic, gemini, bedrock, semconv] {
        assert_eq!(parts(json!([part])), json!([image(png, Some("image/png"))]), "{part}");
    }
}

#[test]
fn sound_and_files_are_told_apart() {
    let sound =
        json!({ "type": "input_audio", "input_audio": { "data": "UklG", "format": "wav" } });
    let file = json!({ "type": "file", "file": { "filename": "a.pdf",
        "file_data": "data:application/pdf;base64,JVBE" } });
    assert_eq!(
        parts(json!([sound, file])),
        json!([
            { "type": "audio", "url": "data:audio/wav;base64,UklG", "media_type": "audio/wav" },
            { "type": "file", "url": "data:application/pdf;base64,JVBE", "name": "a.pdf" },
        ])
    );
}

#[test]
fn a_part_of_an_unknown_kind_is_kept_as_it_came() {
    let part = json!({ "type": "hologram", "depth": 3 });
    assert_eq!(parts(json!([part])), json!([{ "type": "other", "value": part }]));
}

#[test]
fn a_call_of_a_tool_is_the_same_in_every_providers_words() {
    let openai = json!({ "choices": [{ "message": { "role": "assistant", "content": null,
        "tool_calls": [{ "id": "1", "type": "function",
            "function": { "name": "weather", "arguments": "{\"city\": \"Kyoto\"}" } }] } }] });
    let responses = json!({ "output": [{ "type": "function_call", "id": "item", "call_id": "1",
        "name": "weather", "arguments": "{\"city\": \"Kyoto\"}" }] });
    let anthropic = json!({ "role": "assistant", "content": [{ "type": "tool_use", "id": "1",
        "name": "weather", "input": { "city": "Kyoto" } }] });
    let bedrock = json!({ "output": { "message": { "role": "assistant", "content": [{ "toolUse":
        { "toolUseId": "1", "name": "weather", "input": { "city": "Kyoto" } } }] } } });
    let gemini = json!({ "candidates": [{ "content": { "role": "model", "parts": [{ "functionCall":
        { "id": "1", "name": "weather", "args": { "city": "Kyoto" } } }] } }] });
    let call = json!([{ "type": "tool_call", "id": "1", "name": "weather",
        "arguments": { "city": "Kyoto" } }]);
    for answer in [openai, responses, anthropic, bedrock, gemini] {
        let chat = chat(json!(null), answer.clone());
        assert_eq!(chat[0]["role"], "assistant", "{answer}");
        assert_eq!(chat[0]["parts"], call, "{answer}");
    }
}

#[test]
fn definitions_of_tools_are_read_in_every_providers_words() {
    let schema = json!({ "type": "object", "properties": { "city": { "type": "string" } } });
    let openai = json!([{ "type": "function", "function":
        { "name": "weather", "description": "Of a city", "parameters": schema } }]);
    let anthropic =
        json!([{ "name": "weather", "description": "Of a city", "input_schema": schema }]);
    let gemini = json!([{ "functionDeclarations":
        [{ "name": "weather", "description": "Of a city", "parametersJsonSchema": schema }] }]);
    let bedrock = json!({ "tools": [{ "toolSpec":
        { "name": "weather", "description": "Of a city", "inputSchema": { "json": schema } } }] });
    for tools in [openai, anthropic, gemini, bedrock] {
        let [tool] = &definitions_in(&tools)[..] else { panic!("{tools}") };
        assert_eq!(
            (tool.name.as_str(), tool.description.as_deref()),
            ("weather", Some("Of a city"))
        );
        assert_eq!(tool.parameters.as_ref(), Some(&schema), "{tools}");
    }
    let names: Vec<String> =
        definitions_in(&json!("weather, time")).into_iter().map(|tool| tool.name).collect();
    assert_eq!(names, ["weather", "time"]);
}

#[test]
fn documents_are_read_whatever_they_are_wrapped_in() {
    let one = |document: Value| {
        let found = json!([document]).to_string();
        let span = span(1, &[("openinference.span.kind", "RETRIEVER"), ("output.value", &found)]);
        let document = normalize(&span).documents.pop().expect("a document");
        (document.id, document.text, document.score)
    };
    let dry = |id: Option<&str>, score| (id.map(str::to_owned), "Dry".to_owned(), score);
    assert_eq!(one(json!("Dry")), dry(None, None));
    let langchain = json!({ "page_content": "Dry", "metadata": { "doc_id": "a" } });
    assert_eq!(one(langchain), dry(Some("a"), None));
    let llama = json!({ "node": { "id_": "a", "text": "Dry" }, "score": 0.5 });
    assert_eq!(one(llama), dry(Some("a"), Some(0.5)));
    let without_text = one(json!({ "id": "a", "score": 0.5 }));
    assert_eq!(without_text, (Some("a".to_owned()), String::new(), Some(0.5)));
}

/// Keys of all conventions, with values of the types they have.
fn any_attribute() -> impl Strategy<Value = (String, String)> {
    let keys: Vec<&str> = ALL_CONVENTIONS
        .iter()
        .flat_map(|conventions| {
            conventions
                .mappings
                .iter()
                .chain(conventions.extra_mappings)
                .chain(conventions.prefix_mappings)
        })
        .map(|(key, _)| *key)
        .collect();
    let values = prop_oneof![
        ".{0,8}",
        Just("3".to_owned()),
        Just("0.25".to_owned()),
        Just("null".to_owned()),
        Just("{}".to_owned()),
        Just(r#"[{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]"#.to_owned()),
        Just(r#"{"messages": [["human", "Hi"]], "tools": ["a"], "model": "m"}"#.to_owned()),
        Just(r#"{"input_tokens": 3, "input_cached_tokens": 4}"#.to_owned()),
        Just(r#"[{"kind": "response", "parts": [{"part_kind": "text"}, 3, null]}]"#.to_owned()),
        Just("[[[[[[[[[[{}]]]]]]]]]]".to_owned()),
    ];
    (proptest::sample::select(keys), "[0-9a-z]{0,2}(\\.[a-z]{1,3}){0,2}", values).prop_map(
        |(key, rest, value)| match key.ends_with('.') {
            true => (format!("{key}{rest}"), value),
            false => (key.to_owned(), value),
        },
    )
}

proptest! {
    #[test]
    fn whatever_is_said_has_a_meaning_that_mlflows_words_do_not_change(
        attributes in vec(any_attribute(), 0..8)
    ) {
        let attributes: Vec<(&str, &str)> =
            attributes.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        let sent = span(1, &attributes);
        let mut shown = sent.clone();
        complete(&mut shown);
        prop_assert_eq!(normalize(&shown), normalize(&sent));
    }
}

#[test]
fn a_model_call_has_its_parameters_wherever_they_are_written() {
    let parameters = |attributes: &[(&str, &str)]| {
        let kind = [("openinference.span.kind", "LLM")];
        let normalized = normalize(&span(1, &[&kind, attributes].concat()));
        serde_json::to_value(normalized.parameters).unwrap()
    };
    let expected = json!({ "temperature": 0.2, "max_tokens": 800 });
    let request = r#"{"model": "m", "api_key": "sk-1", "temperature": 0.2, "max_completion_tokens": 800, "n": null}"#;
    assert_eq!(parameters(&[("input.value", request)]), expected);
    let object = r#"{"temperature": 0.2, "max_tokens": 800, "api_key": "sk-1"}"#;
    assert_eq!(parameters(&[("llm.invocation_parameters", object)]), expected);
    let gemini = r#"{"contents": [], "config": {"temperature": 0.2, "maxOutputTokens": 800}}"#;
    assert_eq!(parameters(&[("input.value", gemini)]), expected);
    let genai = [("gen_ai.request.temperature", "0.2"), ("gen_ai.request.max_tokens", "800")];
    assert_eq!(
        parameters(&genai),
        json!({ "temperature": "0.2", "max_tokens": "800" }),
        "texts stay texts"
    );
    let tool = normalize(&span(
        1,
        &[("openinference.span.kind", "TOOL"), ("input.value", r#"{"temperature": 21}"#)],
    ));
    assert!(tool.parameters.is_empty());
}

#[test]
fn a_call_in_the_content_and_beside_it_is_one_call() {
    let message = json!({
        "type": "ai",
        "content": [
            { "type": "text", "text": "Let me look." },
            { "type": "tool_use", "id": "toolu_1", "name": "search", "input": {} },
        ],
        "tool_calls": [
            { "name": "search", "args": { "q": "401" }, "id": "toolu_1", "type": "tool_call" },
            { "name": "search", "args": { "q": "403" }, "id": "toolu_2", "type": "tool_call" },
        ],
    });
    let answer = chat(json!("q"), json!({ "messages": [message] }));
    let call = |id: &str, q: &str| json!({ "type": "tool_call", "id": id, "name": "search", "arguments": { "q": q } });
    assert_eq!(
        answer.as_array().unwrap().last().unwrap()["parts"],
        json!([
            { "type": "text", "text": "Let me look." },
            call("toolu_1", "401"),
            call("toolu_2", "403"),
        ])
    );
}

#[test]
fn a_tools_message_is_what_the_tool_answered() {
    let result = |outputs: Value| {
        let outputs = outputs.to_string();
        let attributes = [("openinference.span.kind", "TOOL"), ("output.value", &outputs)];
        normalize(&span(1, &attributes)).tool_calls.remove(0).result.unwrap()
    };
    let message = json!({ "type": "tool", "content": "about tea", "tool_call_id": "call_1",
        "additional_kwargs": {}, "response_metadata": {} });
    assert_eq!(result(message.clone()), json!("about tea"));
    assert_eq!(result(json!({ "output": message })), json!("about tea"));
    assert_eq!(result(json!({ "type": "tool", "data": message })), json!("about tea"));
    for other in [json!({ "found": 3 }), json!({ "output": "plain" }), json!([1, 2])] {
        assert_eq!(result(other.clone()), other);
    }
}
