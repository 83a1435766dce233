//! `kansoku reprice`, on a running server and on a folder.
use serde_json::json;

use crate::binary::{Running, run, stderr, stdout};

const PRICES: &str =
    "[[model]]\nnames = [\"our-own\"]\nprices = [{ input = \"1\", output = \"2\" }]";

/// Sends a span of model `our-own` with 1000 input and 100 output tokens: 0.0012 dollars.
fn send_a_call(url: &str) {
    let text = |key: &str, value: &str| json!({ "key": key, "value": { "stringValue": value } });
    let usage = json!({ "input_tokens": 1000, "output_tokens": 100, "total_tokens": 1100 });
    let body = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [{
        "traceId": "0af7651916cd43dd8448eb211c80319c", "spanId": "b7ad6b7169203331", "name": "s",
        "startTimeUnixNano": "1768478400000000000", "endTimeUnixNano": "1768478401000000000",
        "attributes": [
            text("mlflow.llm.model", "our-own"),
            text("mlflow.chat.tokenUsage", &usage.to_string()),
        ],
    }] }] }] });
    assert_eq!(ureq::post(&format!("{url}/v1/traces")).send_json(body).unwrap().status(), 200);
}

#[test]
fn history_is_repriced_on_a_running_server_and_then_in_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (data, prices) = (folder.path().join("data"), folder.path().join("prices.toml"));
    std::fs::write(&prices, PRICES).unwrap();
    let (data, prices) = (data.to_str().unwrap(), prices.to_str().unwrap());
    let server = Running::start(data.as_ref(), &["--grpc-port", "off"]);
    send_a_call(&server.url);

    let at = ["reprice", "--url", &server.url, "--since", "2026-01-01"];
    let unpriced = run(&at);
    insta::assert_snapshot!(stdout(&unpriced), @r"
    model    spans  before  now  difference  without a price
    our-own                                                1

    1 traces read; 0 spans of 0 traces changed
    ");
    let dry = run(&[&at[..], &["--prices", prices, "--dry-run"]].concat());
    insta::assert_snapshot!(stdout(&dry), @r"
    model    spans  before      now  difference  without a price
    our-own      1   $0.00  $0.0012    +$0.0012

    1 traces read; 1 spans of 1 traces would change
    those traces would cost $0.0012 in place of $0.00: +$0.0012
    ");
    let did = run(&[&at[..], &["--prices", prices]].concat());
    assert!(stdout(&did).contains("1 spans of 1 traces changed"), "{}", stderr(&did));

    let refused = run(&["reprice", "--data", data, "--since", "2026-01-01"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("kansoku reprice --url"), "{}", stderr(&refused));
    assert_eq!(server.stop().0, Some(0));

    let offline = |more: &[&str]| {
        let done = run(&[&["reprice", "--data", data, "--since", "2026-01-01"], more].concat());
        assert!(done.status.success(), "{}", stderr(&done));
        stdout(&done)
    };
    let same = offline(&["--prices", prices]);
    assert_eq!(same, "1 traces read; 0 spans of 0 traces changed\n");
    // The built-in list does not have the model, so its cost is removed again.
    assert!(offline(&[]).contains("-$0.0012"));
    assert_eq!(offline(&["--until", "2026-01-10"]), "0 traces read; 0 spans of 0 traces changed\n");
}

#[test]
fn what_makes_no_sense_is_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    for (args, says) in [
        (&["--since", "soon"][..], "--since: `soon` is no day"),
        (&["--since", "30d", "--prices", "/nowhere/prices.toml"], "could not read the price file"),
        (&["--since", "30d"], "there is no store in"),
    ] {
        if args.len() == 4 {
            std::fs::write(folder.path().join("kansoku.db"), "").unwrap();
        }
        let refused = run(&[&["reprice", "--data", data], args].concat());
        assert_eq!(refused.status.code(), Some(1));
        assert!(stderr(&refused).contains(says), "{}", stderr(&refused));
        let _ = std::fs::remove_file(folder.path().join("kansoku.db"));
    }
}
