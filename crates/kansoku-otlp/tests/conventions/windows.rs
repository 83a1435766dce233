//! A trace that is rendered window by window equals the one that is rendered at once.
use kansoku_otlp::{Signal, SpanForm, SpanIndexBuilder};

use super::fixture::{self, Trace};

fn written(trace: &Trace, form: SpanForm, window_bytes_max: usize) -> Vec<u8> {
    let mut builder = SpanIndexBuilder::default();
    trace.chunks.iter().for_each(|chunk| builder.add_spans(chunk).expect("what was kept is read"));
    trace.logs.iter().for_each(|chunk| builder.add_logs(chunk).expect("what was kept is read"));
    let index = builder.finish();
    let (mut out, mut at) = (Vec::new(), 0);
    while at < index.len() {
        let mut window = index.window(at, window_bytes_max);
        for number in window.chunks() {
            let chunks = match number.signal {
                Signal::Traces => &trace.chunks,
                Signal::Logs => &trace.logs,
            };
            window.fill(number, &chunks[number.number]).expect("the index is of these chunks");
        }
        for span in at..window.end() {
            window.write(&mut out, span, form, &trace.id).expect("what was kept is read");
        }
        at = window.end();
    }
    out
}

#[test]
fn windows_of_any_size_show_the_same_as_the_whole() {
    let mut seen = 0;
    for fixture in fixture::all() {
        for trace in &fixture.traces {
            let (mut proto, mut stored) = (Vec::new(), Vec::new());
            for at in 0..trace.spans.len() {
                trace.spans.write_proto(&mut proto, at, &trace.id);
                trace.spans.write_stored(&mut stored, at, &trace.id);
            }
            for window_bytes_max in [1, 3000, usize::MAX] {
                let name = &fixture.name;
                assert!(written(trace, SpanForm::Proto, window_bytes_max) == proto, "{name}");
                assert!(written(trace, SpanForm::Stored, window_bytes_max) == stored, "{name}");
            }
            seen += trace.spans.len();
        }
    }
    assert!(100 < seen, "{seen} spans");
}
