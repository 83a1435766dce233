//! The events that writes cause, and the deliveries that they become.
//!
//! Events of prompts, models and alerts have their whole payload. Those of traces and
//! assessments only name them: a delivery shows them as they are when it is sent.
use std::collections::BTreeMap;

use kansoku_model::{
    Assessment, DurationMs, ExperimentId, IS_PROMPT_TAG, StoredSecret, TimestampMs, TraceId,
    TraceState, Webhook, WebhookEvent, WebhookId,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    AlertNotification, Job, JobId, ModelVersionEdit, NewJob, NewModelVersion, NewRegisteredModel,
    NewWebhook, RegisteredModelEdit, WebhookUpdate,
};

/// The queue of deliveries; their subjects are the ids of webhooks.
pub const DELIVERIES: &str = "webhooks";
/// The most deliveries to one webhook that wait at a time; further ones are not sent.
pub const DELIVERIES_WAITING_MAX: usize = 10_000;

/// How long a trace that ended waits for spans and assessments that are still on their way.
pub const TRACE_SETTLES: DurationMs = DurationMs(5_000);

/// Tags of prompts that a payload does not repeat: the first says that it is one, the second of
/// which type.
const PROMPT_MARKERS: [&str; 2] = [IS_PROMPT_TAG, "_mlflow_prompt_type"];
/// The tag of a prompt's version that is its template.
const TEMPLATE_TAG: &str = "mlflow.prompt.text";

/// Something that happened, which webhooks may receive.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub event: WebhookEvent,
    /// The experiment of the trace or the alert rule that it is about.
    pub experiment: Option<ExperimentId>,
    pub data: Value,
    /// Whether the event happens once, so that a repeated delivery has the same id, and receivers can
    /// ignore it. Events of prompts happen any number of times.
    is_once: bool,
}

impl Event {
    fn of_registry(event: WebhookEvent, data: Value) -> Self {
        Self { event, experiment: None, data, is_once: false }
    }

    /// The event of a trace that reached a final state.
    pub fn of_trace(trace: &TraceId, state: TraceState, experiment: ExperimentId) -> Option<Self> {
        let event = event_of_state(state)?;
        let data = json!({ "trace_id": trace });
        Some(Self { event, experiment: Some(experiment), data, is_once: true })
    }

    pub fn of_assessment(assessment: &Assessment, experiment: ExperimentId) -> Self {
        let (trace, id) = (&assessment.trace_id, &assessment.assessment_id);
        Self {
            event: WebhookEvent::AssessmentCreated,
            experiment: Some(experiment),
            data: json!({ "trace_id": trace, "assessment_id": id }),
            is_once: true,
        }
    }

    pub fn of_alert(told: &AlertNotification, experiment: ExperimentId) -> Self {
        let AlertNotification { event, data } = told.clone();
        Self { event, experiment: Some(experiment), data, is_once: true }
    }

    pub fn of_new_model(new: &NewRegisteredModel, is_prompt: bool) -> Self {
        let event = match is_prompt {
            true => WebhookEvent::PromptCreated,
            false => WebhookEvent::RegisteredModelCreated,
        };
        let NewRegisteredModel { name, description, tags } = new;
        let tags = shown_tags(tags, is_prompt);
        let data = json!({ "name": name, "tags": tags, "description": description });
        Self::of_registry(event, data)
    }

    /// The event of a change; `None` if MLflow has none for it.
    pub fn of_model_edit(name: &str, edit: &RegisteredModelEdit, is_prompt: bool) -> Option<Self> {
        let (event, data) = match edit {
            RegisteredModelEdit::SetTag { key, value } if is_prompt => {
                let data = json!({ "name": name, "key": key, "value": value });
                (WebhookEvent::PromptTagSet, data)
            }
            RegisteredModelEdit::DeleteTag { key } if is_prompt => {
                (WebhookEvent::PromptTagDeleted, json!({ "name": name, "key": key }))
            }
            RegisteredModelEdit::SetAlias { alias, version } => {
                let event = match is_prompt {
                    true => WebhookEvent::PromptAliasCreated,
                    false => WebhookEvent::ModelVersionAliasCreated,
                };
                let version = version.to_string();
                (event, json!({ "name": name, "alias": alias, "version": version }))
            }
            RegisteredModelEdit::DeleteAlias { alias } => {
                let event = match is_prompt {
                    true => WebhookEvent::PromptAliasDeleted,
                    false => WebhookEvent::ModelVersionAliasDeleted,
                };
                (event, json!({ "name": name, "alias": alias }))
            }
            RegisteredModelEdit::SetTag { .. }
            | RegisteredModelEdit::DeleteTag { .. }
            | RegisteredModelEdit::Rename(_)
            | RegisteredModelEdit::Describe(_)
            | RegisteredModelEdit::Delete => return None,
        };
        Some(Self::of_registry(event, data))
    }

    pub fn of_new_version(new: &NewModelVersion, version: i64, is_prompt: bool) -> Self {
        let NewModelVersion { name, description, source, run_id, tags, .. } = new;
        let description = description.as_deref().filter(|text| !text.is_empty());
        let version = version.to_string();
        let mut shown = shown_tags(tags, is_prompt);
        if is_prompt {
            let template = shown.remove(TEMPLATE_TAG);
            let data = json!({
                "name": name,
                "version": version,
                "template": template,
                "tags": shown,
                "description": description,
            });
            return Self::of_registry(WebhookEvent::PromptVersionCreated, data);
        }
        let run_id = Some(run_id).filter(|id| !id.is_empty());
        let data = json!({
            "name": name,
            "version": version,
            "source": source,
            "run_id": run_id,
            "tags": shown,
            "description": description,
        });
        Self::of_registry(WebhookEvent::ModelVersionCreated, data)
    }

    /// The event of a change; `None` if MLflow has none for it.
    pub fn of_version_edit(
        name: &str,
        version: i64,
        edit: &ModelVersionEdit,
        is_prompt: bool,
    ) -> Option<Self> {
        let version = version.to_string();
        let (event, data) = match edit {
            ModelVersionEdit::SetTag { key, value } => {
                let event = match is_prompt {
                    true => WebhookEvent::PromptVersionTagSet,
                    false => WebhookEvent::ModelVersionTagSet,
                };
                let data = json!({ "name": name, "version": version, "key": key, "value": value });
                (event, data)
            }
            ModelVersionEdit::DeleteTag { key } => {
                let event = match is_prompt {
                    true => WebhookEvent::PromptVersionTagDeleted,
                    false => WebhookEvent::ModelVersionTagDeleted,
                };
                (event, json!({ "name": name, "version": version, "key": key }))
            }
            ModelVersionEdit::Describe(_) | ModelVersionEdit::Delete => return None,
        };
        Some(Self::of_registry(event, data))
    }

    /// The job that delivers it to a webhook.
    pub fn delivery(&self, webhook: &WebhookId, now: TimestampMs) -> NewJob {
        let payload = self.data.to_string();
        let id = match self.is_once {
            true => {
                let key = format!("{webhook} {} {payload}", self.event);
                JobId::from_key(&key)
            }
            false => JobId::random(),
        };
        let delay = match event_of_trace(self.event) {
            true => TRACE_SETTLES,
            false => DurationMs(0),
        };
        NewJob {
            id,
            queue: DELIVERIES.to_owned(),
            subject: webhook.to_string(),
            kind: self.event.to_string(),
            payload,
            due: TimestampMs(now.0.saturating_add(delay.0)),
            waiting_max: Some(DELIVERIES_WAITING_MAX),
            postpones: false,
        }
    }
}

/// The result of the last attempt of a delivery, as its job has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryResult {
    /// The status of the response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl DeliveryResult {
    pub fn of_job(job: &Job) -> Self {
        let result = job.result.as_deref().unwrap_or_default();
        serde_json::from_str(result).unwrap_or_default()
    }

    pub fn to_text(&self) -> String {
        json!(self).to_string()
    }
}

/// The event of a trace in this state; `None` if it has not ended.
pub fn event_of_state(state: TraceState) -> Option<WebhookEvent> {
    match state {
        TraceState::Ok => Some(WebhookEvent::TraceCompleted),
        TraceState::Error => Some(WebhookEvent::TraceFailed),
        TraceState::InProgress | TraceState::Unspecified => None,
    }
}

fn event_of_trace(event: WebhookEvent) -> bool {
    matches!(event, WebhookEvent::TraceCompleted | WebhookEvent::TraceFailed)
}

fn shown_tags(tags: &BTreeMap<String, String>, is_prompt: bool) -> BTreeMap<String, String> {
    let is_shown = |key: &str| !is_prompt || !PROMPT_MARKERS.contains(&key);
    tags.iter()
        .filter(|(key, _)| is_shown(key))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// A new webhook as it is stored.
pub fn create(new: NewWebhook, now: TimestampMs) -> (Webhook, Option<StoredSecret>) {
    let webhook = Webhook {
        webhook_id: WebhookId::random(),
        name: new.name,
        url: new.url,
        description: new.description,
        events: sorted(new.events),
        status: new.status,
        experiments: sorted(new.experiments),
        creation_time: now,
        last_update_time: now,
    };
    (webhook, new.secret.filter(|secret| !secret.0.is_empty()))
}

/// Applies an update to everything but the secret.
pub fn update(webhook: &mut Webhook, update: &WebhookUpdate, now: TimestampMs) {
    let WebhookUpdate { name, url, description, events, secret: _, status, experiments } = update;
    name.iter().for_each(|name| webhook.name.clone_from(name));
    url.iter().for_each(|url| webhook.url.clone_from(url));
    if let Some(description) = description {
        webhook.description = Some(description.clone()).filter(|text| !text.is_empty());
    }
    events.iter().for_each(|events| webhook.events = sorted(events.clone()));
    status.iter().for_each(|status| webhook.status = *status);
    experiments.iter().for_each(|ids| webhook.experiments = sorted(ids.clone()));
    webhook.last_update_time = now;
}

fn sorted<T: Ord>(mut list: Vec<T>) -> Vec<T> {
    list.sort();
    list.dedup();
    list
}

#[cfg(test)]
mod tests;
