//! Builds OTLP from spans and JSON.
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList, any_value::Value as Any,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, TracesData};
use serde_json::{Value, json};

/// An export request with these spans, with the resource attributes of MLflow's SDK.
pub(super) fn request(spans: Vec<Span>) -> TracesData {
    let scope_spans = ScopeSpans {
        scope: Some(InstrumentationScope {
            name: "app".into(),
            version: "1.4.2".into(),
            ..Default::default()
        }),
        spans,
        schema_url: String::new(),
    };
    let resource = json!({
        "telemetry.sdk.language": "python", "telemetry.sdk.name": "mlflow", "telemetry.sdk.version": "3.17.2",
    });
    let resource_spans = ResourceSpans {
        resource: Some(Resource { attributes: pairs(resource), ..Default::default() }),
        scope_spans: vec![scope_spans],
        schema_url: String::new(),
    };
    TracesData { resource_spans: vec![resource_spans] }
}

/// The fields of a JSON object as OTLP attributes of the corresponding types.
pub(super) fn pairs(object: Value) -> Vec<KeyValue> {
    let Value::Object(map) = object else { return Vec::new() };
    map.into_iter()
        .map(|(key, value)| KeyValue { key, value: Some(any(value)), ..Default::default() })
        .collect()
}

fn any(value: Value) -> AnyValue {
    let value = match value {
        Value::Null => None,
        Value::Bool(value) => Some(Any::BoolValue(value)),
        Value::Number(number) => match number.as_i64() {
            Some(int) => Some(Any::IntValue(int)),
            None => number.as_f64().map(Any::DoubleValue),
        },
        Value::String(text) => Some(Any::StringValue(text)),
        Value::Array(items) => {
            Some(Any::ArrayValue(ArrayValue { values: items.into_iter().map(any).collect() }))
        }
        object @ Value::Object(_) => Some(Any::KvlistValue(KeyValueList { values: pairs(object) })),
    };
    AnyValue { value }
}
