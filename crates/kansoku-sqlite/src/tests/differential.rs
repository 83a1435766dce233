//! SQLite and the reference engine have the same results after the same random writes.
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kansoku_filter::{Filter, OrderBy};
use kansoku_model::ExperimentId;
use kansoku_store::reference::ReferenceStore;
use kansoku_store::suite::Stores;
use kansoku_store::suite::build::{experiment, query, trace_id};
use kansoku_store::suite::random::{change, filter, order_by, seeded, trace};
use kansoku_store::{ScanProjection, ScanQuery, ScannedTrace};
use rand::RngExt as _;
use rand::rngs::StdRng;

use crate::{SqliteStore, StoreOptions};

/// A store that compacts continuously beside the writes.
fn compaction() -> Stores {
    let folder = tempfile::tempdir().unwrap();
    let options =
        StoreOptions { compact_after: Duration::from_millis(20), ..StoreOptions::default() };
    let store = SqliteStore::open(&folder.path().join("kansoku.db"), options).unwrap();
    Stores::of_engine(Arc::new(store), folder)
}

const TRACES: u64 = 24;
const ROUNDS: usize = 12;
const WRITES_A_ROUND: usize = 15;
const SEARCHES_A_ROUND: usize = 20;
/// Small, so that every search has several pages.
const PAGE: usize = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_writes_and_searches_are_those_of_the_reference_engine() {
    let (mut random, seed) = seeded();
    let stores = [compaction(), Stores::of_engine(Arc::new(ReferenceStore::default()), ())];
    let mut experiments = Vec::new();
    for name in ["here", "there"] {
        let [a, b] = [experiment(&stores[0], name).await, experiment(&stores[1], name).await];
        assert_eq!(a, b);
        experiments.push(a);
    }
    let mut writes = Vec::new();
    for n in 1..=TRACES {
        let experiment = experiments[usize::from(n % 8 == 0)];
        writes.extend(trace(experiment, n, &mut random));
    }
    for round in 0..ROUNDS {
        for write in writes.drain(..) {
            let mut answers = Vec::new();
            for stores in &stores {
                let answer = write.clone().make(stores).await;
                answers.push(answer.map_err(|error| error.to_string()));
            }
            assert_eq!(answers[0], answers[1], "{write:?}; KANSOKU_SEED={seed}");
        }
        same_rows(&stores, seed).await;
        for _ in 0..SEARCHES_A_ROUND {
            same_search(&stores, &experiments, &mut random, seed).await;
        }
        same_scan(&stores, experiments[round % 2], &mut random, seed).await;
        let ledgers =
            [stores[0].ledger.ledger().await.unwrap(), stores[1].ledger.ledger().await.unwrap()];
        let [a, b] = ledgers.map(|ledger| {
            let counts = ledger.sources.iter().map(|it| (it.stored, it.duplicate, it.bytes));
            (counts.collect::<Vec<_>>(), ledger.deleted_spans)
        });
        assert_eq!(a, b, "KANSOKU_SEED={seed}");
        for _ in 0..WRITES_A_ROUND {
            writes.extend(change(&experiments, TRACES + 2, &mut random));
        }
    }
}

/// Asserts equal span rows and infos of every trace.
async fn same_rows(stores: &[Stores; 2], seed: u64) {
    for n in 1..=TRACES + 2 {
        let id = trace_id(n);
        let mut answers = Vec::new();
        for stores in stores {
            let rows = stores.traces.span_rows(&id).await.map(|mut rows| {
                rows.sort_by_key(|row| row.span_id);
                format!("{rows:#?}")
            });
            let info = stores.traces.info(&id).await.map(|info| format!("{info:#?}"));
            answers.push((rows.map_err(|e| e.to_string()), info.map_err(|e| e.to_string())));
        }
        assert_eq!(answers[0], answers[1], "trace {n}; KANSOKU_SEED={seed}");
    }
}

/// Asserts equal pages of a random search.
async fn same_search(
    stores: &[Stores; 2],
    experiments: &[ExperimentId],
    random: &mut StdRng,
    seed: u64,
) {
    let text = filter(random, 2);
    let items = order_by(random);
    // Duplicate keys are rejected before a store receives them.
    let Ok(order_by) = OrderBy::parse_list(&items) else { return };
    let mut answers = Vec::new();
    for stores in stores {
        let (mut pages, mut page_token) = (Vec::new(), None);
        loop {
            let mut search = query(experiments, &text);
            search.order_by.clone_from(&order_by);
            search.max_results = PAGE;
            search.page_token = page_token;
            let page = stores.traces.search(search).await.unwrap();
            pages.push(format!("{:#?}", page.traces));
            page_token = page.next_page_token;
            if page_token.is_none() {
                break;
            }
        }
        answers.push(pages);
    }
    assert_eq!(answers[0], answers[1], "{text} {items:?}; KANSOKU_SEED={seed}");
}

/// Asserts equal traces of a scan, newest first.
async fn same_scan(stores: &[Stores; 2], experiment: ExperimentId, random: &mut StdRng, seed: u64) {
    let text = filter(random, 1);
    let projection = ScanProjection {
        trace_id: true,
        session: true,
        user: true,
        version: true,
        environment: true,
        tags: vec!["env".to_owned()],
        metadata: vec!["k".to_owned()],
        error: random.random_bool(0.5),
        inputs: random.random_bool(0.5),
        previews: random.random_bool(0.5),
        ..ScanProjection::default()
    };
    let mut answers = Vec::new();
    for stores in stores {
        let scan = ScanQuery {
            experiment,
            filter: Filter::parse(&text).unwrap(),
            from: None,
            to: None,
            projection: projection.clone(),
            traces_max: usize::MAX,
            deadline: query(&[], "").deadline,
        };
        let found = Arc::new(Mutex::new(Vec::new()));
        let seen = found.clone();
        let visitor = move |trace: &ScannedTrace| seen.lock().unwrap().push(format!("{trace:#?}"));
        let coverage = stores.traces.scan(scan, Box::new(visitor)).await.unwrap();
        // Traces of the same time can be in any order.
        let mut found = found.lock().unwrap().clone();
        found.sort();
        answers.push((found, coverage));
    }
    assert_eq!(answers[0], answers[1], "{text}; KANSOKU_SEED={seed}");
}
