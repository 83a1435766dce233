//! Large JSON that is packed well before it is sent.
//!
//! What all other answers are compressed by is quick and knows nothing of numbers: long columns of
//! them come out half as large again.
use std::io::Write;

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use flate2::{Compression, write::GzEncoder};
use serde::Serialize;

use super::{compression::takes, streaming::off_thread};

/// Where more time buys little.
const LEVEL: u32 = 5;
/// Less is not worth it.
const PACKED_BYTES_MIN: usize = 4096;

/// Answers what `make` makes, as JSON.
pub(crate) async fn answer<T: Serialize>(
    asked_with: &HeaderMap,
    make: impl FnOnce() -> T + Send + 'static,
) -> Response {
    let packs = takes(asked_with, "gzip");
    let (bytes, packed) = off_thread(move || {
        let json = serde_json::to_vec(&make()).expect("its keys are texts");
        match packs && PACKED_BYTES_MIN <= json.len() {
            true => (gzip(&json), true),
            false => (json, false),
        }
    })
    .await;
    let mut answer = ([(header::CONTENT_TYPE, "application/json")], bytes).into_response();
    if packed {
        let headers = answer.headers_mut();
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
    answer
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let room = Vec::with_capacity(bytes.len() / 2);
    let mut encoder = GzEncoder::new(room, Compression::new(LEVEL));
    encoder.write_all(bytes).expect("a Vec takes every write");
    encoder.finish().expect("a Vec takes every write")
}
