//! Webhooks: URLs that receive events.
use std::fmt;

use crate::{ExperimentId, TimestampMs, WebhookId};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    pub webhook_id: WebhookId,
    pub name: String,
    pub url: String,
    pub description: Option<String>,
    /// The events that it receives, in the order of [`WebhookEvent::ALL`]; at least one.
    pub events: Vec<WebhookEvent>,
    pub status: WebhookStatus,
    /// The experiments of the traces and alerts whose events it receives; empty for all. Prompts and models
    /// belong to no experiment.
    pub experiments: Vec<ExperimentId>,
    pub creation_time: TimestampMs,
    pub last_update_time: TimestampMs,
}

impl Webhook {
    /// The most of one server: every event looks up those that want it.
    pub const COUNT_MAX: usize = 100;
    pub const EXPERIMENTS_MAX: usize = 100;

    /// Whether it wants this event now. `experiment` is that of the trace that the event is about.
    pub fn receives(&self, event: WebhookEvent, experiment: Option<ExperimentId>) -> bool {
        let is_of_experiment = match experiment {
            Some(experiment) => {
                self.experiments.is_empty() || self.experiments.contains(&experiment)
            }
            None => true,
        };
        self.status == WebhookStatus::Active && self.events.contains(&event) && is_of_experiment
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WebhookStatus {
    #[default]
    Active,
    Disabled,
}

impl WebhookStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Disabled => "DISABLED",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        [Self::Active, Self::Disabled].into_iter().find(|it| it.as_str() == text)
    }
}

/// A kind of entity and what happened to it. The events of traces, assessments and
/// alerts are Kansoku's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WebhookEvent {
    RegisteredModelCreated,
    ModelVersionCreated,
    ModelVersionTagSet,
    ModelVersionTagDeleted,
    ModelVersionAliasCreated,
    ModelVersionAliasDeleted,
    PromptCreated,
    PromptVersionCreated,
    PromptTagSet,
    PromptTagDeleted,
    PromptVersionTagSet,
    PromptVersionTagDeleted,
    PromptAliasCreated,
    PromptAliasDeleted,
    BudgetPolicyExceeded,
    /// A trace ended without an error.
    TraceCompleted,
    /// A trace ended with an error.
    TraceFailed,
    AssessmentCreated,
    /// An alert rule of an experiment began to fire.
    AlertFiring,
    /// An alert is over.
    AlertResolved,
}

impl WebhookEvent {
    pub const ALL: [Self; 20] = [
        Self::RegisteredModelCreated,
        Self::ModelVersionCreated,
        Self::ModelVersionTagSet,
        Self::ModelVersionTagDeleted,
        Self::ModelVersionAliasCreated,
        Self::ModelVersionAliasDeleted,
        Self::PromptCreated,
        Self::PromptVersionCreated,
        Self::PromptTagSet,
        Self::PromptTagDeleted,
        Self::PromptVersionTagSet,
        Self::PromptVersionTagDeleted,
        Self::PromptAliasCreated,
        Self::PromptAliasDeleted,
        Self::BudgetPolicyExceeded,
        Self::TraceCompleted,
        Self::TraceFailed,
        Self::AssessmentCreated,
        Self::AlertFiring,
        Self::AlertResolved,
    ];

    /// The entity and the action.
    const fn parts(self) -> (&'static str, &'static str) {
        match self {
            Self::RegisteredModelCreated => ("registered_model", "created"),
            Self::ModelVersionCreated => ("model_version", "created"),
            Self::ModelVersionTagSet => ("model_version_tag", "set"),
            Self::ModelVersionTagDeleted => ("model_version_tag", "deleted"),
            Self::ModelVersionAliasCreated => ("model_version_alias", "created"),
            Self::ModelVersionAliasDeleted => ("model_version_alias", "deleted"),
            Self::PromptCreated => ("prompt", "created"),
            Self::PromptVersionCreated => ("prompt_version", "created"),
            Self::PromptTagSet => ("prompt_tag", "set"),
            Self::PromptTagDeleted => ("prompt_tag", "deleted"),
            Self::PromptVersionTagSet => ("prompt_version_tag", "set"),
            Self::PromptVersionTagDeleted => ("prompt_version_tag", "deleted"),
            Self::PromptAliasCreated => ("prompt_alias", "created"),
            Self::PromptAliasDeleted => ("prompt_alias", "deleted"),
            Self::BudgetPolicyExceeded => ("budget_policy", "exceeded"),
            Self::TraceCompleted => ("trace", "completed"),
            Self::TraceFailed => ("trace", "failed"),
            Self::AssessmentCreated => ("assessment", "created"),
            Self::AlertFiring => ("alert", "firing"),
            Self::AlertResolved => ("alert", "resolved"),
        }
    }

    pub const fn entity(self) -> &'static str {
        self.parts().0
    }

    pub const fn action(self) -> &'static str {
        self.parts().1
    }

    pub fn from_parts(entity: &str, action: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.parts() == (entity, action))
    }

    /// Parses the form `entity.action`.
    pub fn from_text(text: &str) -> Option<Self> {
        let (entity, action) = text.split_once('.')?;
        Self::from_parts(entity, action)
    }

    /// Whether MLflow has this event; its clients cannot read others.
    pub const fn is_mlflows(self) -> bool {
        !matches!(
            self,
            Self::TraceCompleted
                | Self::TraceFailed
                | Self::AssessmentCreated
                | Self::AlertFiring
                | Self::AlertResolved
        )
    }
}

impl fmt::Display for WebhookEvent {
    /// The form `entity.action`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.entity(), self.action())
    }
}

/// The key that signs the deliveries of a webhook. Its `Debug` output hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret(pub String);

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(…)")
    }
}

/// The secret of a webhook as stores have it: encrypted, or plain if an older version stored it. Its
/// `Debug` output hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredSecret(pub String);

impl fmt::Debug for StoredSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoredSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_is_read_back_from_its_text() {
        for event in WebhookEvent::ALL {
            assert_eq!(WebhookEvent::from_text(&event.to_string()), Some(event));
        }
        assert_eq!(WebhookEvent::from_text("trace.created"), None);
        assert_eq!(WebhookEvent::from_text("trace"), None);
    }

    #[test]
    fn a_webhook_receives_its_events_of_its_experiments_while_it_is_active() {
        let webhook = Webhook {
            webhook_id: WebhookId("w".to_owned()),
            name: "w".to_owned(),
            url: "https://example.com".to_owned(),
            description: None,
            events: vec![WebhookEvent::PromptCreated, WebhookEvent::TraceFailed],
            status: WebhookStatus::Active,
            experiments: vec![ExperimentId(1)],
            creation_time: TimestampMs(0),
            last_update_time: TimestampMs(0),
        };
        let (one, two) = (Some(ExperimentId(1)), Some(ExperimentId(2)));
        assert!(webhook.receives(WebhookEvent::TraceFailed, one));
        assert!(!webhook.receives(WebhookEvent::TraceFailed, two));
        assert!(!webhook.receives(WebhookEvent::TraceCompleted, one));
        assert!(webhook.receives(WebhookEvent::PromptCreated, None));
        let of_all = Webhook { experiments: Vec::new(), ..webhook.clone() };
        assert!(of_all.receives(WebhookEvent::TraceFailed, two));
        let disabled = Webhook { status: WebhookStatus::Disabled, ..webhook };
        assert!(!disabled.receives(WebhookEvent::PromptCreated, None));
    }

    #[test]
    fn a_secret_is_hidden_in_debug_output() {
        assert_eq!(format!("{:?}", WebhookSecret("hush".to_owned())), "WebhookSecret(…)");
        assert_eq!(format!("{:?}", StoredSecret("hush".to_owned())), "StoredSecret(…)");
    }
}
