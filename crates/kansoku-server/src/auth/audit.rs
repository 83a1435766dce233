//! The audit log: events of authentication and of changes, as structured log lines of one target.
//!
//! The events name tokens and experiments, and contain no secrets, headers or contents of traces.
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use kansoku_model::TimestampMs;

use super::{access::Access, caller::Caller};

/// The log target of all events; the setting `audit_log` writes them to a file.
pub const AUDIT_TARGET: &str = "kansoku::audit";

/// The interval in ms in which each event of unauthenticated callers is written once per address.
const UNAUTHENTICATED_EVERY_MS: i64 = 10_000;
/// The most addresses and events that are remembered for that; beyond that, all are forgotten.
const ADDRESSES_MAX: usize = 10_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum AuditEvent {
    SignInFailed,
    TokenRefused,
    AccessDenied,
    SessionBegun,
    SessionEnded,
    SessionsEnded,
    TokenCreated,
    TokenRotated,
    TokenDeleted,
    SigningKeyRotated,
    TracesDeleted,
    ArtifactsDeleted,
    ExperimentDeleted,
    ExperimentRestored,
    ExperimentChanged,
    RegisteredModelDeleted,
    TracesExported,
    SpansExported,
    BackupTaken,
    CostsChanged,
    WebhookCreated,
    WebhookChanged,
    WebhookDeleted,
}

impl AuditEvent {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::SignInFailed => "sign_in_failed",
            Self::TokenRefused => "token_refused",
            Self::AccessDenied => "access_denied",
            Self::SessionBegun => "session_begun",
            Self::SessionEnded => "session_ended",
            Self::SessionsEnded => "sessions_ended",
            Self::TokenCreated => "token_created",
            Self::TokenRotated => "token_rotated",
            Self::TokenDeleted => "token_deleted",
            Self::SigningKeyRotated => "signing_key_rotated",
            Self::TracesDeleted => "traces_deleted",
            Self::ArtifactsDeleted => "artifacts_deleted",
            Self::ExperimentDeleted => "experiment_deleted",
            Self::ExperimentRestored => "experiment_restored",
            Self::ExperimentChanged => "experiment_changed",
            Self::RegisteredModelDeleted => "registered_model_deleted",
            Self::TracesExported => "traces_exported",
            Self::SpansExported => "spans_exported",
            Self::BackupTaken => "backup_taken",
            Self::CostsChanged => "costs_changed",
            Self::WebhookCreated => "webhook_created",
            Self::WebhookChanged => "webhook_changed",
            Self::WebhookDeleted => "webhook_deleted",
        }
    }
}

/// The rejections that were written lately.
#[derive(Default)]
pub(crate) struct Audit {
    written: Mutex<HashMap<(IpAddr, AuditEvent), Written>>,
}

#[derive(Clone, Copy)]
struct Written {
    at: TimestampMs,
    left_out: u64,
}

impl Audit {
    /// Writes that a request was rejected, at most as often as [`UNAUTHENTICATED_EVERY_MS`] allows.
    /// `object` is what was requested.
    pub(crate) fn refused(
        &self,
        event: AuditEvent,
        caller: &Caller,
        address: IpAddr,
        object: &str,
        now: TimestampMs,
    ) {
        if let Some(left_out) = self.may_write(event, address, now) {
            let object: String = object.chars().take(200).collect();
            write(event, caller, address, &object, "refused", left_out);
        }
    }

    /// The number of events that were left out since the last one; `None` if this one must be left
    /// out.
    fn may_write(&self, event: AuditEvent, address: IpAddr, now: TimestampMs) -> Option<u64> {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if ADDRESSES_MAX <= written.len() {
            written.clear();
        }
        let fresh = Written { at: now, left_out: 0 };
        match written.get_mut(&(address, event)) {
            Some(last) if (0..UNAUTHENTICATED_EVERY_MS).contains(&(now.0 - last.at.0)) => {
                last.left_out += 1;
                None
            }
            Some(last) => Some(std::mem::replace(last, fresh).left_out),
            None => {
                written.insert((address, event), fresh);
                Some(0)
            }
        }
    }
}

impl Access {
    /// Writes what the caller has done, and to which object.
    pub(crate) fn record(&self, event: AuditEvent, object: impl AsRef<str>) {
        write(event, self.caller(), self.address(), object.as_ref(), "done", 0);
    }
}

fn write(
    event: AuditEvent,
    caller: &Caller,
    address: IpAddr,
    object: &str,
    outcome: &'static str,
    left_out: u64,
) {
    tracing::info!(
        target: AUDIT_TARGET,
        event = event.as_str(),
        token_id = caller.token.map(|id| id.0),
        token = caller.token_name,
        %address,
        object,
        outcome,
        left_out = (0 < left_out).then_some(left_out),
        "{}", event.as_str(),
    );
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn unauthenticated_callers_are_written_once_in_a_while_per_address() {
        let audit = Audit::default();
        let (a, b) = (IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V4(Ipv4Addr::BROADCAST));
        let ask = |address, ms| audit.may_write(AuditEvent::TokenRefused, address, TimestampMs(ms));
        assert_eq!(ask(a, 0), Some(0));
        assert_eq!((ask(a, 1), ask(a, 9_999), ask(b, 9_999)), (None, None, Some(0)));
        assert_eq!(ask(a, 10_000), Some(2));
        assert_eq!(ask(a, 10_001), None);
        // A clock that went back does not suppress events.
        assert_eq!(ask(a, 5), Some(1));
        assert_eq!(audit.may_write(AuditEvent::SignInFailed, a, TimestampMs(5)), Some(0));
    }
}
