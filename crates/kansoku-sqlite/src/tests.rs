use std::sync::Arc;

use crate::*;
use kansoku_store::suite::Stores;

/// Creates a store in a temporary folder.
fn fresh() -> Stores {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kansoku.db");
    // Compaction runs during every case, and must not change any result.
    let options = StoreOptions { compact_after: Duration::ZERO, ..StoreOptions::default() };
    let store = Arc::new(SqliteStore::open(&path, options).unwrap());
    Stores::of_engine(store, folder)
}

kansoku_store::store_suite!(fresh);

/// Cases of provided trait methods that this engine overrides.
mod provided {
    fn fresh() -> kansoku_store::suite::Stores {
        let engine = super::fresh();
        let mut stores = engine.required_only();
        stores.keep = Box::new(engine);
        stores
    }

    kansoku_store::store_suite! { @cases fresh;
        spans::the_size_of_traces_is_known_without_reading_them,
        reads::spans_are_listed_by_start_and_then_by_id,
        reads::roots_are_those_whose_parent_is_not_there,
        reads::pages_are_the_whole_list_while_spans_arrive,
        reads::one_span_is_read_as_it_was_sent_last,
        reads::otlp_comes_back_once_and_as_sent_last,
        reads::log_records_come_back_once,
        span_tree::a_tree_is_read_in_parts,
        span_tree::a_trace_has_a_place_in_its_session,
        activity::experiments_are_counted_whole_and_by_window,
        sessions::sessions_come_by_their_newest_trace_page_by_page,
        sessions::what_is_said_of_a_session_is_found_from_all_its_traces,
        sessions::a_turn_names_its_speakers_its_steps_and_its_failures,
        lists::a_summary_tells_where_a_failure_began,
        lists::a_large_trace_has_a_small_span_sample,
        lists::lists_are_ordered_by_tokens_and_cost,
        experiments::a_name_is_taken_even_by_a_deleted_experiment,
        runs::a_run_lives_from_start_to_finish,
        maintenance::a_trace_dated_ahead_is_no_younger_than_its_arrival,
    }
}

mod access;
mod blobs;
mod compaction;
mod damage;
mod differential;
mod erasure;
mod full_disk;
mod older_databases;
mod readers;
mod retention;
mod snapshot;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn columns_and_rows_give_the_same_scan() {
    kansoku_store::suite::scan::columns_and_rows_give_the_same_scan(&fresh()).await;
}

/// Space of deleted traces is returned to the file system step by step.
#[tokio::test]
async fn the_file_shrinks_after_deletions() {
    use kansoku_model::{ExperimentId, TimestampMs};
    use kansoku_store::suite::build::{batch, span};
    use kansoku_store::{Deletion, Maintenance as _, TraceWrites as _};

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kansoku.db");
    let size = || std::fs::metadata(&path).unwrap().len();
    let store = SqliteStore::open(&path, StoreOptions::default()).unwrap();
    store.close().await;
    let empty = size();
    let store = SqliteStore::open(&path, StoreOptions::default()).unwrap();
    for n in 1..=300 {
        let text: String = (0..4000).map(|_| rand::random_range('a'..='z')).collect();
        let spans = batch([span(n, 1, None, n, n + 1).attribute("text", &text)]);
        store.append(ExperimentId::DEFAULT, spans).await.unwrap();
    }
    let all = Deletion::UntilTime { until: TimestampMs(i64::MAX), max_traces: None };
    let gone = store.delete_traces(ExperimentId::DEFAULT, all).await.unwrap();
    assert_eq!(gone.len(), 300);
    let mut freed = 0;
    loop {
        match store.reclaim().await.unwrap() {
            0 => break,
            bytes => freed += bytes,
        }
    }
    store.close().await;
    assert!(500_000 < freed, "{freed} bytes were given back");
    assert!(size() < empty + empty / 4, "{} bytes, and {empty} when it was new", size());
    assert!(crate::backup::database::check_database(&path).unwrap().is_none());
}

/// Several processes share a database, and each reads frames with dictionaries that another
/// trained.
#[tokio::test]
async fn a_dictionary_that_another_process_stored_is_loaded() {
    use kansoku_model::TimestampMs;
    use kansoku_store::core::payload::codec::Codec;

    use crate::payload::dictionaries::{self, Dictionary};

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("kansoku.db");
    let store = SqliteStore::open(&path, StoreOptions::default()).unwrap();
    let texts: Vec<Vec<u8>> =
        (0..400).map(|n| format!("question number {n} of many").repeat(4).into()).collect();
    let bytes = zstd::dict::from_samples(&texts, 4096).unwrap();
    let id = zstd::zstd_safe::get_dict_id_from_dict(&bytes).unwrap().get();
    let other = Codec::new();
    other.install(id, &bytes);
    let frame = other.compress(&texts[0]).unwrap();
    assert!(store.codec.decompress(&frame).is_err());
    let stored = Dictionary { id, bytes };
    let save = move |tx: &crate::engine::tx::Tx<'_>| {
        dictionaries::save(tx, &stored, &[], TimestampMs(0)).map(drop)
    };
    store.writer.run("store a dictionary", 0, save).await.unwrap();
    assert_eq!(store.codec.decompress(&frame).unwrap(), texts[0]);
    store.close().await;
}
