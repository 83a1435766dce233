//! Evaluation datasets.
use kansoku_filter::{DatasetFilter, DatasetOrderBy};
use kansoku_model::{
    Dataset, DatasetId, DatasetRecord, ExperimentId, KeyValue, RecordSource, RecordSourceType,
    RecordUpsert,
};
use serde_json::{Map, Value, json};

use super::Stores;
use super::build::experiment;
use crate::{
    DatasetEdit, DatasetSearch, DifferenceQuery, NewDataset, RecordCounts, RecordDifference,
    RecordPosition, RecordQuery, StoreError,
};

fn tag(key: &str, value: &str) -> KeyValue {
    KeyValue { key: key.to_owned(), value: value.to_owned() }
}

fn object(json: Value) -> Map<String, Value> {
    let Value::Object(fields) = json else { panic!("not an object: {json}") };
    fields
}

/// A record whose only input is `q`.
fn upsert(q: &str) -> RecordUpsert {
    let inputs = object(json!({ "q": q }));
    RecordUpsert { inputs, outputs: None, expectations: None, tags: None, source: None }
}

fn answered(q: &str, expected: &str) -> RecordUpsert {
    RecordUpsert { expectations: Some(object(json!({ "expected": expected }))), ..upsert(q) }
}

async fn create(stores: &Stores, name: &str, experiments: Vec<ExperimentId>) -> Dataset {
    let (name, created_by) = (name.to_owned(), Some("ann".to_owned()));
    let new = NewDataset { name, tags: vec![tag("team", "x")], experiments, created_by };
    stores.meta.create_dataset(new).await.unwrap()
}

async fn put(stores: &Stores, id: &DatasetId, records: Vec<RecordUpsert>) -> (u64, u64) {
    let counts = stores.meta.upsert_dataset_records(id, records).await.unwrap();
    (counts.inserted, counts.updated)
}

async fn records(stores: &Stores, id: &DatasetId, version: Option<u64>) -> Vec<DatasetRecord> {
    let query = RecordQuery { dataset: id.clone(), version, after: None, max_results: 1000 };
    let (records, more) = stores.meta.dataset_records(query).await.unwrap();
    assert!(!more);
    records
}

/// `q=expected` of each record.
async fn shown(stores: &Stores, id: &DatasetId, version: Option<u64>) -> Vec<String> {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or("-").to_owned();
    let shown = |record: &DatasetRecord| {
        let expected = record.content.expectations.as_ref().and_then(|it| it.get("expected"));
        format!("{}={}", text(record.inputs.get("q")), text(expected))
    };
    records(stores, id, version).await.iter().map(shown).collect()
}

pub async fn records_are_merged_by_their_inputs(stores: &Stores) {
    let id = create(stores, "d", vec![]).await.dataset_id;
    let source = RecordSource {
        source_type: RecordSourceType::Trace,
        source_data: object(json!({ "trace_id": "tr-1" })),
    };
    let first = RecordUpsert {
        inputs: object(json!({ "a": 1, "b": { "x": 1.0, "y": [null, "é"] } })),
        outputs: Some(json!("yes")),
        expectations: Some(object(json!({ "e": 1, "f": "kept" }))),
        tags: Some(object(json!({ "mlflow.user": "bob" }))),
        source: Some(source.clone()),
    };
    assert_eq!(put(stores, &id, vec![first.clone(), upsert("z")]).await, (2, 0));
    let again = RecordUpsert {
        inputs: object(json!({ "b": { "y": [null, "é"], "x": 1.0 }, "a": 1 })),
        outputs: None,
        expectations: Some(object(json!({ "e": 2 }))),
        tags: Some(object(json!({ "k": "v", "mlflow.user": "eve" }))),
        source: None,
    };
    let other_number = RecordUpsert { inputs: object(json!({ "a": 1.0 })), ..upsert("") };
    assert_eq!(put(stores, &id, vec![again, other_number]).await, (1, 1));

    let all = records(stores, &id, None).await;
    assert_eq!(all.len(), 3);
    let merged = all.iter().find(|it| it.source.is_some()).unwrap();
    assert_eq!(merged.inputs, first.inputs);
    assert_eq!(merged.content.outputs, json!("yes"));
    assert_eq!(merged.content.expectations, Some(object(json!({ "e": 2, "f": "kept" }))));
    assert_eq!(merged.content.tags, object(json!({ "mlflow.user": "eve", "k": "v" })));
    assert_eq!(merged.source, Some(source));
    assert_eq!(merged.created_by.as_deref(), Some("bob"));
    assert_eq!(merged.last_updated_by.as_deref(), Some("eve"));
    let plain = all.iter().find(|it| it.inputs == object(json!({ "q": "z" }))).unwrap();
    assert_eq!((&plain.content.outputs, &plain.content.expectations), (&json!({}), &None));

    // `null` clears outputs; nothing else does.
    let cleared = RecordUpsert { outputs: Some(Value::Null), ..first };
    put(stores, &id, vec![cleared]).await;
    let all = records(stores, &id, None).await;
    assert!(all.iter().any(|it| it.source.is_some() && it.content.outputs.is_null()));
}

pub async fn a_batch_may_have_one_record_twice(stores: &Stores) {
    let id = create(stores, "d", vec![]).await.dataset_id;
    let batch = vec![answered("a", "1"), answered("a", "2"), answered("b", "3")];
    assert_eq!(put(stores, &id, batch).await, (2, 1));
    assert_eq!(shown(stores, &id, None).await, ["a=2", "b=3"]);
    let versions = stores.meta.dataset_versions(&id, None, 10).await.unwrap();
    assert_eq!((versions[0].added, versions[0].changed, versions[0].record_count), (2, 0, 2));
    // There and back is no change.
    assert_eq!(put(stores, &id, vec![answered("a", "9"), answered("a", "2")]).await, (0, 2));
    assert_eq!(shown(stores, &id, None).await, ["a=2", "b=3"]);
}

pub async fn a_dataset_tells_the_state_of_its_records(stores: &Stores) {
    let created = create(stores, "d", vec![ExperimentId::DEFAULT]).await;
    assert_eq!((created.version, created.record_count, &created.schema), (0, None, &None));
    assert_eq!(created.created_by.as_deref(), Some("ann"));
    assert_eq!(created.experiments, [ExperimentId::DEFAULT]);
    let id = created.dataset_id.clone();
    assert_eq!(stores.meta.dataset(&id).await.unwrap(), created);

    let first = RecordUpsert {
        inputs: object(json!({ "s": "x", "i": 1, "f": 1.5, "b": true, "n": null })),
        outputs: Some(json!({ "answer": [1] })),
        expectations: Some(object(json!({ "facts": {} }))),
        tags: Some(object(json!({ "mlflow.user": "bob" }))),
        source: None,
    };
    // The first type of a field stays.
    let second = RecordUpsert { inputs: object(json!({ "i": "one", "o": {} })), ..upsert("") };
    put(stores, &id, vec![first.clone(), second.clone()]).await;
    let dataset = stores.meta.dataset(&id).await.unwrap();
    assert_eq!(
        serde_json::to_value(dataset.schema.clone().unwrap()).unwrap(),
        json!({
            "inputs": { "s": "string", "i": "integer", "f": "float", "b": "boolean", "n": "null", "o": "object" },
            "outputs": { "answer": "array" },
            "expectations": { "facts": "object" },
            "version": "1.0",
        })
    );
    assert_eq!((dataset.version, dataset.record_count), (1, Some(2)));
    assert_eq!(dataset.last_updated_by.as_deref(), Some("bob"));
    assert_ne!(dataset.digest, created.digest);

    // An upsert that changes nothing creates no version.
    assert_eq!(put(stores, &id, vec![first, second]).await, (0, 2));
    assert_eq!(put(stores, &id, vec![]).await, (0, 0));
    assert_eq!(stores.meta.dataset(&id).await.unwrap(), dataset);

    let all = records(stores, &id, None).await.into_iter().map(|it| it.record_id).collect();
    assert_eq!(stores.meta.delete_dataset_records(&id, all).await.unwrap(), 2);
    let emptied = stores.meta.dataset(&id).await.unwrap();
    assert_eq!((emptied.version, emptied.record_count), (2, Some(0)));
    assert_eq!(emptied.schema, dataset.schema);
}

pub async fn outputs_without_fields_have_one_type(stores: &Stores) {
    let id = create(stores, "d", vec![]).await.dataset_id;
    let with = |q: &str, outputs: Value| RecordUpsert { outputs: Some(outputs), ..upsert(q) };
    put(stores, &id, vec![with("a", json!("text")), with("b", json!({ "x": 1 }))]).await;
    let schema = stores.meta.dataset(&id).await.unwrap().schema.unwrap();
    assert_eq!(schema.outputs, json!("string"));
}

pub async fn every_change_of_records_is_a_version_that_stays(stores: &Stores) {
    let id = create(stores, "d", vec![]).await.dataset_id;
    put(stores, &id, vec![answered("a", "1"), answered("b", "1"), upsert("c")]).await;
    put(stores, &id, vec![answered("b", "2"), answered("d", "2")]).await;
    let first = records(stores, &id, Some(1)).await;
    let deleted = vec![first[0].record_id.clone(), first[0].record_id.clone()];
    assert_eq!(stores.meta.delete_dataset_records(&id, deleted.clone()).await.unwrap(), 1);
    assert_eq!(stores.meta.delete_dataset_records(&id, deleted).await.unwrap(), 0);
    // The same inputs again are another record.
    put(stores, &id, vec![answered("a", "4")]).await;

    assert!(shown(stores, &id, Some(0)).await.is_empty());
    assert_eq!(shown(stores, &id, Some(1)).await, ["a=1", "b=1", "c=-"]);
    assert_eq!(shown(stores, &id, Some(2)).await, ["a=1", "b=2", "c=-", "d=2"]);
    assert_eq!(shown(stores, &id, Some(3)).await, ["b=2", "c=-", "d=2"]);
    assert_eq!(shown(stores, &id, Some(4)).await, ["b=2", "c=-", "d=2", "a=4"]);
    assert_eq!(shown(stores, &id, None).await, shown(stores, &id, Some(4)).await);
    assert_eq!(records(stores, &id, Some(1)).await, first);

    let versions = stores.meta.dataset_versions(&id, None, 3).await.unwrap();
    let counts: Vec<_> = versions
        .iter()
        .map(|it| (it.version, it.added, it.changed, it.removed, it.record_count))
        .collect();
    assert_eq!(counts, [(4, 1, 0, 0, 4), (3, 0, 0, 1, 3), (2, 1, 1, 0, 4)]);
    assert_eq!(versions[0].digest, stores.meta.dataset(&id).await.unwrap().digest);
    let rest = stores.meta.dataset_versions(&id, Some(2), 10).await.unwrap();
    assert_eq!((rest.len(), rest[0].version, rest[0].added), (1, 1, 3));

    let query = |version| RecordQuery {
        dataset: id.clone(),
        version: Some(version),
        after: None,
        max_results: 1,
    };
    let unknown = stores.meta.dataset_records(query(5)).await;
    assert!(matches!(unknown, Err(StoreError::DatasetVersionNotFound { version: 5, .. })));

    let edit = DatasetEdit::DeleteVersionsBefore(3);
    stores.meta.edit_dataset(&id, edit).await.unwrap();
    let gone = stores.meta.dataset_records(query(2)).await;
    assert!(matches!(gone, Err(StoreError::DatasetVersionNotFound { version: 2, .. })));
    assert_eq!(shown(stores, &id, Some(3)).await, ["b=2", "c=-", "d=2"]);
    assert_eq!(shown(stores, &id, None).await, ["b=2", "c=-", "d=2", "a=4"]);
    assert_eq!(stores.meta.dataset_versions(&id, None, 9).await.unwrap().len(), 2);
    let beyond = stores.meta.edit_dataset(&id, DatasetEdit::DeleteVersionsBefore(5)).await;
    assert!(matches!(beyond, Err(StoreError::DatasetVersionNotFound { version: 5, .. })));
}

pub async fn records_come_page_by_page(stores: &Stores) {
    let id = create(stores, "d", vec![]).await.dataset_id;
    let batch = |from: usize| (from..from + 8).map(|n| upsert(&format!("{n:02}"))).collect();
    put(stores, &id, batch(0)).await;
    put(stores, &id, batch(8)).await;
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let query = RecordQuery { dataset: id.clone(), version: None, after, max_results: 5 };
        let (page, more) = stores.meta.dataset_records(query).await.unwrap();
        after = page.last().map(RecordPosition::of_record);
        seen.extend(page.iter().map(|it| it.inputs["q"].as_str().unwrap().to_owned()));
        if !more {
            break;
        }
    }
    assert_eq!(seen, (0..16).map(|n| format!("{n:02}")).collect::<Vec<_>>());
}

pub async fn two_versions_are_compared(stores: &Stores) {
    let id = create(stores, "d", vec![]).await.dataset_id;
    put(stores, &id, vec![answered("a", "1"), answered("b", "1"), upsert("c")]).await;
    put(stores, &id, vec![answered("b", "2"), answered("d", "2")]).await;
    let a = records(stores, &id, Some(1)).await[0].record_id.clone();
    stores.meta.delete_dataset_records(&id, vec![a]).await.unwrap();

    let q = |record: &DatasetRecord| record.inputs["q"].as_str().unwrap().to_owned();
    let between = async |base, version| {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let query =
                DifferenceQuery { dataset: id.clone(), base, version, after, max_results: 2 };
            let page = stores.meta.dataset_differences(query).await.unwrap();
            found.extend(page.differences.iter().map(|it| match it {
                RecordDifference::Added(record) => format!("+{}", q(record)),
                RecordDifference::Removed(record) => format!("-{}", q(record)),
                RecordDifference::Changed { before, after } => {
                    assert_ne!(before.content, after.content);
                    format!("~{}", q(before))
                }
            }));
            after = page.next;
            if after.is_none() {
                return found;
            }
        }
    };
    assert_eq!(between(1, 3).await, ["-a", "~b", "+d"]);
    assert_eq!(between(3, 1).await, ["+a", "~b", "-d"]);
    assert_eq!(between(0, 1).await, ["+a", "+b", "+c"]);
    assert_eq!(between(2, 3).await, ["-a"]);
    assert!(between(3, 3).await.is_empty());
    let query = DifferenceQuery { dataset: id, base: 1, version: 9, after: None, max_results: 2 };
    let unknown = stores.meta.dataset_differences(query).await;
    assert!(matches!(unknown, Err(StoreError::DatasetVersionNotFound { version: 9, .. })));
}

pub async fn datasets_are_searched_by_experiment_filter_and_order(stores: &Stores) {
    let (one, two) = (experiment(stores, "one").await, experiment(stores, "two").await);
    let first = create(stores, "first", vec![one, two, one]).await;
    assert_eq!(first.experiments, [one, two]);
    create(stores, "second", vec![one]).await;
    create(stores, "third", vec![]).await;
    let search =
        async |experiments: Option<Vec<ExperimentId>>, filter: &str, range: (usize, usize)| {
            let search = DatasetSearch {
                experiments,
                filter: DatasetFilter::parse(filter).unwrap(),
                order_by: DatasetOrderBy::parse_list(&["name".to_owned()]).unwrap(),
                offset: range.0,
                max_results: range.1,
            };
            let (found, more) = stores.meta.search_datasets(search).await.unwrap();
            (found.into_iter().map(|it| it.name).collect::<Vec<_>>().join(" "), more)
        };
    let all = (0, 10);
    assert_eq!(search(None, "", all).await, ("first second third".to_owned(), false));
    assert_eq!(search(Some(vec![one]), "", all).await.0, "first second");
    assert_eq!(search(Some(vec![two]), "", all).await.0, "first");
    assert_eq!(search(Some(vec![]), "", all).await.0, "");
    assert_eq!(search(None, "name != 'first' AND created_by = 'ann'", all).await.0, "second third");
    assert_eq!(search(None, "tags.team = 'x'", (1, 1)).await, ("second".to_owned(), true));

    let id = &first.dataset_id;
    let edit = async |edit| stores.meta.edit_dataset(id, edit).await;
    edit(DatasetEdit::SetTags(vec![tag("team", "y"), tag("a", "b")])).await.unwrap();
    assert_eq!(search(None, "tags.team = 'y' AND tags.a = 'b'", all).await.0, "first");
    edit(DatasetEdit::DeleteTag { key: "team".to_owned() }).await.unwrap();
    edit(DatasetEdit::DeleteTag { key: "team".to_owned() }).await.unwrap();
    assert_eq!(stores.meta.dataset(id).await.unwrap().tags, [tag("a", "b")]);
    let three = experiment(stores, "three").await;
    edit(DatasetEdit::AddExperiments(vec![three, one])).await.unwrap();
    edit(DatasetEdit::RemoveExperiments(vec![two, ExperimentId::DEFAULT])).await.unwrap();
    assert_eq!(stores.meta.dataset(id).await.unwrap().experiments, [one, three]);
    let unknown = edit(DatasetEdit::AddExperiments(vec![ExperimentId(999)])).await;
    assert!(matches!(unknown, Err(StoreError::ExperimentNotFound(ExperimentId(999)))));
    let new = NewDataset {
        name: "x".to_owned(),
        tags: vec![],
        experiments: vec![ExperimentId(999)],
        created_by: None,
    };
    assert!(stores.meta.create_dataset(new).await.is_err());
}

pub async fn a_deleted_dataset_is_gone_with_all_versions(stores: &Stores) {
    let (kept, id) = (create(stores, "kept", vec![]).await, create(stores, "d", vec![]).await);
    let (kept, id) = (kept.dataset_id, id.dataset_id);
    put(stores, &kept, vec![answered("a", "1")]).await;
    put(stores, &id, vec![answered("a", "1")]).await;
    put(stores, &id, vec![answered("a", "2")]).await;
    let deleted = stores.meta.edit_dataset(&id, DatasetEdit::Delete).await.unwrap();
    assert_eq!(deleted, RecordCounts::default());
    let missing = |error: StoreError| matches!(error, StoreError::DatasetNotFound(_));
    assert!(missing(stores.meta.dataset(&id).await.unwrap_err()));
    assert!(missing(stores.meta.edit_dataset(&id, DatasetEdit::Delete).await.unwrap_err()));
    assert!(missing(stores.meta.dataset_versions(&id, None, 1).await.unwrap_err()));
    let upserted = stores.meta.upsert_dataset_records(&id, vec![upsert("a")]).await;
    assert!(missing(upserted.unwrap_err()));
    let query = RecordQuery { dataset: id, version: Some(1), after: None, max_results: 1 };
    assert!(missing(stores.meta.dataset_records(query).await.unwrap_err()));
    assert_eq!(shown(stores, &kept, None).await, ["a=1"]);
}
