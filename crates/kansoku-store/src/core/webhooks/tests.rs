use kansoku_model::IS_PROMPT_TAG;

use super::*;

fn tags(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn a_new_version_of_a_prompt_is_told_with_its_template_and_without_its_markers() {
    let new = NewModelVersion {
        name: "greet".to_owned(),
        description: Some(String::new()),
        source: "dummy-source".to_owned(),
        run_id: String::new(),
        run_link: String::new(),
        tags: tags(&[
            (IS_PROMPT_TAG, "true"),
            ("_mlflow_prompt_type", "text"),
            ("mlflow.prompt.text", "Hello {{name}}!"),
            ("team", "shop"),
        ]),
    };
    let event = Event::of_new_version(&new, 3, true);
    assert_eq!(event.event, WebhookEvent::PromptVersionCreated);
    assert_eq!(
        event.data,
        json!({
            "name": "greet", "version": "3", "template": "Hello {{name}}!",
            "tags": { "team": "shop" }, "description": null,
        })
    );
}

#[test]
fn a_delivery_of_a_trace_has_the_same_id_each_time_and_one_of_a_prompt_another() {
    let (one, two) = (WebhookId("one".to_owned()), WebhookId("two".to_owned()));
    let trace = TraceId::try_from("tr-1".to_owned()).unwrap();
    let ended = |state| Event::of_trace(&trace, state, ExperimentId(1)).unwrap();
    let (ok, failed) = (ended(TraceState::Ok), ended(TraceState::Error));
    let id = |event: &Event, webhook| event.delivery(webhook, TimestampMs(7)).id;
    assert_eq!(id(&ok, &one), id(&ok, &one));
    assert_ne!(id(&ok, &one), id(&ok, &two));
    assert_ne!(id(&ok, &one), id(&failed, &one));
    assert_eq!(ok.delivery(&one, TimestampMs(7)).due, TimestampMs(5_007));
    let edit = RegisteredModelEdit::DeleteAlias { alias: "live".to_owned() };
    let edited = Event::of_model_edit("greet", &edit, true).unwrap();
    assert_ne!(id(&edited, &one), id(&edited, &one));
    assert_eq!(edited.delivery(&one, TimestampMs(7)).due, TimestampMs(7));
}

#[test]
fn a_trace_that_runs_is_no_event() {
    let trace = TraceId::try_from("tr-1".to_owned()).unwrap();
    for state in [TraceState::InProgress, TraceState::Unspecified] {
        assert_eq!(Event::of_trace(&trace, state, ExperimentId(1)), None);
    }
}
