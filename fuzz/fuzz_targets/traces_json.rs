//! An uploaded `traces.json`, in the form of any client version, converted to rows and back.
#![no_main]

mod views;

use std::sync::LazyLock;

use kansoku_model::TraceId;
use kansoku_otlp::{split_as, traces_json};
use libfuzzer_sys::fuzz_target;

/// Trace ids: one that contains an OpenTelemetry trace id, and one that does not.
static TRACES: LazyLock<[TraceId; 2]> = LazyLock::new(|| {
    ["tr-0102030405060708090a0b0c0d0e0f10", "mine"]
        .map(|id| TraceId::try_from(id.to_owned()).expect("a good id"))
});

fuzz_target!(|file: &[u8]| {
    match traces_json::parse(file) {
        Ok(data) => {
            for trace in &*TRACES {
                let split = split_as(data.clone(), trace);
                assert!(split.traces.iter().all(|spans| spans.trace_id == *trace));
                views::check(split);
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
