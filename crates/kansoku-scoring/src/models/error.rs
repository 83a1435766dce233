use std::time::Duration;

/// Why a call of a model has no usable response. No text in it contains the key of the endpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    #[error("the rate limit of the model is reached: {message}")]
    RateLimited { retry_after: Option<Duration>, message: String },

    #[error("the provider failed with status {status}: {message}")]
    Overloaded { status: u16, retry_after: Option<Duration>, message: String },

    #[error("the provider cannot be reached: {0}")]
    Unreachable(String),

    #[error("the model did not answer within {} s", .0.as_secs_f64())]
    Timeout(Duration),

    #[error("the content filter of the provider refused: {0}")]
    Filtered(String),

    #[error("the provider rejects the request with status {status}: {message}")]
    BadRequest { status: u16, message: String },

    #[error("the provider rejects the key of the endpoint with status {status}: {message}")]
    Unauthorized { status: u16, message: String },

    /// Among them a response that ends early.
    #[error("the response of the model cannot be used: {0}")]
    Malformed(String),
}

impl ModelError {
    /// Whether the same request may succeed later.
    pub fn is_worth_retrying(&self) -> bool {
        match self {
            Self::RateLimited { .. }
            | Self::Overloaded { .. }
            | Self::Unreachable(_)
            | Self::Timeout(_)
            | Self::Malformed(_) => true,
            Self::Filtered(_) | Self::BadRequest { .. } | Self::Unauthorized { .. } => false,
        }
    }

    /// The pause that the provider asks for.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after, .. } | Self::Overloaded { retry_after, .. } => {
                *retry_after
            }
            _ => None,
        }
    }

    /// A short name for counters of failures.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::RateLimited { .. } => "rate_limited",
            Self::Overloaded { .. } => "overloaded",
            Self::Unreachable(_) => "unreachable",
            Self::Timeout(_) => "timeout",
            Self::Filtered(_) => "filtered",
            Self::BadRequest { .. } => "bad_request",
            Self::Unauthorized { .. } => "unauthorized",
            Self::Malformed(_) => "malformed",
        }
    }
}
