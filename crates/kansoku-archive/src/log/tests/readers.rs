//! Tables for readers of others, written into the folder that an environment variable names.
use std::fs::{self, File};
use std::sync::Arc;

use arrow_array::{ArrayRef, BinaryArray, Int64Array, RecordBatch, StructArray};
use arrow_schema::{DataType, Field};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use parquet::arrow::ArrowWriter;

use super::world::NOW_MS;
use crate::log::*;

/// `cargo nextest run --run-ignored all …` with the variable set; then read the tables by hand.
#[tokio::test]
#[ignore = "writes tables into the folder KANSOKU_ARCHIVE_TABLES"]
async fn tables_for_other_readers() {
    let folder = std::env::var("KANSOKU_ARCHIVE_TABLES").unwrap();
    for (name, has_variant) in [("variant", true), ("plain", false)] {
        write_table(&folder, name, has_variant, false).await;
        write_table(&folder, &format!("{name}_checkpoint_only"), has_variant, true).await;
    }
}

/// 60 rows in six files of ten; the second and third become one file of twenty, the fourth is
/// removed: 50 rows are left, whose ids have the sum 1425.
async fn write_table(folder: &str, name: &str, has_variant: bool, checkpoint_only: bool) {
    let root = std::path::Path::new(folder).join(name);
    fs::create_dir_all(&root).unwrap();
    let store = Arc::new(LocalFileSystem::new_with_prefix(folder).unwrap().with_fsync(true));
    let mut columns = vec![r#"{"name":"id","type":"long","nullable":true,"metadata":{}}"#];
    if has_variant {
        columns.push(r#"{"name":"attributes","type":"variant","nullable":true,"metadata":{}}"#);
    }
    let definition = TableDefinition {
        schema: format!(r#"{{"type":"struct","fields":[{}]}}"#, columns.join(",")),
        properties: [("delta.checkpointPolicy".to_owned(), "classic".to_owned())].into(),
        clustering_columns: vec![vec!["id".to_owned()]],
    };
    let mut table = Table::create(store, Path::from(name), &definition, NOW_MS).await.unwrap();
    let write = |name: &str, ids: std::ops::Range<i64>| {
        let stats = format!(
            r#"{{"numRecords":{},"minValues":{{"id":{}}},"maxValues":{{"id":{}}},"nullCount":{{"id":0}}}}"#,
            ids.end - ids.start,
            ids.start,
            ids.end - 1
        );
        let size = write_rows(&root.join(name), ids, has_variant);
        DataFile { path: name.to_owned(), size, modified_ms: NOW_MS, stats: Some(stats) }
    };
    for number in 0..6 {
        let added = vec![write(&format!("{number}.parquet"), number * 10..number * 10 + 10)];
        let app_id = "kansoku-1-p".to_owned();
        let transaction = Some(AppTransaction { app_id, version: number });
        let (operation, removed) = (Operation::Write, Vec::new());
        table
            .commit(&Commit { operation, added, removed, transaction, now_ms: NOW_MS })
            .await
            .unwrap();
        if number == 3 && !checkpoint_only {
            table.checkpoint(NOW_MS).await.unwrap();
        }
    }
    let rewrites = [
        (Operation::Optimize, vec![write("m.parquet", 10..30)], vec!["1.parquet", "2.parquet"]),
        (Operation::Delete, Vec::new(), vec!["3.parquet"]),
    ];
    for (operation, added, removed) in rewrites {
        let removed = removed.into_iter().map(str::to_owned).collect();
        let commit = Commit { operation, added, removed, transaction: None, now_ms: NOW_MS };
        table.commit(&commit).await.unwrap();
    }
    for path in ["1.parquet", "2.parquet", "3.parquet"] {
        fs::remove_file(root.join(path)).unwrap();
    }
    if checkpoint_only {
        table.checkpoint(NOW_MS).await.unwrap();
        for version in 0..=table.snapshot().version() {
            fs::remove_file(root.join(format!("_delta_log/{version:020}.json"))).unwrap();
        }
    }
}

fn write_rows(path: &std::path::Path, ids: std::ops::Range<i64>, has_variant: bool) -> u64 {
    let rows = usize::try_from(ids.end - ids.start).unwrap();
    let mut columns: Vec<(&str, ArrayRef)> =
        vec![("id", Arc::new(Int64Array::from_iter_values(ids)))];
    // The value 42 as an int8, with an empty dictionary.
    let binary = |bytes: &[u8]| -> ArrayRef {
        Arc::new(BinaryArray::from_iter_values(std::iter::repeat_n(bytes, rows)))
    };
    if has_variant {
        let field = |name: &str| Arc::new(Field::new(name, DataType::Binary, false));
        let variant = StructArray::from(vec![
            (field("metadata"), binary(&[1, 0, 0])),
            (field("value"), binary(&[0x0c, 42])),
        ]);
        columns.push(("attributes", Arc::new(variant)));
    }
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut writer =
        ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    fs::metadata(path).unwrap().len()
}
