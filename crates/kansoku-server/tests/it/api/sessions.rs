//! Sessions: their totals, and the texts of their turns.
use serde_json::{Value, json};

use crate::{
    api::traces::list::{failed, span, with},
    fixtures::TRACES,
    test_server::{START_MS, TestServer},
};

/// The root of trace `n` in a session, with a user, an input and an output.
fn turn(n: u64, session: &str, user: &str, from: i64, to: i64) -> Value {
    let question = json!({ "messages": [
        { "role": "user", "content": "earlier" },
        { "role": "assistant", "content": "yes?" },
        { "role": "user", "content": format!("question **{n}**\nplease") },
    ]});
    let said = [
        ("mlflow.spanType", json!("AGENT")),
        ("mlflow.spanInputs", question),
        ("mlflow.spanOutputs", json!({ "answer": format!("answer {n}") })),
        ("session.id", json!(session)),
        ("user.id", json!(user)),
    ];
    with(span(n, 1, 0, "ask", from, to), &said)
}

fn call(n: u64, from: i64, to: i64, tokens: u64, cost: f64) -> Value {
    let usage = json!({ "input_tokens": tokens - 5, "output_tokens": 5, "total_tokens": tokens });
    let said = [
        ("mlflow.spanType", json!("LLM")),
        ("mlflow.chat.tokenUsage", usage),
        ("mlflow.llm.cost", json!({ "total_cost": cost })),
    ];
    with(span(n, 2, 1, "call", from, to), &said)
}

fn tool(n: u64, id: u64, name: &str, from: i64, to: i64) -> Value {
    with(span(n, id, 1, name, from, to), &[("mlflow.spanType", json!("TOOL"))])
}

/// Session `a/1`: trace 1 (0 to 1000 ms), trace 2 (500 to 1500), trace 4 (5000 to 5100, failed).
/// Session `b`: trace 3 (2000 to 2100). Trace 5 has none.
async fn given() -> (TestServer, String) {
    let server = TestServer::start();
    let id = server.experiment("shop").await;
    let old = [("service.version", "1.0")];
    server.export(&id, &old, &[turn(1, "a/1", "u-1", 0, 1000), call(1, 10, 20, 100, 0.25)]).await;
    let lookup = failed(tool(2, 3, "lookup", 500, 600), "TimeoutError", "late");
    let found = [("mlflow.spanType", json!("RETRIEVER"))];
    let found = with(span(2, 5, 1, "passages", 740, 750), &found);
    let second = [turn(2, "a/1", "u-1", 500, 1500), lookup, tool(2, 4, "search", 700, 730), found];
    server.export(&id, &old, &second).await;
    server.export(&id, &[], &[turn(3, "b", "u-2", 2000, 2100)]).await;
    let lost = failed(turn(4, "a/1", "u-3", 5000, 5100), "ValueError", "no");
    let new = [("service.version", "1.1")];
    server.export(&id, &new, &[lost, call(4, 5010, 5020, 50, 0.5)]).await;
    server.export(&id, &[], &[span(5, 1, 0, "alone", 9000, 9001)]).await;
    (server, id)
}

async fn judge(server: &TestServer, n: u64, name: &str, value: Value, of_session: bool) {
    let trace = format!("tr-{n:032x}");
    let metadata = match of_session {
        true => json!({ "mlflow.trace.session": "a/1" }),
        false => json!({}),
    };
    let assessment = json!({ "assessment": {
        "assessment_name": name,
        "source": { "source_type": "HUMAN", "source_id": "me" },
        "feedback": { "value": value },
        "metadata": metadata,
    }});
    let reply = server.post(&format!("{TRACES}/{trace}/assessments"), assessment).await;
    assert_eq!(reply.status, 200, "{reply}");
}

fn names(page: &Value) -> Vec<&str> {
    let sessions = page["sessions"].as_array().unwrap_or_else(|| panic!("{page}"));
    sessions.iter().map(|row| row["session"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_session_amounts_to_all_of_its_traces() {
    let (server, id) = given().await;
    for (n, value) in [(1, json!("yes")), (2, json!("no")), (4, json!(true))] {
        judge(&server, n, "good", value, false).await;
    }
    let page = server.list(&format!("{id}/sessions")).await.json();
    assert_eq!(names(&page), ["a/1", "b"]);
    assert_eq!(page["next_page_token"], Value::Null);
    let expected = json!({
        "session": "a/1",
        "traces": 3,
        "errors": 1,
        "recovered": 1,
        "users": ["u-1", "u-3"],
        "versions": ["1.0", "1.1"],
        "first_ms": START_MS,
        "last_ms": START_MS + 5100,
        "wall_ms": 5100,
        // 0 to 1500 ms and 5000 to 5100 ms.
        "active_ms": 1600,
        "total_tokens": 150,
        "cost": 0.75,
        // The percentiles of 100, 1000 and 1000 ms.
        "p95_ms": 1000.0,
        "first_input": "question 1 please",
        "last_output": "answer 4",
        "feedback": [{
            "name": "good", "count": 3, "pass_rate": 2.0 / 3.0, "not_judged": 0,
            "polarity": "positive", "is_guess": true, "mean": null, "median": null,
            "p10": null, "p90": null,
            "values": [
                { "value": "no", "traces": 1, "verdict": "bad" },
                { "value": "true", "traces": 1, "verdict": "good" },
                { "value": "yes", "traces": 1, "verdict": "good" },
            ],
        }],
    });
    assert_eq!(page["sessions"][0], expected);
    // The experiment may be given by its name, too.
    assert_eq!(names(&server.list("shop/sessions").await.json()), ["a/1", "b"]);
}

#[tokio::test]
async fn a_filter_chooses_sessions_and_leaves_their_totals_whole() {
    let (server, id) = given().await;
    let slow = server.list(&format!("{id}/sessions?q=execution_time%20%3E%20900")).await.json();
    assert_eq!(names(&slow), ["a/1"]);
    assert_eq!(slow["sessions"][0]["traces"], 3);
    let until = START_MS + 4000;
    let early = server.list(&format!("{id}/sessions?from={START_MS}&to={until}")).await.json();
    assert_eq!(names(&early), ["b", "a/1"]);
    let first = server.list(&format!("{id}/sessions?max_results=1")).await.json();
    assert_eq!(names(&first), ["a/1"]);
    let token = first["next_page_token"].as_str().unwrap();
    let second = server.list(&format!("{id}/sessions?max_results=1&page_token={token}")).await;
    assert_eq!(names(&second.json()), ["b"]);
}

#[tokio::test]
async fn the_turns_of_a_session_say_every_word() {
    let (server, id) = given().await;
    judge(&server, 1, "satisfied", json!(true), true).await;
    judge(&server, 2, "good", json!("no"), false).await;
    let path = format!("{id}/sessions/a%2F1");
    let detail = server.list(&path).await.json();
    assert_eq!(detail["session"]["traces"], 3);
    let turns = detail["turns"].as_array().unwrap();
    let starts: Vec<_> = turns.iter().map(|turn| turn["row"]["request_time_ms"].as_i64()).collect();
    assert_eq!(starts, [0, 500, 5000].map(|ms| Some(START_MS + ms)));
    assert_eq!(turns[0]["input"], "question **1**\nplease");
    assert_eq!(turns[0]["output"], "answer 1");
    assert_eq!(turns[0]["row"]["input"], "question 1 please");
    let steps = json!([
        { "span_id": "0000000000000002", "name": "call", "type": "LLM", "failed": false, "duration_ms": 10.0 },
    ]);
    assert_eq!(turns[0]["steps"], steps);
    let failed = json!([
        { "span_id": "0000000000000003", "span": "lookup", "message": "TimeoutError: late" },
    ]);
    assert_eq!(turns[1]["failed"], failed);
    let steps = json!([
        { "span_id": "0000000000000003", "name": "lookup", "type": "TOOL", "failed": true, "duration_ms": 100.0 },
        { "span_id": "0000000000000004", "name": "search", "type": "TOOL", "failed": false, "duration_ms": 30.0 },
        { "span_id": "0000000000000005", "name": "passages", "type": "RETRIEVER", "failed": false, "duration_ms": 10.0 },
    ]);
    assert_eq!(turns[1]["steps"], steps);
    let of_session = detail["assessments"].as_array().unwrap();
    assert_eq!(of_session.len(), 1);
    assert_eq!(of_session[0]["name"], "satisfied");

    let first = server.list(&format!("{path}?max_results=2")).await.json();
    assert_eq!(first["turns"].as_array().unwrap().len(), 2);
    let token = first["next_page_token"].as_str().unwrap();
    let rest = server.list(&format!("{path}?max_results=2&page_token={token}")).await.json();
    assert_eq!(rest["turns"].as_array().unwrap().len(), 1);
    assert_eq!(rest["turns"][0]["output"], "answer 4");
}

/// If the root has no input and output, those of the last model call are used.
#[tokio::test]
async fn a_turn_without_words_at_its_root_is_read_from_its_first_and_last_calls() {
    let server = TestServer::start();
    let root = with(span(1, 1, 0, "POST /chat", 0, 100), &[("session.id", json!("s"))]);
    let said =
        |text: &str| json!([{ "role": "user", "parts": [{ "type": "text", "content": text }] }]);
    let call = |id, from, text: &str| {
        let answer = json!([{ "role": "assistant", "finish_reason": "stop",
            "parts": [{ "type": "text", "content": format!("re: {text}") }] }]);
        let attributes = [
            ("gen_ai.operation.name", json!("chat")),
            ("gen_ai.input.messages", said(text)),
            ("gen_ai.output.messages", answer),
        ];
        with(span(1, id, 1, "chat", from, from + 10), &attributes)
    };
    server.export("0", &[], &[root, call(2, 10, "first"), call(3, 30, "second")]).await;
    let detail = server.list("0/sessions/s").await.json();
    assert_eq!(detail["turns"][0]["input"], "first");
    assert_eq!(detail["turns"][0]["output"], "re: second");
    // The row of the list and that of the session are of the same calls.
    assert_eq!(detail["turns"][0]["row"]["input"], "first");
    assert_eq!(detail["turns"][0]["row"]["output"], "re: second");
    assert_eq!(detail["session"]["first_input"], "first");
    assert_eq!(detail["session"]["last_output"], "re: second");
}

#[tokio::test]
async fn what_is_not_there_is_said() {
    let (server, id) = given().await;
    for (path, status, message) in [
        (format!("{id}/sessions/nobody"), 404, "there is no session `nobody` here"),
        ("4711/sessions".to_owned(), 404, "No Experiment with id=4711 exists"),
        (format!("{id}/sessions?q=nope"), 400, "`q`: Invalid clause(s) in filter string"),
        (format!("{id}/sessions?max_results=201"), 400, "Invalid value 201 for parameter"),
        (format!("{id}/sessions?page_token=x"), 400, "Invalid page token"),
        (format!("{id}/sessions/b?max_results=0"), 400, "Invalid value 0 for parameter"),
    ] {
        let reply = server.list(&path).await;
        assert_eq!(reply.status, status, "{path}: {reply}");
        let said = reply.json()["message"].as_str().unwrap().to_owned();
        assert!(said.starts_with(message), "{path}: {said}");
    }
}
