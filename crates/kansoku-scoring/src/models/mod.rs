//! Calls of the models that judge.
//!
//! One client speaks the wire formats of all providers; what it cannot do is a [`ModelError`] that
//! says whether another attempt may help. Nothing here waits for its turn: the limits of an endpoint
//! are values for whoever schedules the calls.
mod anthropic;
mod api_key;
mod bedrock;
mod chat;
mod client;
mod clients;
mod demo;
mod endpoint;
mod error;
mod gemini;
mod model_uri;
mod openai;
mod provider;
mod response_error;
mod transport;

pub use api_key::ApiKey;
pub use chat::{
    ChatMessage, ChatRequest, ChatResponse, FinishReason, InferenceParams, ResponseSchema, Tool,
    ToolCall, ToolChoice,
};
pub use client::ModelClient;
pub use clients::{ModelClients, ModelClientsError};
pub use endpoint::{EndpointError, EndpointPrice, EndpointSettings};
pub use error::ModelError;
pub use model_uri::{ModelUri, ModelUriError};
pub use provider::{Provider, UnknownProvider};
