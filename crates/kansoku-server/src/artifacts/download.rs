//! Responses with a stored file as a download.
use axum::{
    body::Body,
    http::header,
    response::{IntoResponse, Response},
};

use super::folder::File;

/// Streams a file, with headers that make browsers save it instead of showing it.
pub(crate) fn send(file: File, name: &str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, passive_content_type(name)),
        (header::CONTENT_LENGTH, file.bytes.to_string()),
        (header::CONTENT_DISPOSITION, disposition(name)),
        (header::ETAG, file.etag),
    ];
    (headers, Body::from_stream(file.content)).into_response()
}

/// The content type by the file's name, if it is one that browsers only display; else a generic
/// type.
///
/// Kansoku's pages may load scripts and styles from this origin. With `nosniff`, browsers accept a
/// script or style only with its own content type, so an uploaded one is not executed.
fn passive_content_type(name: &str) -> String {
    const PASSIVE: [&str; 6] = [
        "application/json",
        "application/pdf",
        "application/zip",
        "text/csv",
        "text/markdown",
        "text/plain",
    ];
    let guessed = mime_guess::from_path(name).first_or_octet_stream();
    // SVG is excluded, since it is a document that can contain scripts.
    let is_media = matches!(guessed.type_().as_str(), "image" | "audio" | "video")
        && guessed.suffix().is_none();
    if is_media || PASSIVE.contains(&guessed.essence_str()) {
        guessed.to_string()
    } else {
        mime_guess::mime::APPLICATION_OCTET_STREAM.to_string()
    }
}

fn disposition(name: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    if name.bytes().all(plain) {
        return format!("attachment; filename={name}");
    }
    let mut encoded = String::from("attachment; filename*=UTF-8''");
    for byte in name.bytes() {
        match plain(byte) {
            true => encoded.push(char::from(byte)),
            false => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}
