//! `<prefix>_otel_metrics`: one row per data point.
use super::super::definition::{Column, ColumnType};
use super::{DATE, RECORD_ID, RESOURCE, RESOURCE_SCHEMA_URL, SCOPE, SERVICE_NAME, TIME};
use ColumnType::{Attributes, Boolean, Double, Integer, List, Long, String, Struct};

pub(in crate::tables) const METRICS: &[Column] = &[
    RECORD_ID,
    TIME,
    DATE,
    SERVICE_NAME,
    Column::new("name", String),
    Column::new("description", String),
    Column::new("unit", String),
    Column::new("metric_type", String),
    Column::new("gauge", Struct(&[START, AT, VALUE, EXEMPLARS, ATTRIBUTES, FLAGS])),
    Column::new(
        "sum",
        Struct(&[
            START,
            AT,
            VALUE,
            EXEMPLARS,
            ATTRIBUTES,
            FLAGS,
            TEMPORALITY,
            Column::new("is_monotonic", Boolean),
        ]),
    ),
    Column::new(
        "histogram",
        Struct(&[
            START,
            AT,
            COUNT,
            SUM,
            BUCKET_COUNTS,
            Column::new("explicit_bounds", List(&Double)),
            EXEMPLARS,
            ATTRIBUTES,
            FLAGS,
            MIN,
            MAX,
            TEMPORALITY,
        ]),
    ),
    Column::new(
        "exponential_histogram",
        Struct(&[
            ATTRIBUTES,
            START,
            AT,
            COUNT,
            SUM,
            Column::new("scale", Integer),
            Column::new("zero_count", Long),
            Column::new("positive_bucket", BUCKET),
            Column::new("negative_bucket", BUCKET),
            FLAGS,
            EXEMPLARS,
            MIN,
            MAX,
            Column::new("zero_threshold", Double),
            TEMPORALITY,
        ]),
    ),
    Column::new("summary", Struct(&[START, AT, COUNT, SUM, QUANTILES, ATTRIBUTES, FLAGS])),
    Column::new("metadata", Attributes),
    RESOURCE,
    RESOURCE_SCHEMA_URL,
    SCOPE,
    Column::new("metric_schema_url", String),
];

const START: Column = Column::new("start_time_unix_nano", Long);
const AT: Column = Column::new("time_unix_nano", Long);
const VALUE: Column = Column::new("value", Double);
const ATTRIBUTES: Column = Column::new("attributes", Attributes);
const FLAGS: Column = Column::new("flags", Integer);
const TEMPORALITY: Column = Column::new("aggregation_temporality", String);
const COUNT: Column = Column::new("count", Long);
const SUM: Column = Column::new("sum", Double);
const MIN: Column = Column::new("min", Double);
const MAX: Column = Column::new("max", Double);
const BUCKET_COUNTS: Column = Column::new("bucket_counts", List(&Long));
const BUCKET: ColumnType = Struct(&[Column::new("offset", Integer), BUCKET_COUNTS]);
const EXEMPLARS: Column = Column::new(
    "exemplars",
    List(&Struct(&[
        AT,
        VALUE,
        Column::new("span_id", String),
        Column::new("trace_id", String),
        Column::new("filtered_attributes", Attributes),
    ])),
);
const QUANTILES: Column = Column::new(
    "quantile_values",
    List(&Struct(&[Column::new("quantile", Double), Column::new("value", Double)])),
);
