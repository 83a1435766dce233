//! Evaluates the alert rules of experiments.
//!
//! A rule compares a value of the traces of a window with a threshold. The state of a rule is stored
//! with the alert that it causes and the deliveries that tell about it, in one write, so a restart
//! neither loses an alert nor tells it twice. While there is no rule, nothing runs.
mod alerting;
mod describe;
mod metrics;
mod notification;
mod preview;
mod series;
mod signals;
mod transition;

pub use alerting::Alerting;
pub use notification::PublicUrl;
pub use preview::{Preview, PreviewAlert, PreviewPoint};
