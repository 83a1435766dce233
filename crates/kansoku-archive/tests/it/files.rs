//! Files: row groups, statistics, damage.
use arrow_array::RecordBatch;
use futures::TryStreamExt;
use kansoku_archive::files::{FileError, FileReader, RowRange, RowSelector};
use kansoku_archive::tables::{Layout, RepeatedSpans, SpanRows, Table, read_spans};
use object_store::ObjectStoreExt;
use object_store::path::Path;
use opentelemetry_proto::tonic::common::v1::AnyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::trace::v1::TracesData;
use prost::Message;
use serde_json::{Value, json};

use crate::sample::{START_NS, open, otlp, read, rows_of, store, trace, write_spans, writer};

#[tokio::test]
async fn a_row_group_ends_at_its_maximum_of_rows() {
    let store = store();
    let file = write_spans(&store, &[(0, otlp(0, 65_536, 1)), (1, otlp(1, 1, 1))]).await;
    let reader = open(&store, &file, Table::Spans).await;
    assert_eq!((reader.rows(), reader.row_groups()), (65_537, 2));
    assert_eq!(rows_of(&file, &trace(0)), [RowRange { row_group: 0, first: 0, rows: 65_536 }]);
    assert_eq!(rows_of(&file, &trace(1)), [RowRange { row_group: 1, first: 0, rows: 1 }]);

    let file = write_spans(&store, &[(0, otlp(0, 65_536, 1))]).await;
    assert_eq!(open(&store, &file, Table::Spans).await.row_groups(), 1);
}

#[tokio::test]
async fn a_row_group_ends_at_its_maximum_of_bytes_and_a_trace_goes_on_in_the_next() {
    let store = store();
    // Each chunk has 8 MiB of text, so that the ninth does not fit.
    let chunks: Vec<_> = (0..9).map(|_| (0, otlp(0, 8, 1 << 20))).collect();
    let file = write_spans(&store, &chunks).await;
    let reader = open(&store, &file, Table::Spans).await;
    assert_eq!(reader.row_groups(), 2);
    let ranges = rows_of(&file, &trace(0));
    assert_eq!(ranges.iter().map(|it| it.row_group).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(ranges.iter().map(|it| it.rows).sum::<u32>(), 72);
    let batches = read(&reader, None, RowSelector::Ranges(ranges), Some(&trace(0))).await;
    assert!(batches.iter().all(|batch| batch.num_rows() <= 8));
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 72);
}

#[tokio::test]
async fn memory_stays_within_the_row_group() {
    let store = store();
    let mut writer = writer(&store, Table::Spans);
    let mut rows = SpanRows::new(Layout::V2);
    let mut peak = 0;
    for n in 0..20u64 {
        // Text that zstd cannot compress.
        let mut seed = n;
        let mut data = TracesData::decode(otlp(0, 64, 0).as_slice()).unwrap();
        for span in &mut data.resource_spans[0].scope_spans[0].spans {
            let text = (0..1 << 13).map(|_| {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                format!("{seed:016x}")
            });
            let text = Any::StringValue(text.collect());
            span.attributes[0].value = Some(AnyValue { value: Some(text) });
        }
        let chunk = data.encode_to_vec();
        for batch in rows.append(&trace(0), &chunk, &mut RepeatedSpans::default()).unwrap() {
            writer.append(&batch).await.unwrap();
            peak = peak.max(writer.memory_bytes());
        }
    }
    let file = writer.finish().await.unwrap();
    assert!(80 << 20 < file.bytes, "{} bytes", file.bytes);
    assert!(peak < 64 << 20, "{peak} bytes");
}

#[tokio::test]
async fn statistics_have_the_named_columns_only() {
    let store = store();
    let file = write_spans(&store, &[(0, otlp(0, 2, 1)), (1, otlp(1, 1, 1))]).await;
    let statistics: Value = serde_json::from_str(&file.statistics).unwrap();
    assert_eq!(
        statistics,
        json!({
            "numRecords": 3,
            "minValues": {
                "time": "2026-11-18T11:06:40.123456Z", "date": "2026-11-18",
                "service_name": "billing", "start_time_unix_nano": START_NS,
            },
            "maxValues": {
                "time": "2026-11-18T11:06:40.124456Z", "date": "2026-11-18",
                "service_name": "billing", "start_time_unix_nano": START_NS + 1_000_000,
            },
            "nullCount": {"time": 0, "date": 0, "service_name": 0, "start_time_unix_nano": 0},
        })
    );
    let reader = open(&store, &file, Table::Spans).await;
    let start = START_NS as i64;
    let groups = |range| reader.row_groups_in("start_time_unix_nano", &range);
    assert!(groups(0..=start - 1).is_empty());
    assert_eq!(groups(0..=start), [0]);
    assert_eq!(groups(start + 1_000_000..=i64::MAX), [0]);
    assert!(groups(start + 1_000_001..=i64::MAX).is_empty());
    // A column without statistics prunes nothing.
    assert_eq!(reader.row_groups_in("name", &(0..=0)), [0]);
}

#[tokio::test]
async fn no_text_of_a_span_is_in_the_footer() {
    let store = store();
    let file = write_spans(&store, &[(0, otlp(0, 2, 1))]).await;
    let bytes = store.get(&file.path).await.unwrap().bytes().await.unwrap();
    let footer = u32::from_le_bytes(bytes[bytes.len() - 8..][..4].try_into().unwrap()) as usize;
    let footer = &bytes[bytes.len() - 8 - footer..];
    let has = |word: &[u8]| footer.windows(word.len()).any(|window| window == word);
    assert!(has(b"billing") && !has(b"span 0") && !has(b"ARROW:schema"));
}

#[tokio::test]
async fn every_empty_table_is_a_file_without_rows() {
    let store = store();
    for table in Table::ALL {
        let file = writer(&store, table).finish().await.unwrap();
        assert_eq!((file.rows, file.traces.len()), (0, 0));
        let reader = open(&store, &file, table).await;
        assert_eq!(reader.rows(), 0);
        assert!(read(&reader, None, RowSelector::All, Some(&trace(0))).await.is_empty());
    }
}

#[tokio::test]
async fn rows_of_another_table_are_refused() {
    let store = store();
    let mut rows = SpanRows::new(Layout::V2);
    rows.append(&trace(0), &otlp(0, 1, 1), &mut RepeatedSpans::default()).unwrap();
    let batch = rows.finish().unwrap();
    let refused = writer(&store, Table::Logs).append(&batch).await;
    assert!(matches!(refused, Err(FileError::OtherColumns { table: Table::Logs, .. })));
}

#[tokio::test]
async fn an_absent_file_is_named() {
    let store = store();
    let path = Path::from("gone.parquet");
    let absent = FileReader::open(store.clone(), path, 100, Table::Spans).await;
    assert_eq!(
        absent.err().unwrap().to_string(),
        "file `gone.parquet` of the archive does not exist; run `kansoku archive verify`"
    );
}

#[tokio::test]
async fn a_file_that_is_given_up_does_not_exist() {
    let store = store();
    let mut writer = writer(&store, Table::Spans);
    let mut rows = SpanRows::new(Layout::V2);
    for batch in
        rows.append(&trace(0), &otlp(0, 4, 1 << 20), &mut RepeatedSpans::default()).unwrap()
    {
        writer.append(&batch).await.unwrap();
    }
    writer.abort().await.unwrap();
    assert!(store.get(&Path::from("1.parquet")).await.is_err());
}

/// Reads a file with these bytes, after its footer was compared.
async fn read_damaged(bytes: Vec<u8>, footer_checksum: u64) -> Result<usize, FileError> {
    let store = store();
    let path = Path::from("1.parquet");
    let length = bytes.len() as u64;
    store.put(&path, bytes.into()).await.unwrap();
    let reader = FileReader::open(store, path, length, Table::Spans).await?;
    reader.verify_footer(footer_checksum).await?;
    reader.row_groups_with(&trace(1)).await?;
    let mut batches = reader.read(None, RowSelector::All, Some(&trace(1)))?;
    let mut rows = 0;
    while let Some(batch) = batches.try_next().await? {
        read_spans(&batch, &trace(1)).unwrap();
        rows += batch.num_rows();
    }
    Ok(rows)
}

async fn small_file() -> (Vec<u8>, u64) {
    let store = store();
    let file = write_spans(&store, &[(0, otlp(0, 4, 200_000)), (1, otlp(1, 4, 40))]).await;
    let bytes = store.get(&file.path).await.unwrap().bytes().await.unwrap().to_vec();
    (bytes, file.footer_checksum)
}

/// A damaged page could be decoded to other values, or without an end.
#[tokio::test]
async fn a_changed_byte_is_an_error() {
    let (bytes, checksum) = small_file().await;
    assert_eq!(read_damaged(bytes.clone(), checksum).await.unwrap(), 4);
    for at in (0..bytes.len()).step_by(7) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        match read_damaged(damaged, checksum).await {
            Err(error) => assert!(matches!(error, FileError::Damaged { .. }), "{at}: {error:?}"),
            // The first bytes are only the format's name.
            Ok(rows) => assert!(at < 4, "byte {at}: {rows} rows"),
        }
    }
}

#[tokio::test]
async fn a_file_without_its_end_is_an_error() {
    let (bytes, checksum) = small_file().await;
    for length in (0..bytes.len()).step_by(97) {
        let torn = read_damaged(bytes[..length].to_vec(), checksum).await;
        assert!(matches!(torn, Err(FileError::Damaged { .. })), "{length}: {torn:?}");
    }
}
