//! Rows of one trace are found by locators and by Bloom filters.
use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use kansoku_archive::files::{FileError, RowRange, RowSelector, may_have_a_term};
use kansoku_archive::tables::{
    Annotation, AnnotationRows, Change, Layout, SPAN_ROWS_MAX, SpanSummary, Table, TraceRecord,
    TraceRows, read_spans, read_traces,
};
use kansoku_filter::Term;
use kansoku_model::{
    ExperimentId, RunId, SpanId, SpanRow, TimestampMs, TraceId, TraceInfo, TraceState,
};
use kansoku_otlp::SpanSet;
use serde_json::Value;

use crate::sample::{
    START_NS, open, otlp, read, record, rows_of, store, trace, write_spans, writer,
};

#[tokio::test]
async fn a_trace_is_found_by_its_ranges_and_by_bloom_filters() {
    let store = store();
    let traces: Vec<_> = (0..300).map(|n| (n, otlp(n, 4, 20))).collect();
    let file = write_spans(&store, &traces).await;
    let reader = open(&store, &file, Table::Spans).await;
    for n in [0, 150, 299] {
        let spans = |batches: Vec<RecordBatch>| {
            let chunks: Vec<_> =
                batches.iter().map(|it| read_spans(it, &trace(n)).unwrap()).collect();
            SpanSet::from_chunks(&chunks).unwrap()
        };
        let sent = SpanSet::from_chunks(&[otlp(n, 4, 20)]).unwrap().traces_json(&trace(n));
        let ranges = RowSelector::Ranges(rows_of(&file, &trace(n)));
        let located = spans(read(&reader, None, ranges, Some(&trace(n))).await);
        assert_eq!(located.traces_json(&trace(n)), sent);

        let groups = reader.row_groups_with(&trace(n)).await.unwrap();
        assert_eq!(groups, [0]);
        let found = read(&reader, None, RowSelector::RowGroups(groups), Some(&trace(n))).await;
        assert_eq!(found.iter().map(RecordBatch::num_rows).sum::<usize>(), 4);
        assert_eq!(spans(found).traces_json(&trace(n)), sent);
    }
    let mut absent = 0;
    for n in 1000..1200 {
        absent += reader.row_groups_with(&trace(n)).await.unwrap().len();
    }
    assert!(absent < 20, "{absent} of 200 absent traces may be present");
}

#[tokio::test]
async fn ranges_of_other_files_are_refused() {
    let store = store();
    let file = write_spans(&store, &[(0, otlp(0, 3, 1))]).await;
    let reader = open(&store, &file, Table::Spans).await;
    let ranges =
        |row_group, first, rows| RowSelector::Ranges(vec![RowRange { row_group, first, rows }]);
    assert!(reader.read(None, ranges(0, 1, 2), None).is_ok());
    let refused = |rows| reader.read(None, rows, None).err();
    assert!(matches!(refused(ranges(0, 2, 2)), Some(FileError::NoRow { row: 3, .. })));
    assert!(matches!(refused(ranges(1, 0, 1)), Some(FileError::NoRowGroup { row_group: 1, .. })));
    assert!(matches!(refused(RowSelector::RowGroups(vec![1])), Some(FileError::NoRowGroup { .. })));
    let unknown = reader.read(Some(&["nothing"]), RowSelector::All, None).err();
    assert!(matches!(unknown, Some(FileError::NoColumn { .. })));
}

#[tokio::test]
async fn overlapping_ranges_are_read_once_and_only_wanted_columns() {
    let store = store();
    let file = write_spans(&store, &[(0, otlp(0, 9, 1))]).await;
    let reader = open(&store, &file, Table::Spans).await;
    let range = |first, rows| RowRange { row_group: 0, first, rows };
    let rows = RowSelector::Ranges(vec![range(4, 3), range(0, 2), range(5, 1), range(6, 2)]);
    let batches = read(&reader, Some(&["name", "trace_id"]), rows, None).await;
    let names = batches.iter().flat_map(|batch| {
        assert_eq!(batch.num_columns(), 2);
        let names = batch.column_by_name("name").unwrap().as_string::<i32>();
        names.iter().map(|name| name.unwrap().to_owned()).collect::<Vec<_>>()
    });
    let names: Vec<String> = names.collect();
    assert_eq!(names, [0, 1, 4, 5, 6, 7].map(|at| format!("span {at}")));
}

fn info(n: u64) -> TraceInfo {
    TraceInfo {
        trace_id: trace(n),
        experiment_id: ExperimentId(3),
        client_request_id: None,
        request_time: TimestampMs(START_NS as i64 / 1_000_000 + n as i64),
        execution_duration: None,
        state: TraceState::Ok,
        name: None,
        request_preview: Some("the question".to_owned()),
        response_preview: None,
        metadata: Default::default(),
        tags: Default::default(),
        assessments: Vec::new(),
        span_count: n,
        finalized: true,
    }
}

#[tokio::test]
async fn the_row_of_a_trace_is_found() {
    let store = store();
    let mut rows = TraceRows::new(Layout::V2);
    let mut writer = writer(&store, Table::Traces);
    for n in 0..50 {
        let (info, spans) = (info(n), SpanSummary::default());
        assert!(rows.append(&record(&info, &spans)).is_none());
    }
    writer.append(&rows.finish().unwrap()).await.unwrap();
    let file = writer.finish().await.unwrap();
    let reader = open(&store, &file, Table::Traces).await;
    let ranges = RowSelector::Ranges(rows_of(&file, &trace(7)));
    let batches = read(&reader, None, ranges, Some(&trace(7))).await;
    let found: Vec<_> = batches.iter().flat_map(|batch| read_traces(batch).unwrap()).collect();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].info, info(7));
    assert_eq!(reader.row_groups_with(&trace(7)).await.unwrap(), [0]);
    let statistics: Value = serde_json::from_str(&file.statistics).unwrap();
    assert_eq!(statistics["maxValues"]["experiment_id"], "3");
    assert!(!file.statistics.contains("question"));
}

#[tokio::test]
async fn annotations_of_a_span_are_located_with_its_trace() {
    let store = store();
    let mut rows = AnnotationRows::new(Layout::V2);
    let mut writer = writer(&store, Table::Annotations);
    let change =
        Change { created_at: TimestampMs(1), updated_at: TimestampMs(2), is_deleted: false };
    let ids: Vec<TraceId> = ["trace:/a.b.c/1", "trace:/a.b.c", "plain"]
        .map(|id| TraceId::try_from(id.to_owned()).unwrap())
        .to_vec();
    for id in &ids {
        assert!(rows.append(id, Annotation::RunLink(&RunId("r".to_owned())), change).is_none());
    }
    writer.append(&rows.finish().unwrap()).await.unwrap();
    let file = writer.finish().await.unwrap();
    assert_eq!(file.traces.iter().map(|it| it.trace.clone()).collect::<Vec<_>>(), ids);
    let reader = open(&store, &file, Table::Annotations).await;
    assert_eq!(reader.row_groups_with(&ids[0]).await.unwrap(), [0]);
    let found = read(&reader, None, RowSelector::All, Some(&ids[2])).await;
    assert_eq!(found.iter().map(RecordBatch::num_rows).sum::<usize>(), 1);
}

#[tokio::test]
async fn a_row_group_may_have_terms_of_spans_that_its_rows_lack() {
    for (spans, may_have_any) in [(SPAN_ROWS_MAX, false), (SPAN_ROWS_MAX + 1, true)] {
        let store = store();
        let span_rows: Vec<_> = (0..spans as u64)
            .map(|id| SpanRow {
                span_id: SpanId(id),
                name: "step".to_owned(),
                ..SpanRow::default()
            })
            .collect();
        let info = TraceInfo { span_count: spans as u64, ..info(1) };
        let summary = SpanSummary::new(&span_rows, None);
        let record = TraceRecord { span_rows: &span_rows, ..record(&info, &summary) };
        let mut rows = TraceRows::new(Layout::V2);
        let batch = rows.append(&record).or_else(|| rows.finish()).unwrap();
        let mut writer = writer(&store, Table::Traces);
        writer.append(&batch).await.unwrap();
        let file = writer.finish().await.unwrap();
        let has =
            |term: Term<'_>| may_have_a_term(&file.row_groups[0], &[term.hash(info.experiment_id)]);
        assert!(has(Term::SpanName("step".into())));
        assert_eq!(has(Term::SpanName("other".into())), may_have_any);
    }
}
