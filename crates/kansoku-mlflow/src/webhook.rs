//! Webhooks, and the bodies of their deliveries.
//!
//! MLflow's clients cannot read events that they do not know, so lists for them leave those out.
use kansoku_model::{
    ExperimentId, TimestampMs, Webhook, WebhookEvent, WebhookId, WebhookSecret, WebhookStatus,
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{Fields, RequestError, ids::experiment_ids, text_limits::check_length};

/// Limits in characters.
const NAME_LENGTH_MAX: usize = 63;
const URL_LENGTH_MAX: usize = 2000;
const DESCRIPTION_LENGTH_MAX: usize = 1000;
const SECRET_LENGTH_MAX: usize = 1000;

/// The numbers of entities and actions, by which clients may name them.
const ENTITIES: [(&str, i64); 10] = [
    ("REGISTERED_MODEL", 1),
    ("MODEL_VERSION", 2),
    ("MODEL_VERSION_TAG", 3),
    ("MODEL_VERSION_ALIAS", 4),
    ("PROMPT", 5),
    ("PROMPT_VERSION", 6),
    ("PROMPT_TAG", 7),
    ("PROMPT_VERSION_TAG", 8),
    ("PROMPT_ALIAS", 9),
    ("BUDGET_POLICY", 10),
];
const ACTIONS: [(&str, i64); 5] =
    [("CREATED", 1), ("UPDATED", 2), ("DELETED", 3), ("SET", 4), ("EXCEEDED", 5)];

const STATUSES: [(&str, i64, WebhookStatus); 2] =
    [("ACTIVE", 1, WebhookStatus::Active), ("DISABLED", 2, WebhookStatus::Disabled)];

pub fn webhook_id(fields: &Fields) -> Result<WebhookId, RequestError> {
    Ok(WebhookId(fields.required_str("webhook_id")?))
}

/// Empty counts as absent.
pub fn name(fields: &Fields) -> Result<Option<String>, RequestError> {
    let Some(name) = fields.str("name")?.filter(|name| !name.is_empty()) else { return Ok(None) };
    let is_outer = |c: char| c.is_ascii_alphanumeric();
    let is_name = name.len() <= NAME_LENGTH_MAX
        && name.starts_with(is_outer)
        && name.ends_with(is_outer)
        && name.chars().all(|c| is_outer(c) || "._-".contains(c));
    if is_name {
        return Ok(Some(name));
    }
    let shown: String = name.chars().take(100).collect();
    Err(RequestError::invalid(format!(
        "Webhook name '{shown}' is invalid: it has {NAME_LENGTH_MAX} letters, digits, dots (.), \
         underscores (_) and hyphens (-) at most, and a letter or digit at each end"
    )))
}

/// Empty counts as absent. Whether it may be used is decided by who sends to it.
pub fn url(fields: &Fields) -> Result<Option<String>, RequestError> {
    let url = fields.str("url")?.filter(|url| !url.is_empty());
    url.iter().try_for_each(|url| check_length("url", url, URL_LENGTH_MAX))?;
    Ok(url)
}

pub fn description(fields: &Fields) -> Result<Option<String>, RequestError> {
    let text = fields.str("description")?;
    text.iter().try_for_each(|text| check_length("description", text, DESCRIPTION_LENGTH_MAX))?;
    Ok(text)
}

pub fn secret(fields: &Fields) -> Result<Option<WebhookSecret>, RequestError> {
    let secret = fields.str("secret")?;
    secret.iter().try_for_each(|secret| check_length("secret", secret, SECRET_LENGTH_MAX))?;
    Ok(secret.map(WebhookSecret))
}

pub fn status(fields: &Fields) -> Result<Option<WebhookStatus>, RequestError> {
    let Some(value) = fields.value("status")? else { return Ok(None) };
    match fields.choice("status", &STATUSES)? {
        Some(status) => Ok(Some(status)),
        None => {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let text = shortened(&text);
            let message = format!("`status` is '{text}'; it may be ACTIVE or DISABLED");
            Err(RequestError::invalid(message))
        }
    }
}

/// The experiments of a webhook, which MLflow does not have.
pub fn experiments(fields: &Fields) -> Result<Option<Vec<ExperimentId>>, RequestError> {
    let ids = experiment_ids(fields, "experiment_ids")?;
    match &ids {
        Some(ids) if Webhook::EXPERIMENTS_MAX < ids.len() => Err(RequestError::invalid(format!(
            "'experiment_ids' has {} entries; there are {} at most",
            ids.len(),
            Webhook::EXPERIMENTS_MAX
        ))),
        _ => Ok(ids),
    }
}

/// The events in a list; `None` if it is absent or empty.
pub fn events(fields: &Fields) -> Result<Option<Vec<WebhookEvent>>, RequestError> {
    let events = fields.list("events")?.iter().map(event).collect::<Result<Vec<_>, _>>()?;
    Ok(Some(events).filter(|events| !events.is_empty()))
}

/// The event that a request names in `event`.
pub fn tested_event(fields: &Fields) -> Result<Option<WebhookEvent>, RequestError> {
    fields.object("event")?.as_ref().map(event).transpose()
}

/// Reads `{"entity", "action"}`.
fn event(fields: &Fields) -> Result<WebhookEvent, RequestError> {
    let (entity, action) = (word(fields, "entity", &ENTITIES)?, word(fields, "action", &ACTIONS)?);
    let is_named =
        |it: &WebhookEvent| shouted(it.entity()) == entity && shouted(it.action()) == action;
    WebhookEvent::ALL.into_iter().find(is_named).ok_or_else(|| {
        let known = WebhookEvent::ALL.into_iter();
        let known: Vec<_> = known.filter(|it| shouted(it.entity()) == entity).collect();
        let (entity, action) = (shortened(&entity), shortened(&action));
        match &known[..] {
            [] => {
                let mut all: Vec<_> = WebhookEvent::ALL.map(|it| shouted(it.entity())).to_vec();
                all.dedup();
                let all = all.join(", ");
                RequestError::invalid(format!("there is no entity '{entity}'; there are {all}"))
            }
            known => {
                let actions: Vec<_> = known.iter().map(|it| shouted(it.action())).collect();
                RequestError::invalid(format!(
                    "Invalid action '{action}' for entity '{entity}'. Valid actions are: {}",
                    actions.join(", ")
                ))
            }
        }
    })
}

/// The name of an enum's value, which is sent by name or number.
fn word(fields: &Fields, name: &str, words: &[(&str, i64)]) -> Result<String, RequestError> {
    match fields.value(name)? {
        Some(Value::String(word)) if !word.is_empty() => Ok(word),
        Some(Value::Number(number)) => {
            let found = words.iter().find(|(_, it)| number.as_i64() == Some(*it));
            Ok(found.map_or_else(|| number.to_string(), |(word, _)| (*word).to_owned()))
        }
        Some(value) => Err(fields.wrong_type(name, &value).into()),
        None => Err(fields.missing(name).into()),
    }
}

fn shouted(word: &str) -> String {
    word.to_uppercase()
}

fn shortened(text: &str) -> String {
    text.chars().take(100).collect()
}

/// `Webhook`, without its secret.
#[derive(Debug, Serialize)]
pub struct WebhookJson<'a> {
    webhook_id: &'a WebhookId,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    url: &'a str,
    events: Vec<EventJson>,
    status: &'static str,
    creation_timestamp: i64,
    last_updated_timestamp: i64,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    experiment_ids: &'a [ExperimentId],
}

#[derive(Debug, Serialize)]
struct EventJson {
    entity: String,
    action: String,
}

impl EventJson {
    fn new(event: WebhookEvent) -> Self {
        Self { entity: shouted(event.entity()), action: shouted(event.action()) }
    }
}

impl<'a> WebhookJson<'a> {
    pub fn new(webhook: &'a Webhook) -> Self {
        Self {
            webhook_id: &webhook.webhook_id,
            name: &webhook.name,
            description: webhook.description.as_deref().filter(|text| !text.is_empty()),
            url: &webhook.url,
            events: webhook.events.iter().copied().map(EventJson::new).collect(),
            status: webhook.status.as_str(),
            creation_timestamp: webhook.creation_time.0,
            last_updated_timestamp: webhook.last_update_time.0,
            experiment_ids: &webhook.experiments,
        }
    }

    /// Without the events that MLflow does not have.
    pub fn with_mlflows_events(webhook: &'a Webhook) -> Self {
        let events = webhook.events.iter().copied().filter(|event| event.is_mlflows());
        Self { events: events.map(EventJson::new).collect(), ..Self::new(webhook) }
    }
}

/// The body of a delivery.
pub fn delivery_body(event: WebhookEvent, at: TimestampMs, data: &Value) -> String {
    // Python reads `Z` only since 3.11.
    let timestamp = at.to_string().replace('Z', "+00:00");
    let (entity, action) = (event.entity(), event.action());
    json!({ "entity": entity, "action": action, "timestamp": timestamp, "data": data }).to_string()
}

/// The data of a test delivery.
pub fn example_data(event: WebhookEvent) -> Value {
    use WebhookEvent as E;
    let tags = json!({ "example_key": "example_value" });
    let (name, version) = ("example", "1");
    let (key, value, alias) = ("example_key", "example_value", "example_alias");
    match event {
        E::RegisteredModelCreated | E::PromptCreated => {
            json!({ "name": name, "tags": tags, "description": "An example" })
        }
        E::ModelVersionCreated => json!({
            "name": name,
            "version": version,
            "source": "models:/123",
            "run_id": "abcd1234abcd5678",
            "tags": tags,
            "description": "An example",
        }),
        E::PromptVersionCreated => json!({
            "name": name,
            "version": version,
            "template": "Hello {{name}}!",
            "tags": tags,
            "description": "An example",
        }),
        E::PromptTagSet => json!({ "name": name, "key": key, "value": value }),
        E::PromptTagDeleted => json!({ "name": name, "key": key }),
        E::ModelVersionTagSet | E::PromptVersionTagSet => {
            json!({ "name": name, "version": version, "key": key, "value": value })
        }
        E::ModelVersionTagDeleted | E::PromptVersionTagDeleted => {
            json!({ "name": name, "version": version, "key": key })
        }
        E::ModelVersionAliasCreated | E::PromptAliasCreated => {
            json!({ "name": name, "alias": alias, "version": version })
        }
        E::ModelVersionAliasDeleted | E::PromptAliasDeleted => {
            json!({ "name": name, "alias": alias })
        }
        E::BudgetPolicyExceeded => json!({
            "budget_policy_id": "bp-example",
            "budget_unit": "USD",
            "budget_amount": 100.0,
            "current_spend": 105.5,
            "duration_unit": "MONTHS",
            "duration_value": 1,
            "target_scope": "ENDPOINT",
            "workspace": "default",
            "target_value": "ep-example",
            "window_start": 1_704_067_200_000_i64,
        }),
        E::TraceCompleted | E::TraceFailed => json!({
            "trace_id": "tr-00000000000000000000000000000000",
            "trace_location": {
                "type": "MLFLOW_EXPERIMENT",
                "mlflow_experiment": { "experiment_id": "0" },
            },
            "request_preview": "An example",
            "request_time": "2024-01-01T00:00:00Z",
            "execution_duration": "0.250s",
            "state": if event == E::TraceFailed { "ERROR" } else { "OK" },
            "tags": {},
        }),
        E::AssessmentCreated => json!({
            "assessment_id": "a-00000000000000000000000000000000",
            "assessment_name": name,
            "trace_id": "tr-00000000000000000000000000000000",
            "source": { "source_type": "HUMAN", "source_id": "reviewer" },
            "create_time": "2024-01-01T00:00:00Z",
            "last_update_time": "2024-01-01T00:00:00Z",
            "feedback": { "value": true },
            "valid": true,
        }),
        E::AlertFiring | E::AlertResolved => json!({
            "alert_id": "al-00000000000000000000000000000000-1704067200000",
            "rule_id": "al-00000000000000000000000000000000",
            "rule": name,
            "experiment_id": "0",
            "experiment": "Default",
            "status": event.action(),
            "end_reason": (event == E::AlertResolved).then_some("recovered"),
            "summary": "Error rate is 12 % (above 5 %) over 15 minutes, 200 traces",
            "signal": { "type": "error_rate" },
            "filter": "",
            "comparison": "above",
            "threshold": 0.05,
            "value": 0.12,
            "peak": 0.12,
            "window_s": 900,
            "traces": 200,
            "start_ms": 1_704_067_200_000_i64,
            "end_ms": (event == E::AlertResolved).then_some(1_704_070_800_000_i64),
            "traces_url": "/e/0/traces",
            "rule_url": "/e/0/alerts",
        }),
    }
}

#[cfg(test)]
mod tests;
