//! Search: every equality has an index entry, and pages are complete and in order.
use kansoku_model::RunId;
use serde_json::{Value, json};

use super::Stores;
use super::build::{
    batch, experiment, feedback, found, info, numbers, ordered, query, small_trace, span, trace_id,
};
use crate::PromptVersion;

pub async fn every_equality_finds_its_trace(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    for n in 1..=3 {
        stores.traces.append(experiment, small_trace(n, n * 1000)).await.unwrap();
    }
    let special = batch([
        span(4, 1, None, 0, 20).name("special root").failed(),
        span(4, 2, Some(1), 1, 9).name("lookup").attribute("mlflow.spanType", "RETRIEVER").failed(),
    ]);
    stores.traces.append(experiment, special).await.unwrap();
    let mut given = info(4, experiment);
    given.state = kansoku_model::TraceState::Error;
    given.metadata.insert("mlflow.trace.user".to_owned(), "u-4".to_owned());
    given.metadata.insert("mlflow.sourceRun".to_owned(), "run-source".to_owned());
    stores.traces.upsert_info(given).await.unwrap();
    let trace = trace_id(4);
    stores
        .traces
        .link_run(&RunId("run-linked".to_owned()), std::slice::from_ref(&trace))
        .await
        .unwrap();
    let prompt = PromptVersion { name: "qa".to_owned(), version: "3".to_owned() };
    stores.traces.link_prompts(&trace, &[prompt]).await.unwrap();
    let linked = stores.traces.info(&trace).await.unwrap().tags;
    let linked = linked.get("mlflow.linkedPrompts").map(String::as_str);
    assert_eq!(linked, Some(r#"[{"name": "qa", "version": "3"}]"#));
    for (name, value) in [("verdict", "yes".into()), ("score", serde_json::json!(0.9))] {
        stores.traces.create_assessment(feedback(4, name, value)).await.unwrap();
    }
    let id = format!("request_id = '{trace}'");
    for filter in [
        id.as_str(),
        "status = 'ERROR'",
        "name = 'ask'",
        "client_request_id = 'req-4'",
        "client_request_id IN ('req-4', 'req-5')",
        "tags.env = 'prod'",
        "metadata.`mlflow.trace.session` = 's-4'",
        "request_metadata.`mlflow.trace.user` = 'u-4'",
        "run_id = 'run-source'",
        "run_id = 'run-linked'",
        "prompt = 'qa/3'",
        "span.name = 'lookup'",
        "span.type = 'RETRIEVER'",
        "span.status = 'ERROR'",
        "span.name = 'lookup' AND span.status = 'ERROR'",
        "feedback.verdict = 'yes'",
        "feedback.score = '0.9'",
        "feedback.score > 0.5",
        "feedback.verdict IS NOT NULL",
        "feedback.verdict IS GOOD",
        "status = 'ERROR' OR name = 'nothing'",
        "NOT (status = 'OK')",
    ] {
        assert_eq!(found(stores, experiment, filter).await, [4], "{filter}");
    }
}

pub async fn an_equality_that_matches_nothing_finds_nothing(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    stores.traces.append(experiment, small_trace(1, 0)).await.unwrap();
    for filter in [
        "status = 'ok'",
        "tags.nope = 'x'",
        "span.name = 'nope'",
        "feedback.nope = 'x'",
        "span.name = 'root' AND span.type = 'LLM'",
        "request_id = 'tr-nope'",
    ] {
        assert_eq!(found(stores, experiment, filter).await, [0; 0], "{filter}");
    }
}

pub async fn changes_are_found_and_what_was_is_not(stores: &Stores) {
    let (first, second) = (experiment(stores, "a").await, experiment(stores, "b").await);
    // The info moves the trace to another experiment and time.
    stores.traces.append(first, small_trace(1, 500)).await.unwrap();
    stores.traces.create_assessment(feedback(1, "q", "yes")).await.unwrap();
    stores.traces.upsert_info(info(1, second)).await.unwrap();
    for filter in ["", "span.name = 'call'", "feedback.q = 'yes'", "status = 'OK'"] {
        assert_eq!(found(stores, first, filter).await, [0; 0], "{filter}");
        assert_eq!(found(stores, second, filter).await, [1], "{filter}");
    }
    assert_eq!(found(stores, second, "name = 'root'").await, [0; 0]);
}

pub async fn pages_stay_right_while_traces_arrive(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    for n in 1..=25 {
        // Many traces begin in the same millisecond; their order is by id.
        stores.traces.append(experiment, small_trace(n, n / 10)).await.unwrap();
    }
    let before = found(stores, experiment, "span.name = 'call'").await;
    for filter in ["span.name = 'call'", "", "status = 'OK' AND span.type IN ('LLM', 'TOOL')"] {
        let mut search = query(&[experiment], filter);
        search.max_results = 7;
        let mut walked = Vec::new();
        loop {
            let page = stores.traces.search(search.clone()).await.unwrap();
            walked.extend(numbers(&page).into_iter().filter(|n| *n < 1000));
            // A newer trace, which belongs on a page that was already returned.
            let newer = 1000 + walked.len() as u64;
            stores.traces.append(experiment, small_trace(newer, newer)).await.unwrap();
            match page.next_page_token {
                Some(token) => search.page_token = Some(token),
                None => break,
            }
        }
        assert_eq!(walked, before, "{filter}");
    }
}

pub async fn pages_in_any_order_are_the_whole_list(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    for n in 1..=12 {
        stores.traces.append(experiment, small_trace(n, n * 7 % 5)).await.unwrap();
        if n % 3 == 0 {
            stores.traces.set_tag(&trace_id(n), "k", &format!("{}", n % 2)).await.unwrap();
        }
    }
    for order in [
        &["timestamp_ms ASC"][..],
        &["tags.k DESC"],
        &["tags.k", "timestamp DESC"],
        &["request_id DESC"],
        &["execution_time", "name DESC"],
    ] {
        let all = ordered(query(&[experiment], "span.name = 'call'"), order);
        let whole = numbers(&stores.traces.search(all.clone()).await.unwrap());
        assert_eq!(whole.len(), 12);
        let mut search = all;
        search.max_results = 5;
        let mut walked = Vec::new();
        loop {
            let page = stores.traces.search(search.clone()).await.unwrap();
            walked.extend(numbers(&page));
            let Some(token) = page.next_page_token else { break };
            search.page_token = Some(token);
        }
        assert_eq!(walked, whole, "{order:?}");
    }
}

pub async fn several_experiments_are_merged_by_time(stores: &Stores) {
    let (a, b) = (experiment(stores, "a").await, experiment(stores, "b").await);
    for n in 1..=6 {
        let experiment = if n % 2 == 0 { a } else { b };
        stores.traces.append(experiment, small_trace(n, n * 10)).await.unwrap();
    }
    for filter in ["", "span.name = 'call'"] {
        let mut search = query(&[a, b], filter);
        search.max_results = 4;
        let first = stores.traces.search(search.clone()).await.unwrap();
        assert_eq!(numbers(&first), [6, 5, 4, 3]);
        search.page_token = first.next_page_token;
        let second = stores.traces.search(search).await.unwrap();
        assert_eq!(numbers(&second), [2, 1]);
    }
}

pub async fn a_session_level_assessment_speaks_for_its_session(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    for (n, session) in [(1, "s1"), (2, "s1"), (3, "s2")] {
        let mut info = info(n, experiment);
        info.metadata.insert("mlflow.trace.session".to_owned(), session.to_owned());
        stores.traces.upsert_info(info).await.unwrap();
    }
    let mut assessment = feedback(1, "mood", "good");
    assessment.metadata.insert("mlflow.trace.session".to_owned(), "s1".to_owned());
    stores.traces.create_assessment(assessment).await.unwrap();
    stores.traces.create_assessment(feedback(3, "mood", "bad")).await.unwrap();
    assert_eq!(found(stores, experiment, "feedback.mood = 'good'").await, [1, 2]);
    assert_eq!(found(stores, experiment, "feedback.mood = 'bad'").await, [3]);
    assert_eq!(found(stores, experiment, "feedback.mood IS NULL").await, [0; 0]);
}

pub async fn payload_filters_look_into_spans(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    let with = |n, model: &str, text: &str| {
        batch([
            span(n, 1, None, 0, 9),
            span(n, 2, Some(1), 1, 8)
                .name("llm")
                .attribute("mlflow.llm.model", model)
                .attribute("mlflow.spanInputs", text),
        ])
    };
    stores.traces.append(experiment, with(1, "gpt-4o", "What is snow?")).await.unwrap();
    stores.traces.append(experiment, with(2, "mistral", "Warum ist es kalt?")).await.unwrap();
    for (filter, kept) in [
        ("trace.text LIKE '%snow%'", vec![1]),
        ("trace.text LIKE '%SNOW%'", vec![]),
        ("span.content ILIKE '%SNOW%'", vec![1]),
        ("span.attributes.mlflow.llm.model = 'mistral'", vec![2]),
        ("span.attributes.mlflow.llm.model LIKE '%gpt%'", vec![1]),
        ("span.attributes.mlflow.llm.model RLIKE '^(gpt|mis)'", vec![1, 2]),
        ("span.name = 'span-1' AND span.content LIKE '%snow%'", vec![]),
        ("NOT span.content LIKE '%snow%'", vec![2]),
    ] {
        assert_eq!(found(stores, experiment, filter).await, kept, "{filter}");
    }
}

/// Enough traces that a store scans payloads in several steps and threads.
pub async fn words_are_found_in_many_traces(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    let text = |n: u64| match n % 150 {
        0 => "about glaciers and moraines",
        75 => "about Glaciers",
        _ => "about nothing at all",
    };
    for first in (1..=900).step_by(100) {
        let traces = (first..first + 100).flat_map(|n| {
            batch([span(n, 1, None, n, n + 9).attribute("mlflow.spanInputs", text(n))])
        });
        stores.traces.append(experiment, traces.collect()).await.unwrap();
    }
    // A separate span in a separate chunk.
    let late = batch([span(1, 2, Some(1), 1, 2).attribute("note", "one more of the moraines")]);
    stores.traces.append(experiment, late).await.unwrap();
    let twice = |from: u64, step: usize| (from..=900).step_by(step).collect::<Vec<u64>>();
    for (filter, kept) in [
        ("trace.text LIKE '%about glaciers%'", twice(150, 150)),
        ("span.attributes.mlflow.spanInputs ILIKE '%GLACIERS%'", twice(75, 75)),
        ("trace.text LIKE '%glaciers%' AND trace.text LIKE '%moraines%'", twice(150, 150)),
        ("span.attributes.note LIKE '%of the moraines'", vec![1]),
        (
            "span.content LIKE '%moraines%' OR span.content LIKE '%Glaciers%'",
            [vec![1], twice(75, 75)].concat(),
        ),
        ("trace.text LIKE '%avalanche%'", vec![]),
    ] {
        let mut all = found(stores, experiment, filter).await;
        all.sort_unstable();
        assert_eq!(all, kept, "{filter}");
    }
}

/// Words that the stored bytes do not contain literally are found, too.
pub async fn every_word_of_a_rendered_span_is_found(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    let attribute = |key: &str, value: Value| json!({ "key": key, "value": value });
    let linked = "4abcdef05eaffacedeadbeef00c0ffee";
    let with_all = |id: u64, status: Value| {
        span(1, id, None, 0, 9)
            .field("status", status)
            .field("events", json!([{ "name": "1", "timeUnixNano": "1" }]))
            .field("links", json!([{ "traceId": linked, "spanId": "00000000000000a1" }]))
            .field(
                "attributes",
                json!([
                    attribute("1", json!({ "boolValue": true })),
                    attribute("2", json!({ "boolValue": false })),
                    attribute("3", json!({ "doubleValue": "NaN" })),
                    attribute("4", json!({ "doubleValue": "Infinity" })),
                    attribute("5", json!({})),
                ]),
            )
    };
    let spans = [
        with_all(1, json!({})),
        with_all(2, json!({ "code": 1 })),
        with_all(3, json!({ "code": 2 })),
    ];
    stores.traces.append(experiment, batch(spans)).await.unwrap();
    for word in kansoku_otlp::RENDERED_WORDS.iter().copied().chain([linked]) {
        for filter in [
            format!("trace.text LIKE '%{word}%'"),
            format!("trace.text ILIKE '%{}%'", word.to_uppercase()),
            format!("span.content LIKE '%{word}%'"),
            format!("text CONTAINS '{word}'"),
        ] {
            assert_eq!(found(stores, experiment, &filter).await, [1], "{filter}");
        }
    }
}

/// Inputs that are composed from events contain words that the stored bytes lack.
pub async fn values_of_roots_are_found_however_they_came(stores: &Stores) {
    let experiment = experiment(stores, "e").await;
    let said = |content: &str| json!({ "key": "content", "value": { "stringValue": content } });
    let event = |name: &str, content: &str| json!({ "name": name, "timeUnixNano": "1", "attributes": [said(content)] });
    let told = span(1, 1, None, 0, 9).field(
        "events",
        json!([
            event("gen_ai.system.message", "Be brief"),
            event("gen_ai.user.message", "Snowfall")
        ]),
    );
    let inputs = json!({ "city": "Kyoto Station", "note": "line\nbreak and \"quotes\"" });
    let plain = span(2, 1, None, 0, 9).attribute("mlflow.spanInputs", &inputs.to_string());
    let below = span(3, 2, Some(1), 1, 8).attribute("mlflow.spanInputs", &inputs.to_string());
    stores.traces.append(experiment, batch([told, plain])).await.unwrap();
    stores.traces.append(experiment, batch([span(3, 1, None, 0, 9), below])).await.unwrap();
    for (filter, expected) in [
        ("inputs.0.role = 'system'", vec![1]),
        ("inputs.1.role IN ('user', 'nobody')", vec![1]),
        ("inputs.1.content = 'Snowfall'", vec![1]),
        ("inputs.1.content CONTAINS 'SNOWFALL'", vec![1]),
        ("inputs.city = 'Kyoto Station'", vec![2]),
        ("inputs.city LIKE '%Station'", vec![2]),
        ("inputs.note CONTAINS 'break and \"quotes\"'", vec![2]),
        ("inputs.city != 'Kyoto Station'", vec![]),
        ("inputs.city IS NULL", vec![3, 1]),
        ("inputs.city = 'Osaka Station'", vec![]),
    ] {
        let mut found = found(stores, experiment, filter).await;
        found.sort_unstable_by(|a, b| b.cmp(a));
        assert_eq!(found, expected, "{filter}");
    }
}
