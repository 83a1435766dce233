//! Large JSON responses, with stronger compression than others.
//!
//! The level of the compression layer is fast, but bad for long columns of numbers, which would be
//! half as large again.
use std::io::Write;

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use flate2::{Compression, write::GzEncoder};
use serde::Serialize;

use super::{compression::accepts_encoding, streaming::off_thread};

/// The gzip level; higher ones take more time and save little.
const LEVEL: u32 = 5;
/// Smaller responses, in bytes, are not compressed here.
const COMPRESSED_BYTES_MIN: usize = 4096;

/// Serializes the result of `make` on a separate thread.
pub(crate) async fn answer<T: Serialize>(
    request_headers: &HeaderMap,
    make: impl FnOnce() -> T + Send + 'static,
) -> Response {
    let compress = accepts_encoding(request_headers, "gzip");
    let (bytes, packed) = off_thread(move || {
        let json = serde_json::to_vec(&make()).expect("its keys are texts");
        match compress && COMPRESSED_BYTES_MIN <= json.len() {
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
