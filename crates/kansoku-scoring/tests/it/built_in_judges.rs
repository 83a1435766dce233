//! Each built-in judge over a trace or session that has what it reads.
use kansoku_scoring::judges::{FeedbackSource, JudgeInput, JudgeOutcome};
use kansoku_scoring::models::ModelError;
use kansoku_scoring::{ScoredTrace, ScorerFeedback};
use serde_json::{Value, json};

use crate::fixtures::built_in;
use crate::model_server::{ModelServer, Reply, text_reply};
use crate::traces::{expectation, rich_trace, session, span, trace, trace_of};

const YES: &str = r#"{"rationale": "because", "result": "Yes"}"#;
const NO: &str = r#"{"rationale": "because not", "result": "no"}"#;

async fn score(
    server: &ModelServer,
    class: &str,
    settings: Value,
    trace: &ScoredTrace,
) -> JudgeOutcome {
    built_in(class, settings).score(&server.client(), JudgeInput::Trace(trace)).await
}

async fn score_session(server: &ModelServer, class: &str, traces: &[ScoredTrace]) -> JudgeOutcome {
    let guidelines = json!({"guidelines": ["Be kind.", "Be brief."]});
    built_in(class, guidelines)
        .score(&server.client(), JudgeInput::Session { traces, earlier: 0 })
        .await
}

fn only(outcome: &JudgeOutcome) -> &ScorerFeedback {
    assert_eq!(outcome.feedbacks.len(), 1, "{outcome:?}");
    &outcome.feedbacks[0].feedback
}

fn error(outcome: &JudgeOutcome) -> String {
    let error = only(outcome).error.clone().unwrap();
    assert_eq!(error.error_code.as_deref(), Some("SCORER_ERROR"));
    error.error_message.unwrap()
}

#[tokio::test]
async fn each_judge_of_a_trace_sends_what_it_reads_and_answers_yes_or_no() {
    let request_response = &["request", "response"][..];
    let tools = &["available_tools", "called_tools", "request"][..];
    for (class, sections) in [
        ("Safety", &["response"][..]),
        ("Guidelines", request_response),
        ("ExpectationsGuidelines", &["guidelines", "request", "response"]),
        ("RelevanceToQuery", request_response),
        ("RetrievalGroundedness", &["documents", "request", "response"]),
        ("RetrievalSufficiency", &["documents", "expected_answer", "request"]),
        ("Correctness", &["expected_answer", "request", "response"]),
        ("Completeness", request_response),
        ("Equivalence", &["expected_response", "response"]),
        ("Fluency", &["response"]),
        ("Summarization", request_response),
        ("ToolCallCorrectness", tools),
        ("ToolCallEfficiency", tools),
    ] {
        let server = ModelServer::saying(&[YES]).await;
        let settings = json!({"guidelines": ["Be kind."]});
        let outcome = score(&server, class, settings, &rich_trace()).await;
        let feedback = only(&outcome);
        assert_eq!(feedback.value, "yes", "{class}");
        assert_eq!(feedback.rationale.as_deref(), Some("because"), "{class}");
        assert_eq!(outcome.feedbacks[0].name, "mine");
        assert_eq!(outcome.feedbacks[0].source, FeedbackSource::LlmJudge);
        let tokens = |key: &str| feedback.metadata.get(key).map(String::as_str);
        assert_eq!(tokens("mlflow.assessment.judgeInputTokens"), Some("10"), "{class}");
        assert_eq!(tokens("mlflow.assessment.judgeOutputTokens"), Some("5"), "{class}");
        assert_eq!((outcome.usage.input_tokens, outcome.usage.output_tokens), (10, 5));
        let sent = server.only_request();
        let names: Vec<String> = sent.sections().into_keys().collect();
        assert_eq!(names, sections, "{class}");
        assert_eq!(outcome.exchanges[0].messages.len(), 3, "{class}");
    }
}

#[tokio::test]
async fn sections_have_the_content_of_the_trace() {
    let server = ModelServer::saying(&[YES]).await;
    for class in ["RetrievalGroundedness", "ToolCallEfficiency", "Correctness"] {
        score(&server, class, json!({}), &rich_trace()).await;
    }
    let sections: Vec<_> = server.requests().iter().map(|request| request.sections()).collect();
    let documents = "\"Paris is the capital of France.\"\n\"Cats sleep a lot.\"";
    assert_eq!(sections[0]["documents"], documents);
    assert_eq!(sections[0]["response"], "It is Paris.");
    let call = r#"{"name":"search","arguments":{"q":"capital of France"},"result":"Paris"}"#;
    assert_eq!(sections[1]["called_tools"], call);
    assert!(sections[1]["available_tools"].contains("Searches the web"));
    assert_eq!(sections[2]["expected_answer"], "Paris is the capital.");
}

#[tokio::test]
async fn guidelines_are_in_the_criteria_and_in_the_metadata() {
    let server = ModelServer::saying(&[NO]).await;
    let settings = json!({"guidelines": ["Be kind.", "Be brief."]});
    let outcome = score(&server, "Guidelines", settings, &rich_trace()).await;
    assert_eq!(only(&outcome).metadata["guideline"], "Be kind.\nBe brief.");
    assert!(server.only_request().message("system").contains("- Be kind.\n- Be brief."));
    let outcome = score(&server, "ExpectationsGuidelines", json!({}), &rich_trace()).await;
    assert_eq!(only(&outcome).metadata["guideline"], "Be brief.");
    assert_eq!(only(&outcome).value, "no");
}

#[tokio::test]
async fn each_document_is_judged_and_the_share_of_relevant_ones_is_told() {
    let server = ModelServer::start(|request| {
        text_reply(if request.sections()["documents"].contains("Paris") { YES } else { NO })
    })
    .await;
    let outcome = score(&server, "RetrievalRelevance", json!({}), &rich_trace()).await;
    let told: Vec<_> = outcome
        .feedbacks
        .iter()
        .map(|it| {
            let index = it.feedback.metadata.get("chunk_index").map(String::as_str);
            (it.name.as_str(), it.feedback.value.clone(), index, it.span_id.unwrap().0)
        })
        .collect();
    assert_eq!(
        told,
        [
            ("mine/precision", json!(0.5), None, 2),
            ("mine", json!("yes"), Some("0"), 2),
            ("mine", json!("no"), Some("1"), 2),
        ]
    );
    assert_eq!((outcome.usage.input_tokens, outcome.exchanges.len()), (20, 2));
}

#[tokio::test]
async fn documents_are_judged_up_to_a_maximum() {
    let mut trace = rich_trace();
    let document = trace.spans[1].content.documents[0].clone();
    let server = ModelServer::saying(&[YES]).await;
    for (count, judged) in [(64, 64), (65, 64)] {
        trace.spans[1].content.documents = vec![document.clone(); count];
        let outcome = score(&server, "RetrievalRelevance", json!({}), &trace).await;
        assert_eq!(outcome.feedbacks.len(), 1 + judged, "{count}");
        let kept = outcome.exchanges.iter().filter(|it| !it.messages.is_empty()).count();
        assert_eq!((kept, outcome.exchanges.len()), (16, 64));
    }
    let precision =
        score(&server, "RetrievalRelevance", json!({}), &trace).await.feedbacks.remove(0);
    let rationale = precision.feedback.rationale.unwrap();
    assert_eq!(rationale, "64 of 64 documents are relevant; 65 were retrieved.");
}

#[tokio::test]
async fn equal_responses_need_no_model() {
    let server = ModelServer::saying(&[YES]).await;
    for (outputs, expected, value) in [
        (json!("Paris"), json!("Paris"), "yes"),
        (json!(0.1 + 0.2), json!(0.3), "yes"),
        (json!(1), json!(2), "no"),
        (json!({"a": 1}), json!({"a": 1}), "yes"),
    ] {
        let mut trace = trace(json!("?"), outputs.clone());
        trace.info.assessments = vec![expectation("expected_response", expected)];
        let outcome = score(&server, "Equivalence", json!({}), &trace).await;
        assert_eq!(only(&outcome).value, value, "{outputs}");
        assert_eq!(outcome.feedbacks[0].source, FeedbackSource::Code);
    }
    assert_eq!(server.requests().len(), 0);
}

#[tokio::test]
async fn expected_tool_calls_are_compared_or_shown() {
    let mut trace = rich_trace();
    let calls = json!([{"name": "search", "arguments": {"q": "capital of France"}}]);
    trace.info.assessments.push(expectation("expected_tool_calls", calls));
    let server = ModelServer::saying(&[YES]).await;
    let exact = json!({"should_exact_match": true});
    let outcome = score(&server, "ToolCallCorrectness", exact.clone(), &trace).await;
    assert_eq!(
        (&only(&outcome).value, outcome.feedbacks[0].source),
        (&json!("yes"), FeedbackSource::Code)
    );
    assert_eq!(server.requests().len(), 0);
    score(&server, "ToolCallCorrectness", json!({}), &trace).await;
    assert!(server.only_request().sections()["expected_tool_calls"].contains("capital of France"));
    let outcome = score(&server, "ToolCallCorrectness", exact, &rich_trace()).await;
    assert!(error(&outcome).contains("`expected_tool_calls`"));
}

#[tokio::test]
async fn each_judge_of_a_session_reads_the_conversation() {
    let turns = session(&[("Hi, I am Ann.", "Hello Ann."), ("Who am I?", "You are Ann.")]);
    for class in [
        "ConversationCompleteness",
        "ConversationalGuidelines",
        "ConversationalSafety",
        "ConversationalRoleAdherence",
        "ConversationalToolCallEfficiency",
    ] {
        let server = ModelServer::saying(&[YES]).await;
        let outcome = score_session(&server, class, &turns).await;
        assert_eq!(only(&outcome).value, "yes", "{class}");
        assert!(only(&outcome).metadata.contains_key("guideline"), "{class}");
        let conversation = server.only_request().sections()["conversation"].clone();
        assert_eq!(conversation.lines().count(), 4, "{class}");
        assert!(conversation.ends_with(r#"{"role":"assistant","content":"You are Ann."}"#));
    }
    let server = ModelServer::saying(&[r#"{"result": "Resolved", "rationale": "calm"}"#]).await;
    let outcome = score_session(&server, "UserFrustration", &turns).await;
    assert_eq!(only(&outcome).value, "resolved");
}

#[tokio::test]
async fn retention_is_judged_turn_by_turn_and_one_bad_turn_decides() {
    let server = ModelServer::start(|request| {
        let conversation = request.sections()["conversation"].clone();
        text_reply(if conversation.ends_with("\"Who are you?\"}") { NO } else { YES })
    })
    .await;
    let turns =
        session(&[("I am Ann.", "Hello."), ("Help me.", "Who are you?"), ("Ann!", "Sorry.")]);
    let outcome = score_session(&server, "KnowledgeRetention", &turns).await;
    let feedback = only(&outcome);
    assert_eq!((&feedback.value, server.requests().len()), (&json!("no"), 3));
    let rationale = "Turn 1: yes. because\nTurn 2: no. because not\nTurn 3: yes. because";
    assert_eq!(feedback.rationale.as_deref(), Some(rationale));
    assert_eq!(feedback.metadata["mlflow.assessment.judgeInputTokens"], "30");
}

#[tokio::test]
async fn the_last_turns_of_a_long_session_are_judged() {
    let server = ModelServer::saying(&[YES]).await;
    for (turns, beginning) in
        [(64, "Turn 1: yes."), (65, "Only the last 64 turns were judged.\nTurn 2:")]
    {
        let before = server.requests().len();
        let outcome =
            score_session(&server, "KnowledgeRetention", &session(&vec![("a", "b"); turns])).await;
        assert_eq!(server.requests().len() - before, 64, "{turns}");
        let rationale = only(&outcome).rationale.clone().unwrap();
        assert!(rationale.starts_with(beginning), "{rationale:.100}");
    }
}

#[tokio::test]
async fn what_a_judge_lacks_is_said() {
    let server = ModelServer::saying(&[YES]).await;
    let plain = trace(json!("?"), json!("!"));
    for (class, part) in [
        ("Correctness", "`expected_response` or `expected_facts`"),
        ("Equivalence", "`expected_response`"),
        ("ExpectationsGuidelines", "`guidelines`"),
        ("RetrievalGroundedness", "`RETRIEVER`"),
        ("RetrievalRelevance", "`RETRIEVER`"),
        ("ConversationCompleteness", ""),
    ] {
        let outcome = score(&server, class, json!({}), &plain).await;
        match part {
            // A single trace is a session of one turn.
            "" => assert_eq!(only(&outcome).value, "yes"),
            part => assert!(error(&outcome).contains(part), "{class}: {}", error(&outcome)),
        }
        assert_eq!(outcome.model_error, None);
    }
    let outcome = score_session(&server, "Safety", &[plain]).await;
    assert!(error(&outcome).contains("single traces"));
    let outcome = score_session(&server, "UserFrustration", &[]).await;
    assert!(error(&outcome).contains("neither requests nor responses"));
}

#[tokio::test]
async fn a_response_that_the_root_lacks_is_found_with_tools() {
    let mut root = span(1, None, "agent", "AGENT");
    root.content.inputs = Some(json!("What is 2+2?"));
    let mut inner = span(2, Some(1), "model", "LLM");
    inner.content.outputs = Some(json!("It is 4."));
    let server = ModelServer::start(|request| {
        match request.body["messages"].as_array().unwrap().last().unwrap()["role"].as_str().unwrap()
        {
            "user" => crate::model_server::tool_call_reply(&[(
                "search_trace_regex",
                json!({"pattern": "is \\d"}),
            )]),
            _ => text_reply(if request.message("tool").contains("It is 4.") { YES } else { NO }),
        }
    })
    .await;
    let outcome = score(&server, "Completeness", json!({}), &trace_of(vec![root, inner])).await;
    assert_eq!(only(&outcome).value, "yes");
    let first = &server.requests()[0];
    assert_eq!(first.sections().into_keys().collect::<Vec<_>>(), ["request"]);
    assert!(first.message("system").contains("These sections are missing"));
}

#[tokio::test]
async fn a_failure_of_the_model_is_told_beside_the_feedback() {
    let server =
        ModelServer::start(|request| match request.sections()["documents"].contains("Cats") {
            true => Reply::Status(429, "retry-after: 3\r\n".to_owned(), "{}".to_owned()),
            false => text_reply(YES),
        })
        .await;
    let outcome = score(&server, "RetrievalRelevance", json!({}), &rich_trace()).await;
    assert!(error(&outcome).contains("rate limit"), "{outcome:?}");
    assert!(matches!(outcome.model_error, Some(ModelError::RateLimited { .. })));
    assert_eq!(outcome.usage.input_tokens, 10, "the answered call counts");
}
