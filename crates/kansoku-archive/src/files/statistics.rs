//! The statistics of a file in Delta's log, from those in its footer.
use jiff::Timestamp;
use jiff::civil::Date;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};
use parquet::file::statistics::Statistics;
use serde_json::{Map, Value, json};

use crate::tables::{Column, ColumnType, Table};

/// Delta's own writers truncate texts to this length.
const TEXT_CHARS_MAX: usize = 32;

/// The statistics of an `add` action as JSON text. A value is missing if it is unknown or has no
/// text, such as a time after the year 9999.
pub(super) fn delta_statistics(table: Table, metadata: &ParquetMetaData) -> String {
    let (mut minima, mut maxima, mut nulls) = (Map::new(), Map::new(), Map::new());
    for column in table.columns().iter().filter(|it| table.statistics().contains(&it.name)) {
        let Some(range) = Range::from_chunks(column, metadata) else { continue };
        nulls.insert(column.name.to_owned(), json!(range.nulls));
        minima.extend(range.min.map(|min| (column.name.to_owned(), min)));
        maxima.extend(range.max.map(|max| (column.name.to_owned(), max)));
    }
    let rows = metadata.file_metadata().num_rows();
    json!({"numRecords": rows, "minValues": minima, "maxValues": maxima, "nullCount": nulls})
        .to_string()
}

struct Range {
    min: Option<Value>,
    max: Option<Value>,
    nulls: u64,
}

impl Range {
    /// `None` if a row group has no statistics of the column.
    fn from_chunks(column: &Column, metadata: &ParquetMetaData) -> Option<Self> {
        let chunk = |chunks: &'_ [ColumnChunkMetaData]| {
            let is_column = |chunk: &&ColumnChunkMetaData| matches!(chunk.column_path().parts(), [name] if name == column.name);
            chunks.iter().find(is_column)?.statistics().cloned()
        };
        let chunks = metadata.row_groups().iter().map(|group| chunk(group.columns()));
        let chunks: Vec<Statistics> = chunks.collect::<Option<_>>()?;
        let nulls = chunks.iter().map(Statistics::null_count_opt).sum::<Option<u64>>()?;
        let (min, max) = match column.column_type {
            ColumnType::Timestamp => {
                let (min, max) = bounds(&chunks, int64)?;
                (min.and_then(timestamp), max.and_then(timestamp))
            }
            ColumnType::Long => {
                let (min, max) = bounds(&chunks, int64)?;
                (min.map(Value::from), max.map(Value::from))
            }
            ColumnType::Date => {
                let (min, max) = bounds(&chunks, int32)?;
                (min.and_then(date), max.and_then(date))
            }
            ColumnType::String => {
                let (min, max) = bounds(&chunks, text_bounds)?;
                (min.map(|text| lower_bound(&text)), max.and_then(|text| upper_bound(&text)))
            }
            _ => (None, None),
        };
        Some(Self { min, max, nulls })
    }
}

type Bounds<T> = (Option<T>, Option<T>);

/// The bounds over all row groups; one with nothing but NULLs has none.
fn bounds<T: Ord>(
    chunks: &[Statistics],
    chunk_bounds: impl Fn(&Statistics) -> Option<Bounds<T>>,
) -> Option<Bounds<T>> {
    let (mut min, mut max) = (None, None);
    for chunk in chunks {
        let (chunk_min, chunk_max) = chunk_bounds(chunk)?;
        min = min.into_iter().chain(chunk_min).min();
        max = max.into_iter().chain(chunk_max).max();
    }
    Some((min, max))
}

fn int64(statistics: &Statistics) -> Option<Bounds<i64>> {
    let Statistics::Int64(values) = statistics else { return None };
    Some((values.min_opt().copied(), values.max_opt().copied()))
}

fn int32(statistics: &Statistics) -> Option<Bounds<i32>> {
    let Statistics::Int32(values) = statistics else { return None };
    Some((values.min_opt().copied(), values.max_opt().copied()))
}

/// The bounds of texts, which may be truncated, so that they are not values of the column.
fn text_bounds(statistics: &Statistics) -> Option<Bounds<String>> {
    let Statistics::ByteArray(values) = statistics else { return None };
    let text = |bytes: Option<&parquet::data_type::ByteArray>| match bytes {
        Some(bytes) => Some(Some(bytes.as_utf8().ok()?.to_owned())),
        None => Some(None),
    };
    Some((text(values.min_opt())?, text(values.max_opt())?))
}

fn timestamp(micros: i64) -> Option<Value> {
    let time = Timestamp::from_microsecond(micros).ok()?;
    Some(Value::from(time.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()))
}

fn date(days: i32) -> Option<Value> {
    let epoch = Date::constant(1970, 1, 1);
    let date = epoch.checked_add(jiff::Span::new().try_days(days).ok()?).ok()?;
    Some(Value::from(date.to_string()))
}

fn lower_bound(text: &str) -> Value {
    Value::from(text.chars().take(TEXT_CHARS_MAX).collect::<String>())
}

/// A text that is not below `text`, although it may be shorter; `None` if there is none.
fn upper_bound(text: &str) -> Option<Value> {
    let Some((end, next)) = text.char_indices().nth(TEXT_CHARS_MAX) else {
        return Some(Value::from(text));
    };
    (next != char::MAX).then(|| Value::from(format!("{}{}", &text[..end], char::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_bounded_from_both_sides() {
        let long = "x".repeat(TEXT_CHARS_MAX + 1);
        let (low, high) = (lower_bound(&long), upper_bound(&long).unwrap());
        assert!(low.as_str().unwrap() < long.as_str() && long.as_str() < high.as_str().unwrap());
        let exact = "é".repeat(TEXT_CHARS_MAX);
        assert_eq!(upper_bound(&exact), Some(Value::from(exact.as_str())));
        assert_eq!(lower_bound(&exact), Value::from(exact.as_str()));
        let highest: String = [char::MAX; TEXT_CHARS_MAX + 1].iter().collect();
        assert_eq!(upper_bound(&highest), None);
    }

    #[test]
    fn times_without_a_text_have_no_statistics() {
        assert_eq!(timestamp(1_234_567), Some(Value::from("1970-01-01T00:00:01.234567Z")));
        assert_eq!((timestamp(i64::MAX), timestamp(i64::MIN)), (None, None));
        assert_eq!(date(-1), Some(Value::from("1969-12-31")));
        assert_eq!((date(i32::MAX), date(i32::MIN)), (None, None));
    }
}
