//! The body of an OTLP export in protobuf, to rows and back to what clients read.
#![no_main]

mod views;

use kansoku_otlp::{decode_protobuf, split};
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|body: &[u8]| -> Corpus {
    let Ok(data) = decode_protobuf(body) else { return Corpus::Reject };
    views::check(split(data));
    Corpus::Keep
});
