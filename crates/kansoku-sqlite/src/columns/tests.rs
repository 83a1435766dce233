use std::sync::Arc;
use std::time::Duration;

use kansoku_filter::{Filter, MetricFilter};
use kansoku_model::{ExperimentId, TimestampMs, TraceSpans};

use super::*;
use crate::error::EngineError;
use crate::reads::scan::fold_spans;
use crate::{SqliteStore, StoreOptions};
use kansoku_store::suite::build::{START_NS, SpanSpec, batch, info, span, trace_id};
use kansoku_store::suite::scan::{SpanTexts, add_spans};
use kansoku_store::{
    ActivityQuery, Aggregation, Deletion, Dimension, Ingest, ScanProjection, ScanQuery,
    SpanProjection, TraceWrites, View,
};

const START_MS: i64 = (START_NS / 1_000_000) as i64;
const DEFAULT: ExperimentId = ExperimentId(0);
/// Two full blocks and a partial one.
const TRACES: u64 = 2 * 2048 + 10;

struct Filled {
    store: Arc<SqliteStore>,
    _folder: tempfile::TempDir,
}

fn spans_of(n: u64) -> [SpanSpec; 2] {
    let (from, names) = (n * 250, ["ask", "look", "plan"]);
    let root = span(n, 1, None, from, from + n % 97).name(names[n as usize % 3]);
    let call = span(n, 2, Some(1), from + 1, from + 1 + n % 31)
        .name("call")
        .attribute("mlflow.spanType", if n.is_multiple_of(2) { "LLM" } else { "TOOL" })
        .attribute(
            "mlflow.chat.tokenUsage",
            &format!(r#"{{"input_tokens": {n}, "output_tokens": 3, "total_tokens": {}}}"#, n + 3),
        );
    [if n.is_multiple_of(7) { root.failed() } else { root }, call]
}

async fn filled() -> Filled {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kansoku.db");
    let store = Arc::new(SqliteStore::open(&path, StoreOptions::default()).unwrap());
    let traces: Vec<TraceSpans> = batch((1..=TRACES).flat_map(spans_of));
    let ingest = Ingest {
        traces: traces.into_iter().map(|spans| (DEFAULT, spans)).collect(),
        ..Ingest::default()
    };
    store.ingest(ingest).await.unwrap();
    Filled { store, _folder: folder }
}

fn ask(view: View, name: &str) -> MetricsQuery {
    let metric = view.metrics().iter().find(|(known, _)| *known == name).expect("a metric").1;
    MetricsQuery {
        experiments: vec![DEFAULT],
        metric,
        aggregations: match metric.aggregations() {
            ["COUNT"] => vec![Aggregation::Count],
            _ => vec![
                Aggregation::Avg,
                Aggregation::Min,
                Aggregation::Max,
                Aggregation::Percentile(90.0),
            ],
        },
        dimensions: Vec::new(),
        filters: Vec::new(),
        bucket_seconds: None,
        from: None,
        to: None,
        max_results: 1000,
        deadline: Duration::from_secs(30),
    }
}

/// Each metric that blocks support: in total, by time, by every dimension, and filtered.
fn questions() -> Vec<MetricsQuery> {
    let mut questions = Vec::new();
    for view in [View::Traces, View::Spans] {
        for (name, metric) in view.metrics() {
            let whole = ask(view, name);
            questions.push(MetricsQuery {
                bucket_seconds: Some(60),
                from: Some(TimestampMs(START_MS + 90_000)),
                to: Some(TimestampMs(START_MS + 700_000)),
                ..whole.clone()
            });
            for dimension in metric.dimensions() {
                questions.push(MetricsQuery { dimensions: vec![*dimension], ..whole.clone() });
            }
            for filter in ["trace.status = 'OK'", "trace.tag.`mlflow.traceName` = 'ask'"] {
                let filters = vec![MetricFilter::parse(filter).unwrap()];
                questions.push(MetricsQuery { filters, ..whole.clone() });
            }
            questions.push(whole);
        }
    }
    for filter in ["span.type = 'LLM'", "span.name = 'ask'", "span.status = 'ERROR'"] {
        let filters = vec![MetricFilter::parse(filter).unwrap()];
        let by_both = vec![Dimension::SpanStatus, Dimension::SpanName];
        questions.push(MetricsQuery {
            filters,
            dimensions: by_both,
            ..ask(View::Spans, "latency")
        });
    }
    questions
}

fn lately() -> ActivityQuery {
    ActivityQuery {
        experiments: vec![DEFAULT],
        from: TimestampMs(START_MS + 90_000),
        to: TimestampMs(START_MS + 700_000),
        buckets: 7,
        deadline: Duration::from_secs(30),
    }
}

fn all_traces() -> ScanQuery {
    ScanQuery {
        experiment: DEFAULT,
        filter: Filter::all(),
        from: None,
        to: None,
        projection: ScanProjection::default(),
        traces_max: usize::MAX,
        deadline: Duration::from_secs(30),
    }
}

impl Filled {
    /// Asserts that every query has the same result from blocks as from rows; returns whether all
    /// blocks are packed.
    async fn compare(&self, when: &str) -> bool {
        let when = when.to_owned();
        let codec = self.store.codec.clone();
        let compare = move |db: &Connection| {
            let mut is_packed = true;
            for question in questions() {
                let mut groups = Groups::new(&question);
                rows::scan(db, &question, None, &mut groups)?;
                let answer = query(db, &question)?;
                is_packed &= !answer.has_gaps;
                assert_eq!(
                    answer.groups.finish(&question),
                    groups.finish(&question),
                    "{when}: {question:?}"
                );
            }
            let activity = activity::read(db, &lately())?;
            assert_eq!(activity.has_gaps, !is_packed, "{when}");
            let by_rows = activity::by_rows(db, &lately())?;
            assert_eq!(activity.experiments, by_rows, "{when}");
            // Columns do not contain the trace id, so a projection with it reads rows.
            let [by_blocks, by_rows] = [false, true].map(|trace_id| {
                let projection = ScanProjection { trace_id, ..ScanProjection::default() };
                let query = ScanQuery { projection, ..all_traces() };
                let mut spans = SpanTexts::new();
                let answer = fold_spans(db, &codec, &query, SpanProjection::ALL, &mut |found| {
                    add_spans(&mut spans, found)
                })?;
                Ok::<_, EngineError>((spans, answer.coverage))
            });
            assert_eq!(by_blocks?, by_rows?, "{when}");
            Ok(is_packed)
        };
        self.store.read("compare", compare).await.unwrap()
    }

    /// The blocks that are packed.
    async fn packed(&self) -> Vec<i64> {
        let packed = |db: &Connection| Ok(blocks::ready(db)?.into_keys().collect());
        self.store.read("look", packed).await.unwrap()
    }
}

/// Packs at most `blocks_max` blocks; returns whether all are packed now.
async fn pack_metrics(store: &SqliteStore, blocks_max: usize) -> Result<bool, EngineError> {
    for _ in 0..blocks_max {
        let claim = store.writer.run("claim", 0, |tx| blocks::claim(tx)).await?;
        let Some(claim) = claim else { return Ok(true) };
        let packed = store.read("pack", move |db| blocks::pack(db, claim)).await?;
        store.writer.run("store", 0, move |tx| blocks::store(tx, &packed)).await?;
    }
    Ok(false)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blocks_answer_as_rows_do_whatever_changes() {
    let filled = filled().await;
    let store = &filled.store;
    assert!(!filled.compare("before anything is packed").await);
    assert!(!pack_metrics(store, 1).await.unwrap());
    assert!(!filled.compare("one block is packed").await);
    assert!(pack_metrics(store, 10).await.unwrap());
    assert_eq!(filled.packed().await, [0, 1]);
    assert!(filled.compare("all is packed").await);

    let renamed = span(5, 2, Some(1), 0, 900).name("renamed").failed();
    store.append(DEFAULT, batch([renamed])).await.unwrap();
    assert_eq!(filled.packed().await, [1]);
    filled.compare("a span was replaced").await;
    pack_metrics(store, 10).await.unwrap();
    assert!(filled.compare("it is packed again").await);

    store.append(DEFAULT, batch([span(3000, 9, Some(1), 0, 1)])).await.unwrap();
    assert_eq!(filled.packed().await, [0]);
    filled.compare("a span came late").await;

    pack_metrics(store, 10).await.unwrap();
    let mut said = info(6, DEFAULT);
    store.upsert_info(said.clone()).await.unwrap();
    pack_metrics(store, 10).await.unwrap();
    assert!(filled.compare("a client said what its trace was").await);
    said.metadata.insert("mlflow.trace.session".to_owned(), "another".to_owned());
    store.upsert_info(said).await.unwrap();
    assert_eq!(filled.packed().await, [1]);
    filled.compare("the session is another").await;

    pack_metrics(store, 10).await.unwrap();
    store.set_tag(&trace_id(7), "mlflow.traceName", "ask").await.unwrap();
    filled.compare("the name is another").await;
    pack_metrics(store, 10).await.unwrap();
    let gone = Deletion::UntilTime { until: TimestampMs(START_MS + 200_000), max_traces: None };
    store.delete_traces(DEFAULT, gone).await.unwrap();
    filled.compare("the oldest traces were deleted").await;
    assert!(pack_metrics(store, 10).await.unwrap());
    assert!(filled.compare("what is left is packed").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ids_that_are_used_anew_are_not_overlooked() {
    let filled = filled().await;
    let store = &filled.store;
    pack_metrics(store, 10).await.unwrap();
    // First a trace within the last full block, then all traces after that block.
    let ids = |range: std::ops::RangeInclusive<u64>| Deletion::Ids(range.map(trace_id).collect());
    store.delete_traces(DEFAULT, ids(4090..=4095)).await.unwrap();
    pack_metrics(store, 10).await.unwrap();
    store.delete_traces(DEFAULT, ids(4096..=TRACES)).await.unwrap();
    store.append(DEFAULT, batch(spans_of(9999))).await.unwrap();
    filled.compare("a new trace has an old id").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_block_that_changes_while_it_is_packed_is_not_stored() {
    let filled = filled().await;
    let store = &filled.store;
    let claim = store.writer.run("claim", 0, |tx| blocks::claim(tx)).await.unwrap().unwrap();
    let packed = store.read("pack", move |db| blocks::pack(db, claim)).await.unwrap();
    store.set_tag(&trace_id(7), "mlflow.traceName", "ask").await.unwrap();
    let again = store.writer.run("claim", 0, |tx| blocks::claim(tx)).await.unwrap();
    assert!(again.is_some());
    let stored = store.writer.run("store", 0, move |tx| blocks::store(tx, &packed)).await;
    assert!(!stored.unwrap());
    assert_eq!(filled.packed().await, [0; 0]);
}
