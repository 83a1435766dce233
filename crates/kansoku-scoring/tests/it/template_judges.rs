//! Judges of `make_judge`: every type of value, answers that are repaired, tools, and parameters.
use kansoku_scoring::ScorerFeedback;
use kansoku_scoring::judges::{JudgeInput, JudgeOutcome};
use kansoku_scoring::models::{ChatMessage, EndpointSettings, Provider};
use serde_json::{Value, json};

use crate::fixtures::judge;
use crate::model_server::{ModelServer, client, text_reply, tool_call_reply};
use crate::traces::{expectation, rich_trace, session, trace};

fn only(outcome: &JudgeOutcome) -> &ScorerFeedback {
    assert_eq!(outcome.feedbacks.len(), 1, "{outcome:?}");
    &outcome.feedbacks[0].feedback
}

async fn score(name: &str, server: &ModelServer) -> JudgeOutcome {
    let trace = trace(json!({"question": "2+2?"}), json!("4"));
    judge(name).score(&server.client(), JudgeInput::Trace(&trace)).await
}

fn error(outcome: &JudgeOutcome) -> String {
    only(outcome).error.clone().unwrap().error_message.unwrap()
}

#[tokio::test]
async fn each_type_of_value_is_answered_in_its_type() {
    for (name, answered, expected) in [
        ("str", json!("fine"), json!("fine")),
        ("bool", json!(true), json!(true)),
        ("bool", json!("no"), json!(false)),
        ("int", json!("3"), json!(3)),
        ("float", json!(1), json!(1.0)),
        ("literal", json!("GOOD"), json!("good")),
        ("literal_of_one", json!("good"), json!("good")),
        ("literal_of_numbers", json!("2"), json!(2)),
        ("literal_mixed", json!(true), json!(true)),
        ("list_of_str", json!(["a", "b"]), json!(["a", "b"])),
        ("list_of_int", json!([1, 2.0]), json!([1, 2])),
        ("dict_of_bool", json!({"a": true}), json!({"a": true})),
        ("dict_of_float", json!({"a": 0.5}), json!({"a": 0.5})),
        ("optional_int", json!(null), json!(null)),
        ("optional_int", json!(4), json!(4)),
    ] {
        let answer = json!({"result": answered, "rationale": "so"}).to_string();
        let server = ModelServer::saying(&[&answer]).await;
        let outcome = score(name, &server).await;
        assert_eq!(only(&outcome).value, expected, "{name} {answered}");
        let instructions = "Judge {{ outputs }} as an answer to {{inputs}}.";
        assert_eq!(only(&outcome).metadata["guideline"], instructions);
        let sent = server.only_request();
        assert!(
            sent.message("system")
                .contains("Judge the section `outputs` as an answer to the section `inputs`.")
        );
        assert_eq!(sent.sections()["outputs"], "4");
        assert_eq!(sent.sections()["inputs"], "{\n  \"question\": \"2+2?\"\n}");
        let format = &sent.body["response_format"]["json_schema"];
        assert_eq!(format["strict"], !name.starts_with("dict"), "{name}");
        assert!(format["schema"]["properties"]["result"].is_object());
    }
}

#[tokio::test]
async fn a_broken_answer_is_repaired_by_a_second_chance() {
    for broken in ["I think it is good!", "{\"result\": \"good\"", r#"{"result": "splendid"}"#, ""]
    {
        let server =
            ModelServer::saying(&[broken, r#"{"result": "good", "rationale": "ok"}"#]).await;
        let outcome = score("literal", &server).await;
        assert_eq!(only(&outcome).value, "good", "{broken}");
        let second = &server.requests()[1];
        assert!(second.message("user").starts_with("This answer cannot be used:"), "{broken}");
        assert_eq!(second.message("assistant"), broken);
        assert_eq!(only(&outcome).metadata["mlflow.assessment.judgeInputTokens"], "20");
        assert_eq!(outcome.exchanges[0].calls.len(), 2);
    }
}

#[tokio::test]
async fn two_broken_answers_are_a_failure() {
    let server = ModelServer::saying(&[r#"{"result": "splendid"}"#]).await;
    let outcome = score("literal", &server).await;
    assert_eq!(only(&outcome).value, Value::Null);
    assert!(
        error(&outcome).contains(r#"one of "good", "bad", not "splendid""#),
        "{}",
        error(&outcome)
    );
    assert_eq!((server.requests().len(), outcome.usage.input_tokens), (2, 20));
    assert_eq!(outcome.model_error, None, "another attempt would not help");
}

#[tokio::test]
async fn parameters_and_expectations_are_sent() {
    let mut trace = trace(json!("?"), json!("4"));
    let server = ModelServer::saying(&[r#"{"result": true}"#]).await;
    let judge = judge("with_params");
    let outcome = judge.score(&server.client(), JudgeInput::Trace(&trace)).await;
    assert!(error(&outcome).contains("needs expectations"));
    trace.info.assessments = vec![expectation("answer", json!(4))];
    let outcome = judge.score(&server.client(), JudgeInput::Trace(&trace)).await;
    assert_eq!(only(&outcome).value, true);
    let sent = server.only_request();
    assert_eq!((&sent.body["temperature"], &sent.body["top_p"]), (&json!(0.2), &json!(0.9)));
    assert_eq!(sent.sections()["expectations"], "{\n  \"answer\": 4\n}");
    let properties = &sent.body["response_format"]["json_schema"]["schema"]["properties"];
    assert_eq!(properties.as_object().unwrap().keys().next().unwrap(), "rationale");
}

#[tokio::test]
async fn a_judge_of_a_trace_reads_it_with_tools() {
    let server =
        ModelServer::start(|request| match request.body["messages"].as_array().unwrap().len() {
            2 => tool_call_reply(&[
                ("list_spans", json!({})),
                ("get_span", json!({"span_id": "0000000000000004"})),
            ]),
            _ => text_reply(r#"{"result": false, "rationale": "one call"}"#),
        })
        .await;
    let trace = rich_trace();
    let outcome = judge("agentic").score(&server.client(), JudgeInput::Trace(&trace)).await;
    assert_eq!(only(&outcome).value, false);
    let [first, second] = server.requests().try_into().unwrap();
    assert_eq!(first.body["tools"].as_array().unwrap().len(), 5);
    assert!(first.message("system").contains("Does the trace waste calls?"));
    assert!(second.message("tool").contains("capital of France"), "{}", second.message("tool"));
    let roles: Vec<&str> = outcome.exchanges[0]
        .messages
        .iter()
        .map(|message| match message {
            ChatMessage::System { .. } => "system",
            ChatMessage::User { .. } => "user",
            ChatMessage::Assistant { .. } => "assistant",
            ChatMessage::Tool { .. } => "tool",
        })
        .collect();
    assert_eq!(roles, ["system", "user", "assistant", "tool", "tool", "assistant"]);
}

#[tokio::test]
async fn a_judge_that_only_calls_tools_must_answer_at_last() {
    let server = ModelServer::start(|request| match request.body["tool_choice"] == "none" {
        true => text_reply(r#"{"result": true}"#),
        false => tool_call_reply(&[("list_spans", json!({}))]),
    })
    .await;
    let trace = rich_trace();
    let outcome = judge("agentic").score(&server.client(), JudgeInput::Trace(&trace)).await;
    assert_eq!((only(&outcome).value.as_bool(), server.requests().len()), (Some(true), 21));
    // One that never answers fails after its second chance.
    let server =
        ModelServer::start(|_| tool_call_reply(&vec![("list_spans", json!({})); 30])).await;
    let outcome = judge("agentic").score(&server.client(), JudgeInput::Trace(&trace)).await;
    assert!(error(&outcome).contains("no JSON object"), "{}", error(&outcome));
    let last = server.requests().pop().unwrap();
    assert_eq!(last.body["tool_choice"], "none");
    let second = &server.requests()[1].body["messages"];
    assert_eq!(second.as_array().unwrap().len(), 2 + 1 + 10, "ten calls of a step are answered");
}

#[tokio::test]
async fn a_conversation_is_one_section() {
    let server = ModelServer::saying(&[r#"{"result": true}"#]).await;
    let turns = session(&[("Hi", "Hello"), ("Bye", "Goodbye")]);
    let outcome = judge("session")
        .score(&server.client(), JudgeInput::Session { traces: &turns, earlier: 0 })
        .await;
    assert_eq!(only(&outcome).value, true);
    assert_eq!(server.only_request().sections()["conversation"].lines().count(), 4);
    let outcome = judge("str")
        .score(&server.client(), JudgeInput::Session { traces: &turns, earlier: 0 })
        .await;
    assert!(error(&outcome).contains("single traces"));
}

#[tokio::test]
async fn an_endpoint_with_short_prompts_refuses_long_instructions() {
    let server = ModelServer::saying(&[r#"{"result": true}"#]).await;
    let settings =
        EndpointSettings { max_prompt_chars: 4_000, ..server.settings(Provider::OpenAiCompatible) };
    let instructions = format!("Judge {{{{ outputs }}}}. {}", "x".repeat(4_000));
    let judge = crate::fixtures::template(&instructions);
    let trace = trace(json!("?"), json!("4"));
    let outcome = judge.score(&client(settings), JudgeInput::Trace(&trace)).await;
    assert!(error(&outcome).contains("no room"), "{}", error(&outcome));
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn calls_that_are_too_long_are_not_run() {
    let trace = rich_trace();
    for (bytes, requests) in [(2_000, 3), (2_001, 2)] {
        let server = ModelServer::start(move |request| {
            let filling = |length: usize| json!({"span_id": "x".repeat(length)});
            let arguments = filling(bytes - filling(0).to_string().len());
            match request.body["messages"].as_array().unwrap().len() {
                2 => tool_call_reply(&[("get_span", arguments)]),
                _ => text_reply("neither a call nor an answer"),
            }
        })
        .await;
        let outcome = judge("agentic").score(&server.client(), JudgeInput::Trace(&trace)).await;
        assert!(error(&outcome).contains("no JSON object"));
        assert_eq!(server.requests().len(), requests, "{bytes}");
    }
}

#[tokio::test]
async fn a_judge_runs_in_a_task() {
    let server = ModelServer::saying(&[r#"{"result": "good"}"#]).await;
    let (client, judge, trace) = (server.client(), judge("literal"), rich_trace());
    let task = async move { judge.score(&client, JudgeInput::Trace(&trace)).await };
    assert_eq!(only(&tokio::spawn(task).await.unwrap()).value, "good");
}
