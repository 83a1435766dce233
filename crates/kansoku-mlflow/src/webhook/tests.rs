use serde_json::Map;

use super::*;

fn fields(value: Value) -> Fields {
    let Value::Object(values) = value else { panic!("an object") };
    Fields::new(values)
}

fn message<T: std::fmt::Debug>(read: Result<T, RequestError>) -> String {
    read.unwrap_err().to_string()
}

#[test]
fn a_name_has_letters_and_digits_at_its_ends() {
    let read = |text: &str| name(&fields(json!({ "name": text })));
    for good in ["a", "A.b-c_9", &"x".repeat(63)] {
        assert_eq!(read(good).unwrap().as_deref(), Some(good));
    }
    assert_eq!(read("").unwrap(), None);
    for bad in [".a", "a-", "a b", "ä", "a\n", &"x".repeat(64)] {
        assert!(message(read(bad)).contains("is invalid"), "{bad}");
    }
}

#[test]
fn events_are_read_by_name_and_by_number() {
    let events_of = |list: Value| events(&fields(json!({ "events": list })));
    let read = |list: Value| events_of(list).unwrap().unwrap();
    let by_name = json!([{ "entity": "PROMPT_VERSION", "action": "CREATED" }]);
    assert_eq!(read(by_name), [WebhookEvent::PromptVersionCreated]);
    assert_eq!(read(json!([{ "entity": 9, "action": 3 }])), [WebhookEvent::PromptAliasDeleted]);
    let own = json!([{ "entity": "TRACE", "action": "FAILED" }]);
    assert_eq!(read(own), [WebhookEvent::TraceFailed]);
    assert_eq!(events_of(json!([])).unwrap(), None);
    for (event, complaint) in [
        (
            json!({ "entity": "PROMPT", "action": "SET" }),
            "Invalid action 'SET' for entity 'PROMPT'. Valid actions are: CREATED",
        ),
        (json!({ "entity": "prompt", "action": "CREATED" }), "there is no entity 'prompt'; "),
        (json!({ "entity": 99, "action": 1 }), "there is no entity '99'; "),
        (json!({ "entity": "PROMPT" }), "Missing value for required parameter 'events[0].action'"),
    ] {
        let said = message(events_of(json!([event])));
        assert!(said.starts_with(complaint), "{said}");
    }
}

#[test]
fn a_status_is_one_of_two() {
    let read = |value: Value| status(&fields(json!({ "status": value })));
    assert_eq!(read(json!("DISABLED")).unwrap(), Some(WebhookStatus::Disabled));
    assert_eq!(read(json!(1)).unwrap(), Some(WebhookStatus::Active));
    assert_eq!(message(read(json!("off"))), "`status` is 'off'; it may be ACTIVE or DISABLED");
}

#[test]
fn a_webhook_is_shown_without_its_secret_and_in_lists_with_events_of_mlflow_alone() {
    let webhook = Webhook {
        webhook_id: WebhookId("w".to_owned()),
        name: "n".to_owned(),
        url: "https://example.com/".to_owned(),
        description: None,
        events: vec![WebhookEvent::PromptTagSet, WebhookEvent::TraceFailed],
        status: WebhookStatus::Active,
        experiments: vec![ExperimentId(7)],
        creation_time: TimestampMs(1),
        last_update_time: TimestampMs(2),
    };
    let shown = json!({
        "webhook_id": "w", "name": "n", "url": "https://example.com/",
        "events": [
            { "entity": "PROMPT_TAG", "action": "SET" },
            { "entity": "TRACE", "action": "FAILED" },
        ],
        "status": "ACTIVE", "creation_timestamp": 1, "last_updated_timestamp": 2,
        "experiment_ids": ["7"],
    });
    assert_eq!(json!(WebhookJson::new(&webhook)), shown);
    let listed = json!(WebhookJson::with_mlflows_events(&webhook));
    assert_eq!(listed["events"], json!([{ "entity": "PROMPT_TAG", "action": "SET" }]));
}

#[test]
fn a_body_has_mlflows_fields_in_their_order() {
    let body = delivery_body(WebhookEvent::PromptCreated, TimestampMs(1_500), &json!({ "a": 1 }));
    assert_eq!(
        body,
        r#"{"entity":"prompt","action":"created","timestamp":"1970-01-01T00:00:01.500+00:00","data":{"a":1}}"#
    );
}

#[test]
fn every_event_has_an_example() {
    for event in WebhookEvent::ALL {
        let example = example_data(event);
        assert!(example.as_object().is_some_and(|it: &Map<_, _>| 1 < it.len()), "{event}");
    }
}
