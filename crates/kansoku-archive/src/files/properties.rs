//! How the columns of a table are encoded.
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;

use super::writer::ROW_GROUP_ROWS_MAX;
use crate::tables::{Column, ColumnType, Layout, Table};

/// Level 9 makes files no smaller and takes three times as long.
const ZSTD_LEVEL: i32 = 3;

/// A page is compressed alone. In larger ones the history that an agent resends with every call is
/// found more often: at 1 MiB files are a quarter larger, at 16 MiB a tenth smaller.
const DATA_PAGE_BYTES: usize = 4 << 20;

/// A reader of one trace decodes whole pages; those of narrow columns end here.
const DATA_PAGE_ROWS: usize = 8192;
/// A list of traces needs few rows of each row group.
const TRACES_A_PAGE: usize = 64;

/// The share of absent traces for which a Bloom filter says that they may be present.
const BLOOM_FALSE_POSITIVES: f64 = 0.01;

/// Longer values of statistics are truncated: they would make every file's footer large.
const STATISTICS_BYTES_MAX: usize = 64;

pub(super) fn writer_properties(table: Table, layout: Layout) -> WriterProperties {
    let level = ZstdLevel::try_new(ZSTD_LEVEL).expect("zstd has this level");
    let page_rows = if table == Table::Traces { TRACES_A_PAGE } else { DATA_PAGE_ROWS };
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_data_page_size_limit(DATA_PAGE_BYTES)
        .set_data_page_row_count_limit(page_rows)
        // The writer ends row groups itself, because it also counts bytes.
        .set_max_row_group_row_count(None)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_statistics_truncate_length(Some(STATISTICS_BYTES_MAX));
    for column in table.columns() {
        builder = set_leaves(builder, &[column.name], column, layout);
    }
    for name in table.statistics() {
        builder = builder
            .set_column_statistics_enabled(ColumnPath::from(*name), EnabledStatistics::Chunk);
    }
    if let Some(name) = table.trace_column().filter(|_| table.has_bloom_filter()) {
        let path = ColumnPath::from(name);
        // The filter is folded to the number of traces that a row group really has.
        builder = builder
            .set_column_bloom_filter_enabled(path.clone(), true)
            .set_column_bloom_filter_fpp(path.clone(), BLOOM_FALSE_POSITIVES)
            .set_column_bloom_filter_max_ndv(path, ROW_GROUP_ROWS_MAX as u64);
    }
    builder.build()
}

/// Sets the encodings of the leaves below a column.
fn set_leaves(
    builder: WriterPropertiesBuilder,
    path: &[&str],
    column: &Column,
    layout: Layout,
) -> WriterPropertiesBuilder {
    set_type(builder, path, &column.column_type, column.is_distinct, layout)
}

fn set_type(
    mut builder: WriterPropertiesBuilder,
    path: &[&str],
    column_type: &ColumnType,
    is_distinct: bool,
    layout: Layout,
) -> WriterPropertiesBuilder {
    let leaf = |names: &[&str]| {
        ColumnPath::new(path.iter().chain(names).map(|name| (*name).to_owned()).collect())
    };
    match (column_type, layout) {
        (ColumnType::Struct(columns), _) => {
            for column in *columns {
                let path = [path, &[column.name]].concat();
                builder = set_leaves(builder, &path, column, layout);
            }
            builder
        }
        (ColumnType::List(element), _) => {
            let path = [path, &["list", "element"]].concat();
            set_type(builder, &path, element, is_distinct, layout)
        }
        // Rows of one program have the same keys, and thus the same metadata.
        (ColumnType::Attributes | ColumnType::Value, Layout::V2) => {
            builder.set_column_dictionary_enabled(leaf(&["value"]), !is_distinct)
        }
        (ColumnType::StringMap, _) | (ColumnType::Attributes, Layout::V1) => {
            builder.set_column_dictionary_enabled(leaf(&["key_value", "value"]), !is_distinct)
        }
        (ColumnType::Long | ColumnType::Timestamp, _) if is_distinct => builder
            .set_column_dictionary_enabled(leaf(&[]), false)
            .set_column_encoding(leaf(&[]), Encoding::DELTA_BINARY_PACKED),
        _ => builder.set_column_dictionary_enabled(leaf(&[]), !is_distinct),
    }
}
