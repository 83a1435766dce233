//! The body of an OTLP export in JSON, converted to rows and back to the responses for clients.
#![no_main]

mod views;

use kansoku_otlp::{decode_json, split};
use libfuzzer_sys::fuzz_target;
use prost::Message;

fuzz_target!(|body: &[u8]| {
    let data = match decode_json(body) {
        Ok(data) => data,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    assert!(data.encoded_len() <= 4 * body.len(), "JSON that grows in memory is a bomb");
    views::check(split(data));
});
