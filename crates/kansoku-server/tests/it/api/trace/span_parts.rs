//! One span in parts: truncated texts, full fields, and previews.
use insta::{assert_json_snapshot, assert_snapshot};
use serde_json::{Value, json};

use crate::test_server::{Reply, TestServer};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALL: &str = "00000000000000a1";
const TOOL: &str = "00000000000000a2";

fn path(rest: &str) -> String {
    format!("/api/3.0/kansoku/traces/tr-{TRACE}/{rest}")
}

async fn get(server: &TestServer, rest: &str) -> Reply {
    server.get(&path(rest)).await
}

fn text(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

/// 27 bytes in 18 characters, so that some truncations are inside of a character.
const WORDS: &str = "Größe: 東京 2026 äöü";

/// A model call with a long history and a picture, and a tool that failed.
async fn given() -> TestServer {
    let server = TestServer::start();
    let picture = format!("data:image/png;base64,{}", "iVBO".repeat(2000));
    let asked = json!({ "model": "gpt-4o-mini", "messages": [
        { "role": "system", "content": "You help." },
        { "role": "user", "content": "Earlier question" },
        { "role": "assistant", "content": "Earlier answer" },
        { "role": "user", "content": [
            { "type": "text", "text": WORDS },
            { "type": "image_url", "image_url": { "url": picture } },
        ]},
    ]});
    let answered = json!({ "choices": [{ "message": {
        "role": "assistant", "content": "Kyoto. ".repeat(1000), "tool_calls": [
            { "id": "c-1", "type": "function",
              "function": { "name": "weather", "arguments": "{\"city\": \"Kyoto\"}" } },
        ],
    }}]});
    let call = json!({
        "traceId": TRACE, "spanId": CALL, "name": "chat",
        "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000001000000000",
        "attributes": [
            text("mlflow.spanType", "CHAT_MODEL"),
            text("mlflow.spanInputs", &asked.to_string()),
            text("mlflow.spanOutputs", &answered.to_string()),
            text("note/with~signs", WORDS),
        ],
    });
    let tool = json!({
        "traceId": TRACE, "spanId": TOOL, "parentSpanId": CALL, "name": "weather",
        "startTimeUnixNano": "1700000000100000000", "endTimeUnixNano": "1700000000200000000",
        "attributes": [
            text("mlflow.spanType", "TOOL"),
            text("mlflow.spanInputs", "{\"city\": \"Kyoto\"}"),
        ],
        "status": { "code": 2, "message": "the weather service is away, try again later" },
        "events": [{ "name": "exception", "timeUnixNano": "1700000000200000000", "attributes": [
            text("exception.type", "httpx.ConnectError"),
            text("exception.message", "no route to host"),
            text("exception.stacktrace", "Traceback (most recent call last): …"),
        ]}],
    });
    let sent = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [call, tool] }] }] });
    let reply = server.post("/v1/traces", sent).await;
    assert_eq!(reply.status, 200, "{reply}");
    server
}

#[tokio::test]
async fn texts_that_are_too_long_are_cut_and_listed() {
    let server = given().await;
    let whole = get(&server, &format!("spans/{CALL}")).await.json();
    assert_eq!(whole["truncated"], json!([]));
    let cut = get(&server, &format!("spans/{CALL}?text_max=18")).await.json();
    for cut_text in cut["truncated"].as_array().unwrap() {
        let path = cut_text["path"].as_str().unwrap();
        let (short, long) = (&cut.pointer(path), &whole.pointer(path));
        let (short, long) = (short.unwrap().as_str().unwrap(), long.unwrap().as_str().unwrap());
        assert_eq!(cut_text["bytes"], json!(long.len()));
        assert!(long.starts_with(short) && (15..=18).contains(&short.len()), "{path}: {short}");
    }
    assert_json_snapshot!(cut["truncated"]);
    let enough = get(&server, &format!("spans/{CALL}?text_max=100000")).await.json();
    assert_eq!(enough, whole);
}

#[tokio::test]
async fn what_a_failed_tool_says_is_cut_too() {
    let server = given().await;
    let cut = get(&server, &format!("spans/{TOOL}?text_max=18")).await.json();
    let told = |cut: &Value| format!("{} {} {}", cut["path"], cut["bytes"], cut["field"]);
    let told: Vec<_> = cut["truncated"].as_array().unwrap().iter().map(told).collect();
    assert_snapshot!(told.join("\n"), @r#"
    "/span/events/0/attributes/2/value/string_value" 38 "events.0.exception.stacktrace"
    "/span/status/message" 44 "status.message"
    "#);
}

#[tokio::test]
async fn a_field_is_read_whole() {
    let server = given().await;
    let field = async |span: &str, field: &str| {
        let reply = get(&server, &format!("spans/{span}/fields/{field}")).await;
        format!("{} {}", reply.header("content-type"), reply)
    };
    let outputs = get(&server, &format!("spans/{CALL}/fields/outputs")).await;
    assert_eq!(outputs.header("content-type"), "application/json");
    let answer = &outputs.json()["choices"][0]["message"]["content"];
    assert_eq!(answer.as_str().unwrap().len(), 7000);
    assert_snapshot!(
        [
            field(CALL, "attributes.note%2Fwith~signs").await,
            field(TOOL, "inputs").await,
            field(TOOL, "events.0.exception.stacktrace").await,
            field(TOOL, "status.message").await,
            field(TOOL, "outputs").await,
            field(TOOL, "events.1.exception.stacktrace").await,
            field(TOOL, "everything").await,
            field("00000000000000a9", "inputs").await,
            field("a9", "inputs").await,
        ]
        .join("\n")
    );
}

#[tokio::test]
async fn some_spans_say_in_short_what_they_say() {
    let server = given().await;
    let ask = async |ids: Value| server.post(&path("previews"), json!({ "span_ids": ids })).await;
    let reply = ask(json!([TOOL, "00000000000000a9", CALL])).await.json();
    let previews = reply["previews"].as_array().unwrap();
    assert_json_snapshot!(previews[0]);
    let call = &previews[1];
    assert_eq!(call["span_id"], CALL);
    assert_eq!(call["input"], WORDS);
    assert_eq!(call["output"].as_str().unwrap().len(), 4000);
    assert_eq!(call["messages"][3]["parts"][1]["url"], "data:image/png;base64,");
    assert_eq!(call["messages"][4]["parts"][0]["text"].as_str().unwrap().len(), 4000);
    assert_eq!(call["tool_calls"][0]["name"], "weather");
    assert_eq!(ask(json!([])).await.json(), json!({ "previews": [] }));
}

#[tokio::test]
async fn what_cannot_be_read_is_said() {
    let server = given().await;
    let mut refused = Vec::new();
    for text_max in ["0", "-1", "x"] {
        refused.push(get(&server, &format!("spans/{CALL}?text_max={text_max}")).await.to_string());
    }
    let many: Vec<_> = (0..51).map(|n| format!("{n:016x}")).collect();
    for body in [json!({}), json!({ "span_ids": ["xyz"] }), json!({ "span_ids": many })] {
        refused.push(server.post(&path("previews"), body).await.to_string());
    }
    assert_snapshot!(refused.join("\n"));
}

#[tokio::test]
async fn of_a_list_of_very_many_short_values_the_beginning_is_answered() {
    let server = TestServer::start();
    let values: Vec<u32> = (0..200_000).collect();
    let outputs = json!({ "values": values });
    let nested = json!({ "key": "many", "value": { "arrayValue": {
        "values": values.iter().map(|n| json!({ "stringValue": n.to_string() })).collect::<Vec<_>>(),
    }}});
    let span = json!({
        "traceId": TRACE, "spanId": TOOL, "name": "embed",
        "startTimeUnixNano": "1700000000000000000", "endTimeUnixNano": "1700000001000000000",
        "attributes": [text("mlflow.spanOutputs", &outputs.to_string()), nested],
    });
    let sent = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [span] }] }] });
    assert_eq!(server.post("/v1/traces", sent).await.status, 200);

    let answer = get(&server, &format!("spans/{TOOL}?text_max=1000")).await;
    assert!(answer.body.len() < 10_000, "{} bytes", answer.body.len());
    let answer = answer.json();
    let begun = answer["normalized"]["outputs"].as_str().unwrap();
    assert!(outputs.to_string().starts_with(begun) && begun.len() == 1000, "{begun}");
    let fields: Vec<_> = answer["truncated"]
        .as_array()
        .unwrap()
        .iter()
        .map(|cut| cut["field"].as_str().unwrap())
        .collect();
    assert!(fields.contains(&"outputs") && fields.contains(&"attributes.many"), "{fields:?}");
    for cut in answer["truncated"].as_array().unwrap() {
        assert!(answer.pointer(cut["path"].as_str().unwrap()).unwrap().is_string(), "{cut}");
    }
}
