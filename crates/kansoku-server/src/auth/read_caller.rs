//! The caller that reads are attributed to: the token, or else the client's address.
//!
//! It is set for the handler and for the response's body, which is often read later. Responses that
//! are completely in memory are charged here until the client has received them.
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    pin::Pin,
    task::Context,
};

use axum::{
    body::{Body, HttpBody},
    extract::{Request, State},
    http::Extensions,
    middleware::Next,
    response::{IntoResponse, Response},
};
use kansoku_store::ReadCaller;

use super::caller::Caller;
use crate::{
    ApiError,
    http::{
        client_address::ClientAddress,
        read_budget::{Charge, ReadBudget},
        wrapped_body::{FrameHook, PolledFrame, WrappedBody},
    },
};

/// Smaller responses are not charged, in bytes.
const CHARGED_BYTES_MIN: u64 = 64 << 10;

/// Attributes the reads of a request to its caller.
pub(crate) async fn read_as_caller(
    State(budget): State<ReadBudget>,
    request: Request,
    next: Next,
) -> Response {
    let caller = caller_of(request.extensions());
    let response = caller.scope(next.run(request)).await;
    let whole = response.body().size_hint().exact().filter(|bytes| CHARGED_BYTES_MIN <= *bytes);
    let charge = whole.map(|bytes| {
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        caller.sync_scope(|| budget.charge_at_once(bytes))
    });
    match charge.transpose() {
        Ok(charge) => response.map(|body| {
            Body::new(WrappedBody::new(body, ReadForCaller { caller, _charge: charge }))
        }),
        Err(busy) => ApiError::from(busy).into_response(),
    }
}

fn caller_of(extensions: &Extensions) -> ReadCaller {
    let mut hasher = DefaultHasher::new();
    match extensions.get::<Caller>().and_then(|caller| caller.token) {
        Some(token) => (true, token.0).hash(&mut hasher),
        None => (false, ClientAddress::from_extensions(extensions)).hash(&mut hasher),
    }
    ReadCaller(hasher.finish())
}

/// Attributes the reads of a body to the caller of its request, and holds its charge.
struct ReadForCaller {
    caller: ReadCaller,
    _charge: Option<Charge>,
}

impl FrameHook for ReadForCaller {
    fn poll_frame(&mut self, body: &mut Body, cx: &mut Context<'_>) -> PolledFrame {
        self.caller.sync_scope(|| Pin::new(body).poll_frame(cx))
    }
}
