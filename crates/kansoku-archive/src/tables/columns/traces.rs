//! `<prefix>_traces`: one row per trace. The columns of Databricks' "Delta sync" table come first,
//! without `spans`, which would store every span twice. Kansoku's come after them.
use super::super::definition::{Column, ColumnType};
use ColumnType::{Boolean, Double, List, Long, String, StringMap, Struct, Timestamp};

pub(in crate::tables) const TRACES: &[Column] = &[
    Column::distinct("trace_id", String),
    Column::distinct("client_request_id", String),
    Column::distinct("request_time", Timestamp),
    Column::new("state", String),
    Column::distinct("execution_duration_ms", Double),
    Column::distinct("request", String),
    Column::distinct("response", String),
    Column::new("tags", StringMap),
    Column::new("trace_metadata", StringMap),
    Column::new("assessments", List(&ASSESSMENT)),
    Column::new("experiment_id", String),
    Column::new("trace_name", String),
    Column::new("session_id", String),
    Column::new("user_id", String),
    Column::new("service_name", String),
    Column::new("span_count", Long),
    Column::new("error_count", Long),
    Column::new("first_error", String),
    Column::new("input_tokens", Long),
    Column::new("output_tokens", Long),
    Column::new("total_tokens", Long),
    Column::new("input_cost", Double),
    Column::new("output_cost", Double),
    Column::new("total_cost", Double),
    Column::new("finalized", Boolean),
    Column::new("run_ids", List(&String)),
    Column::new("batch", Long),
];

const ASSESSMENT: ColumnType = Struct(&[
    Column::distinct("assessment_id", String),
    Column::distinct("trace_id", String),
    Column::new("name", String),
    Column::new(
        "source",
        Struct(&[Column::new("source_id", String), Column::new("source_type", String)]),
    ),
    Column::distinct("create_time", Timestamp),
    Column::distinct("last_update_time", Timestamp),
    Column::new("expectation", Struct(&[Column::new("value", String)])),
    Column::new(
        "feedback",
        Struct(&[
            Column::new("value", String),
            Column::new(
                "error",
                Struct(&[
                    Column::new("error_code", String),
                    Column::new("error_message", String),
                    Column::new("stack_trace", String),
                ]),
            ),
        ]),
    ),
    Column::distinct("rationale", String),
    Column::new("metadata", StringMap),
    Column::new("span_id", String),
    Column::new("issue", Struct(&[Column::new("issue_name", String)])),
    Column::new("overrides", String),
    Column::new("valid", Boolean),
]);
