//! Webhooks, and the deliveries of events.
use async_trait::async_trait;
use kansoku_model::{StoredSecret, TraceId, TraceState, Webhook, WebhookId};

use super::meta::page;
use super::{ReferenceStore, State};
use crate::core::scoring::trace_job;
use crate::core::webhooks::{self, DELIVERIES, Event, event_of_state};
use crate::{NewWebhook, StoreError, WebhookEdit, WebhookQuery, WebhookStore, WhichWebhooks};

#[async_trait]
impl WebhookStore for ReferenceStore {
    async fn create_webhook(&self, new: NewWebhook) -> Result<Webhook, StoreError> {
        let (webhook, secret) = webhooks::create(new, self.now());
        let mut state = self.state();
        if Webhook::COUNT_MAX <= state.webhooks.len() {
            return Err(StoreError::Invalid("too many webhooks".to_owned()));
        }
        state.webhooks.insert(webhook.webhook_id.clone(), (webhook.clone(), secret));
        Ok(webhook)
    }

    async fn webhook(&self, id: &WebhookId) -> Result<Webhook, StoreError> {
        self.state().stored_webhook(id).map(|(webhook, _)| webhook)
    }

    async fn webhooks(&self, query: WebhookQuery) -> Result<(Vec<Webhook>, bool), StoreError> {
        let state = self.state();
        let is_asked = |webhook: &&Webhook| match query.which {
            WhichWebhooks::All => true,
            WhichWebhooks::OfMlflow => webhook.events.iter().any(|event| event.is_mlflows()),
        };
        let all = state.webhooks.values().map(|(webhook, _)| webhook);
        let mut found: Vec<_> = all.filter(is_asked).cloned().collect();
        let order = |it: &Webhook| (std::cmp::Reverse(it.creation_time), it.webhook_id.clone());
        found.sort_by_key(order);
        Ok(page(found, query.offset, query.max_results))
    }

    async fn edit_webhook(&self, id: &WebhookId, edit: WebhookEdit) -> Result<(), StoreError> {
        let now = self.now();
        let mut state = self.state();
        let (mut webhook, mut secret) = state.stored_webhook(id)?;
        match edit {
            WebhookEdit::Delete => {
                state.webhooks.remove(id);
                state.jobs.retain(|(queue, job)| queue != DELIVERIES || job.subject != id.as_str());
            }
            WebhookEdit::Update(update) => {
                webhooks::update(&mut webhook, &update, now);
                if let Some(new) = update.secret {
                    secret = Some(new).filter(|new| !new.0.is_empty());
                }
                state.webhooks.insert(id.clone(), (webhook, secret));
            }
        }
        Ok(())
    }

    async fn webhook_secret(&self, id: &WebhookId) -> Result<Option<StoredSecret>, StoreError> {
        self.state().stored_webhook(id).map(|(_, secret)| secret)
    }
}

impl ReferenceStore {
    /// Adds the deliveries of an event.
    pub(super) fn record_event(&self, state: &mut State, event: Option<Event>) {
        let Some(event) = event else { return };
        let now = self.now();
        let all = state.webhooks.values().map(|(webhook, _)| webhook);
        let receivers = all.filter(|it| it.receives(event.event, event.experiment));
        let jobs = receivers.map(|it| event.delivery(&it.webhook_id, now)).collect();
        self.add(state, jobs);
    }

    /// Records that a trace ended, if it had another state before.
    pub(super) fn record_trace_end(
        &self,
        state: &mut State,
        id: &TraceId,
        before: Option<TraceState>,
    ) {
        let Some(trace) = state.traces.get(id) else { return };
        if before != Some(trace.row.state) {
            let (end, experiment) = (trace.row.state, trace.row.experiment);
            self.record_event(state, Event::of_trace(id, end, experiment));
            if event_of_state(end).is_some() && state.has_active_scorers(experiment) {
                self.add(state, vec![trace_job(id, experiment, self.now())]);
            }
        }
    }
}

impl State {
    fn stored_webhook(
        &self,
        id: &WebhookId,
    ) -> Result<(Webhook, Option<StoredSecret>), StoreError> {
        let found = self.webhooks.get(id).cloned();
        found.ok_or_else(|| StoreError::WebhookNotFound(id.clone()))
    }

    pub(super) fn state_of(&self, trace: &TraceId) -> Option<TraceState> {
        self.traces.get(trace).map(|trace| trace.row.state)
    }
}
