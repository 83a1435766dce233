//! The correlation of two filters.
use serde_json::{Value, json};

use crate::{
    fixtures::TRACES,
    test_server::{Reply, TestServer},
};

async fn ask(server: &TestServer, more: Value) -> Reply {
    let mut body = json!({
        "experiment_ids": ["0"],
        "filter_string1": "status = 'ERROR'",
        "filter_string2": "tags.env = 'prod'",
    });
    for (key, value) in more.as_object().expect("an object of fields") {
        body[key] = value.clone();
    }
    server.post(&format!("{TRACES}/calculate-filter-correlation"), body).await
}

/// Ten traces: 0 to 3 failed, 2 to 5 have the tag `env = 'prod'`.
async fn ten() -> TestServer {
    let server = TestServer::start();
    for n in 0..10 {
        let more = json!({
            "state": if n < 4 { "ERROR" } else { "OK" },
            "tags": { "env": if (2..6).contains(&n) { "prod" } else { "dev" } },
            "trace_metadata": if n == 9 { json!({}) } else { json!({ "who": "me" }) },
        });
        server.start_trace(&format!("tr-{n}"), more).await;
    }
    server
}

#[tokio::test]
async fn counts_come_with_how_much_they_mean() {
    let server = ten().await;
    let answer = ask(&server, json!({})).await.json();
    assert_eq!(answer["total_count"], 10);
    assert_eq!(answer["filter1_count"], 4);
    assert_eq!(answer["filter2_count"], 4);
    assert_eq!(answer["joint_count"], 2);
    // ln(2·10 / (4·4)) / ln(10 / 2), and the same with half a trace added to each cell.
    let npmi = (20.0_f64 / 16.0).ln() / 5.0_f64.ln();
    let smoothed = (2.5 * 12.0 / 25.0_f64).ln() / (12.0 / 2.5_f64).ln();
    assert!((answer["npmi"].as_f64().unwrap() - npmi).abs() < 1e-12, "{answer}");
    assert!((answer["npmi_smoothed"].as_f64().unwrap() - smoothed).abs() < 1e-12, "{answer}");
    let only = json!({ "base_filter": "metadata.who = 'me' AND tags.env = 'prod'" });
    let answer = ask(&server, only).await.json();
    // Two of the four failed; all four match the second filter, so it is independent of failure.
    let expected = json!({
        "filter1_count": 2, "filter2_count": 4, "joint_count": 2, "total_count": 4,
        "npmi": 0.0, "npmi_smoothed": 0.0,
    });
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn what_is_undefined_is_left_out() {
    let server = ten().await;
    let nobody = ask(&server, json!({ "filter_string1": "tags.env = 'x'" })).await.json();
    let expected =
        json!({ "filter1_count": 0, "filter2_count": 4, "joint_count": 0, "total_count": 10 });
    assert_eq!(nobody, expected);
    let nowhere = ask(&server, json!({ "experiment_ids": [] })).await.json();
    let expected =
        json!({ "filter1_count": 0, "filter2_count": 0, "joint_count": 0, "total_count": 0 });
    assert_eq!(nowhere, expected);
}

/// An OR, which MLflow does not have, must apply only within its own filter.
#[tokio::test]
async fn alternatives_hold_together_on_top_of_a_base() {
    let server = ten().await;
    let either = json!({
        "base_filter": "tags.env = 'prod' OR status = 'ERROR'",
        "filter_string1": "status = 'OK' OR status = 'ERROR'",
        "filter_string2": "tags.env = 'dev'",
    });
    let answer = ask(&server, either).await.json();
    let counts = ["total_count", "filter1_count", "filter2_count", "joint_count"];
    assert_eq!(counts.map(|name| answer[name].as_u64().unwrap()), [6, 6, 2, 2], "{answer}");
}

#[tokio::test]
async fn a_refusal_names_the_filter() {
    let server = ten().await;
    for (more, message) in [
        (
            json!({ "experiment_ids": null }),
            "Missing value for required parameter 'experiment_ids'",
        ),
        (json!({ "experiment_ids": ["x"] }), "Invalid experiment ID 'x'"),
        (
            json!({ "filter_string1": null }),
            "Missing value for required parameter 'filter_string1'",
        ),
        (json!({ "filter_string2": "" }), "Missing value for required parameter 'filter_string2'"),
        (json!({ "filter_string2": "status >" }), "`filter_string2`: "),
        (json!({ "base_filter": "nope = 1" }), "`base_filter`: Invalid"),
        (json!({ "base_filter": 5 }), "Invalid value 5 for parameter 'base_filter'"),
    ] {
        let reply = ask(&server, more).await;
        assert_eq!(reply.status, 400, "{reply}");
        let said = reply.json()["message"].as_str().unwrap().to_owned();
        assert!(said.starts_with(message), "{said}");
    }
}
