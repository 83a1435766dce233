//! The body of an OTLP export in protobuf, converted to rows and back to the responses for clients.
#![no_main]

mod views;

use kansoku_otlp::{Encoding, Export, Signal, decode_protobuf, split};
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|body: &[u8]| -> Corpus {
    let Ok(data) = decode_protobuf(body) else { return Corpus::Reject };
    views::check(split(data));
    let export = Export::open(Signal::Traces, Encoding::Protobuf, body.to_vec().into());
    if let Ok(mut export) = export {
        while let Ok(Some(split)) = export.next_split() {
            views::check(split);
        }
    }
    Corpus::Keep
});
