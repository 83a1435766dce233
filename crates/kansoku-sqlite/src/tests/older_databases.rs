//! Databases of earlier versions, one of each schema, created by `fixtures/make.py`.
use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kansoku_store::suite::Stores;
use kansoku_store::suite::build::{batch, found, span, trace_id};

use crate::engine::migrate;
use crate::{SqliteStore, StoreOptions};

/// Schemas without a fixture, which no release had. The terms of 1 and 2 had other hashes, so
/// searches would not find their traces; the others existed between two commits.
const NOT_KEPT: [i64; 7] = [1, 2, 10, 11, 13, 14, 15];

fn fixtures() -> Vec<(i64, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<(i64, PathBuf)> = files
        .filter_map(|path| {
            let name = path.file_name()?.to_str()?;
            let number = name.strip_prefix("schema_")?.strip_suffix(".db.gz")?.parse().ok()?;
            Some((number, path.clone()))
        })
        .collect();
    found.sort();
    found
}

#[test]
fn there_is_a_database_of_every_earlier_schema() {
    let stored: BTreeSet<i64> = fixtures().into_iter().map(|(number, _)| number).collect();
    let earlier = 1..migrate::newest();
    let expected: BTreeSet<i64> = earlier.filter(|number| !NOT_KEPT.contains(number)).collect();
    assert_eq!(stored, expected, "run fixtures/make.py with the last binary of the schema");
}

#[tokio::test]
async fn a_database_of_every_earlier_schema_is_read_and_written() {
    for (number, packed) in fixtures().into_iter() {
        let folder = tempfile::tempdir().unwrap();
        let path = unpack(&packed, &folder);
        check(&open(&path, folder), number).await;
    }
}

fn unpack(packed: &Path, folder: &tempfile::TempDir) -> PathBuf {
    let path = folder.path().join("kansoku.db");
    let mut database = Vec::new();
    let packed = std::fs::File::open(packed).unwrap();
    flate2::read::MultiGzDecoder::new(packed).read_to_end(&mut database).unwrap();
    std::fs::write(&path, database).unwrap();
    path
}

fn open(path: &Path, folder: tempfile::TempDir) -> Stores {
    let store = Arc::new(SqliteStore::open(path, StoreOptions::default()).unwrap());
    Stores::of_engine(store, folder)
}

async fn check(stores: &Stores, schema: i64) {
    let experiment = stores.meta.experiment_by_name("fixture").await.unwrap().experiment_id;
    for (filter, traces) in [
        ("", &[4, 3, 2, 1][..]),
        ("tag.team = 'shop'", &[1]),
        ("feedback.helpful = 'yes'", &[1]),
        ("feedback.score > 0.5", &[1]),
        ("metadata.`mlflow.trace.session` = 'session-1'", &[3, 1]),
        ("span.name = 'span-2'", &[4, 3, 2, 1]),
        ("text LIKE '%order 3%'", &[3]),
    ] {
        assert_eq!(found(stores, experiment, filter).await, traces, "schema {schema}: {filter}");
    }
    let info = stores.traces.info(&trace_id(1)).await.unwrap();
    let names: BTreeSet<_> = info.assessments.iter().map(|it| it.assessment_name.clone()).collect();
    assert_eq!(names, ["helpful", "score"].map(str::to_owned).into(), "schema {schema}");
    let audit = stores.maintenance.audit(Box::new(|_| {})).await.unwrap();
    assert_eq!((audit.traces, audit.spans), (4, 12), "schema {schema}");
    assert_eq!(audit.problems, [""; 0], "schema {schema}");

    let more = batch([span(9, 1, None, 0, 1)]);
    stores.traces.append(experiment, more).await.unwrap();
    assert_eq!(found(stores, experiment, "").await.len(), 5, "schema {schema}");
}
