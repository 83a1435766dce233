use std::io::{self, Write};

use axum::http::{HeaderValue, header};
use flate2::{Compression, write};
use kansoku_model::{Coded, ErrorCode};

use super::*;
use crate::http::inflate::window_bytes;

fn limits(body_bytes_max: usize, inflated_bytes_max: usize) -> Limits {
    Limits { body_bytes_max, inflated_bytes_max, ..Limits::default() }
}

/// Reads the body in chunks of three bytes, as from a slow network.
async fn read(encoding: &str, bytes: &[u8], limits: &Limits) -> Result<Bytes, AdmissionError> {
    let mut headers = HeaderMap::new();
    if !encoding.is_empty() {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_str(encoding).unwrap());
    }
    let chunks: Vec<io::Result<Bytes>> =
        bytes.chunks(3).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
    let reserved = Reservation::for_test();
    read_body(&headers, Body::from_stream(futures::stream::iter(chunks)), limits, &reserved).await
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = write::GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = write::ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn raw_deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = write::DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ::zstd::encode_all(bytes, 3).unwrap()
}

#[tokio::test]
async fn every_encoding_gives_the_bytes_back() {
    let text = b"traces traces traces traces".as_slice();
    let limits = limits(1000, 1000);
    for (encoding, bytes) in [
        ("", text.to_vec()),
        ("identity", text.to_vec()),
        ("gzip", gzip(text)),
        ("GZIP", gzip(text)),
        ("deflate", zlib(text)),
        ("deflate", raw_deflate(text)),
        ("zstd", zstd(text)),
        ("zstd", [zstd(&text[..7]), zstd(&text[7..])].concat()),
    ] {
        assert_eq!(read(encoding, &bytes, &limits).await.unwrap(), text, "{encoding}");
    }
    assert!(read("", b"", &limits).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_unknown_encoding_is_named() {
    let error = read("br", b"x", &limits(10, 10)).await.unwrap_err();
    assert_eq!(error.to_string(), "Unsupported Content-Encoding: br");
}

#[tokio::test]
async fn a_corrupt_or_cut_body_is_refused() {
    let limits = limits(1000, 1000);
    let whole = gzip(b"traces");
    for bytes in [&b"not gzip at all"[..], &whole[..whole.len() - 5]] {
        let error = read("gzip", bytes, &limits).await.unwrap_err();
        assert_eq!(error.to_string(), "Failed to decompress gzip payload");
    }
    let whole = zstd(b"traces");
    for bytes in [&b"not zstd at all"[..], &whole[..whole.len() - 1]] {
        let error = read("zstd", bytes, &limits).await.unwrap_err();
        assert_eq!(error.to_string(), "Failed to decompress zstd payload");
    }
    let error = read("deflate", b"\xff\xff\xff\xff", &limits).await.unwrap_err();
    assert_eq!(error.to_string(), "Failed to decompress deflate payload");
}

#[tokio::test]
async fn a_body_may_be_as_large_as_the_limit_and_not_larger() {
    assert_eq!(read("", &[7; 100], &limits(100, 1)).await.unwrap().len(), 100);
    let error = read("", &[7; 101], &limits(100, 1)).await.unwrap_err();
    assert_eq!(error.code(), ErrorCode::RequestTooLarge);
    let body = gzip(&[7; 100]);
    assert_eq!(read("gzip", &body, &limits(body.len(), 100)).await.unwrap().len(), 100);
    assert!(matches!(
        read("gzip", &body, &limits(body.len() - 1, 100)).await.unwrap_err(),
        AdmissionError::TooLarge(_)
    ));
    assert!(matches!(
        read("gzip", &body, &limits(body.len(), 99)).await.unwrap_err(),
        AdmissionError::TooLargeInflated(99)
    ));
}

#[tokio::test]
async fn a_bomb_stops_at_the_limit() {
    let zeros = vec![0; 16 << 20];
    for (encoding, bomb) in
        [("gzip", gzip(&zeros)), ("deflate", zlib(&zeros)), ("zstd", zstd(&zeros))]
    {
        let error = read(encoding, &bomb, &limits(1 << 20, 1 << 20)).await.unwrap_err();
        assert!(matches!(error, AdmissionError::TooLargeInflated(_)));
    }
}

#[tokio::test]
async fn a_large_zstd_body_comes_back_whole() {
    let text: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    let limits = limits(text.len(), text.len());
    assert_eq!(read("zstd", &zstd(&text), &limits).await.unwrap(), text);
}

#[tokio::test]
async fn a_zstd_frame_that_asks_for_too_much_memory_is_refused() {
    let mut encoder = ::zstd::Encoder::new(Vec::new(), 1).unwrap();
    encoder.window_log(27).unwrap();
    encoder.write_all(b"traces").unwrap();
    let frame = encoder.finish().unwrap();
    assert!(read("zstd", &frame, &limits(1000, 256 << 20)).await.is_err());
    let mut encoder = ::zstd::Encoder::new(Vec::new(), 19).unwrap();
    encoder.window_log(23).unwrap();
    encoder.write_all(b"traces").unwrap();
    let frame = encoder.finish().unwrap();
    assert_eq!(window_bytes(&frame), 8 << 20);
    assert_eq!(read("zstd", &frame, &limits(1000, 1 << 20)).await.unwrap(), "traces");
}
