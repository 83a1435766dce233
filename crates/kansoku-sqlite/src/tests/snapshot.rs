//! A read of several statements uses one snapshot.
use std::sync::atomic::{AtomicBool, Ordering};

use kansoku_store::SpanTreeRange;
use kansoku_store::suite::build::{batch, experiment, span, trace_id};

const SPANS: u64 = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_trace_and_its_tree_are_of_one_state() {
    let stores = super::fresh();
    let here = experiment(&stores, "e").await;
    stores.traces.append(here, batch([span(1, 1, None, 0, 1)])).await.unwrap();
    let is_written = AtomicBool::new(false);
    let writes = async {
        for id in 2..=SPANS {
            let spans = batch([span(1, id, Some(1), 0, 1).failed()]);
            stores.traces.append(here, spans).await.unwrap();
        }
        is_written.store(true, Ordering::Relaxed);
    };
    let reads = async {
        let range = SpanTreeRange { first: 0, max_results: 1000 };
        let mut is_last = false;
        while !is_last {
            is_last = is_written.load(Ordering::Relaxed);
            let page = stores.traces.span_tree_page(&trace_id(1), range).await.unwrap();
            let spans = page.tree.spans_total as u64;
            assert_eq!(page.trace.info.span_count, spans);
            assert_eq!(page.trace.summary.spans.len() as u64, spans);
            assert_eq!(page.trace.summary.failed_spans, spans - 1);
        }
    };
    tokio::join!(writes, reads);
}
