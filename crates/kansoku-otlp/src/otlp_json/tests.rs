use serde_json::json;

use proptest::collection::vec;
use proptest::prelude::*;
use prost::Message as _;

use super::*;
use crate::decoded_size::MESSAGES_DEPTH_MAX;
use crate::tests::{data, entry, span};
use crate::value::any as any_value;
use crate::{decode_json, decode_protobuf};

fn read(span: serde_json::Value) -> Result<Span, String> {
    let body = json!({ "resourceSpans": [{ "scopeSpans": [{ "spans": [span] }] }] });
    let mut data = decode_json(body.to_string().as_bytes()).map_err(|error| error.to_string())?;
    Ok(data.resource_spans.remove(0).scope_spans.remove(0).spans.remove(0))
}

#[test]
fn a_span_as_exporters_write_it_is_read_whole() {
    let span = read(json!({
        "traceId": "5b8efff798038103d269b633813fc60c",
        "spanId": "eee19b7ec3c1b174",
        "parentSpanId": "eee19b7ec3c1b173",
        "traceState": "a=b",
        "flags": 257,
        "name": "chat",
        "kind": "SPAN_KIND_CLIENT",
        "startTimeUnixNano": "1544712660000000000",
        "endTimeUnixNano": 1_544_712_661_000_000_000u64,
        "attributes": [
            { "key": "s", "value": { "stringValue": "x" } },
            { "key": "i", "value": { "intValue": "-7" } },
            { "key": "n", "value": { "intValue": 7 } },
            { "key": "d", "value": { "doubleValue": "NaN" } },
            { "key": "y", "value": { "bytesValue": "aGk" } },
            { "key": "a", "value": { "arrayValue": { "values": [{ "boolValue": true }, {}] } } },
            { "key": "o", "value": { "kvlistValue": { "values": [{ "key": "k", "value": null }] } } },
        ],
        "events": [{ "name": "e", "timeUnixNano": "1", "droppedAttributesCount": 2 }],
        "links": [{ "traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174" }],
        "status": { "code": 2, "message": "bad" },
        "fieldOfTomorrow": { "deep": [1, 2] },
        "droppedEventsCount": null,
    }))
    .unwrap();
    insta::assert_debug_snapshot!(span);
}

#[test]
fn names_of_the_proto_file_work_too() {
    let span = read(json!({ "trace_id": "01", "start_time_unix_nano": 5, "kind": 3 })).unwrap();
    assert_eq!((span.start_time_unix_nano, span.kind), (5, 3));
}

#[test]
fn short_hex_ids_are_filled_from_the_left() {
    let span = read(json!({ "traceId": "abc", "spanId": "F", "parentSpanId": "" })).unwrap();
    assert_eq!(span.trace_id[14..], [0x0a, 0xbc]);
    assert_eq!((span.trace_id.len(), span.span_id), (16, vec![0, 0, 0, 0, 0, 0, 0, 15]));
    assert_eq!(span.parent_span_id, Vec::<u8>::new());
    let long = read(json!({ "traceId": "ab".repeat(17) })).unwrap();
    assert_eq!(long.trace_id.len(), 17);
}

#[test]
fn a_value_of_the_wrong_type_is_named_by_its_path() {
    let place = "the body is not an OTLP export in JSON: `resourceSpans[0].scopeSpans[0].spans[0]";
    for (span, rest) in [
        (json!({ "name": 1 }), ".name` must be a string"),
        (json!({ "traceId": "xyz" }), ".traceId` must be an id in hex digits"),
        (
            json!({ "startTimeUnixNano": -1 }),
            ".startTimeUnixNano` must be a whole number from 0 to 18446744073709551615",
        ),
        (
            json!({ "attributes": [{ "key": "a", "value": { "intValue": "1.5" } }] }),
            ".attributes[0].value.intValue` must be a whole number of 64 bits",
        ),
        (json!({ "events": {} }), ".events` must be a list"),
        (json!([]), "` must be an object"),
    ] {
        assert_eq!(read(span).unwrap_err(), format!("{place}{rest}"));
    }
    let error = decode_json(b"[]").unwrap_err().to_string();
    assert_eq!(error, "the body is not an OTLP export in JSON: `the body` must be an object");
}

#[test]
fn what_is_no_json_is_an_error() {
    for body in [&b"{"[..], b"", b"null", b"\xff\xfe", b"{} {}"] {
        assert!(decode_json(body).is_err());
    }
    // Unknown fields are skipped, however deep they are.
    let deep = format!("{}1{}", "{\"a\":[".repeat(10_000), "]}".repeat(10_000));
    assert_eq!(decode_json(deep.as_bytes()).unwrap(), TracesData::default());
}

#[test]
fn numbers_may_be_written_as_protobuf_allows() {
    let span = read(json!({ "startTimeUnixNano": 1e3, "endTimeUnixNano": "18446744073709551615" }));
    let span = span.unwrap();
    assert_eq!((span.start_time_unix_nano, span.end_time_unix_nano), (1000, u64::MAX));
    let span = read(json!({ "attributes": [{ "value": { "intValue": -2.0 } }], "flags": 1e12 }));
    let span = span.unwrap();
    assert_eq!(span.attributes[0].value, Some(any_value(Any::IntValue(-2))));
    assert_eq!(span.flags, u32::MAX);
}

#[test]
fn deep_values_are_an_error_before_protobuf_would_refuse_them() {
    let arrays = |depth| {
        let opened = r#"{"arrayValue":{"values":["#.repeat(depth);
        format!("{opened}{{}}{}", "]}}".repeat(depth))
    };
    let body = |depth| {
        let attribute = format!(r#"{{"key":"a","value":{}}}"#, arrays(depth));
        let span = format!(r#"{{"attributes":[{attribute}]}}"#);
        format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span}]}}]}}]}}"#)
    };
    // A resource, a scope, a span, an attribute and its value are five nested messages.
    let data = decode_json(body((MESSAGES_DEPTH_MAX - 5) / 2).as_bytes()).unwrap();
    assert!(decode_protobuf(&data.encode_to_vec()).is_ok());
    for depth in [(MESSAGES_DEPTH_MAX - 5) / 2 + 1, 100_000] {
        let error = decode_json(body(depth).as_bytes()).unwrap_err().to_string();
        assert!(error.contains("less deeply nested"), "{error}");
    }
}

proptest! {
    /// Nested lists, objects or both, as deep as protobuf allows, in both places for values.
    #[test]
    fn what_is_written_is_read_again(kinds in vec(any::<bool>(), 0..60), in_event in any::<bool>()) {
        let value = kinds.iter().fold(any_value(Any::BoolValue(true)), |inner, is_list| {
            any_value(match is_list {
                true => Any::ArrayValue(ArrayValue { values: vec![inner] }),
                false => Any::KvlistValue(KeyValueList { values: vec![entry("k", inner)] }),
            })
        });
        let mut one = span(1, &[]);
        match in_event {
            true => one.events.push(Event { attributes: vec![entry("a", value)], ..Event::default() }),
            false => one.attributes.push(entry("a", value)),
        }
        let bytes = data(vec![one]).encode_to_vec();
        let Ok(sent) = decode_protobuf(&bytes) else { return Ok(()) };
        let mut json = b"{\"resourceSpans\":[".to_vec();
        crate::write_json(&mut json, crate::Signal::Traces, &bytes).unwrap();
        json.extend_from_slice(b"]}");
        prop_assert_eq!(decode_json(&json).unwrap(), sent);
    }
}

#[test]
fn a_body_that_grows_too_much_is_refused_before_it_does() {
    let values = |value: &str| {
        let values = vec![value; 2_000_000].join(",");
        let attribute =
            format!(r#"{{"key":"a","value":{{"arrayValue":{{"values":[{values}]}}}}}}"#);
        format!(r#"{{"resourceSpans":[{{"resource":{{"attributes":[{attribute}]}}}}]}}"#)
    };
    let error = decode_json(values("{}").as_bytes()).unwrap_err().to_string();
    assert!(error.contains("bytes once decoded"), "{error}");
    assert!(decode_json(values(r#"{"doubleValue":0.0123456}"#).as_bytes()).is_ok());
    let spans = format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}{{}}]}}]}}]}}"#,
        "{},".repeat(100_000)
    );
    let error = decode_json(spans.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("bytes once decoded"), "{error}");
}

#[test]
fn what_is_read_is_written_again() {
    let body = json!({ "resourceSpans": [{
        "resource": {
            "attributes": [{ "key": "service.name", "value": { "stringValue": "shop" } }],
            "droppedAttributesCount": 1,
            "entityRefs": [{ "schemaUrl": "u", "type": "service", "idKeys": ["service.name"] }],
        },
        "scopeSpans": [{
            "scope": { "name": "s", "version": "1", "droppedAttributesCount": 2 },
            "spans": [{
                "traceId": "5b8efff798038103d269b633813fc60c",
                "spanId": "eee19b7ec3c1b174",
                "traceState": "a=b",
                "parentSpanId": "eee19b7ec3c1b173",
                "flags": 257,
                "name": "\u{1} \"chat\"",
                "kind": 3,
                "startTimeUnixNano": "1544712660000000000",
                "endTimeUnixNano": "18446744073709551615",
                "attributes": [
                    { "key": "i", "value": { "intValue": "-9223372036854775808" } },
                    { "key": "d", "value": { "doubleValue": -0.5 } },
                    { "key": "n", "value": { "doubleValue": "NaN" } },
                    { "key": "y", "value": { "bytesValue": "aGk=" } },
                    { "key": "b", "value": { "boolValue": false } },
                    { "key": "e", "value": { "stringValue": "" } },
                    { "key": "a", "value": { "arrayValue": { "values": [{}, { "arrayValue": {} }] } } },
                    { "key": "o", "value": { "kvlistValue": { "values": [{ "key": "k" }] } } },
                ],
                "droppedAttributesCount": 3,
                "events": [{ "timeUnixNano": "1", "name": "e", "droppedAttributesCount": 4 }],
                "droppedEventsCount": 5,
                "links": [{
                    "traceId": "5b8efff798038103d269b633813fc60c",
                    "spanId": "eee19b7ec3c1b174",
                    "traceState": "c=d",
                    "attributes": [{ "key": "l", "value": {} }],
                    "flags": 1,
                }],
                "droppedLinksCount": 6,
                "status": { "message": "bad", "code": 2 },
            }, { "name": "bare", "status": {} }],
            "schemaUrl": "scope-schema",
        }],
        "schemaUrl": "schema",
    }] });
    let data = decode_json(body.to_string().as_bytes()).unwrap();
    let mut written = b"{\"resourceSpans\":[".to_vec();
    crate::write_json(&mut written, crate::Signal::Traces, &prost::Message::encode_to_vec(&data))
        .unwrap();
    written.extend_from_slice(b"]}");
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&written).unwrap(), body);
}

#[test]
fn log_records_are_written_again() {
    let body = json!({ "resourceLogs": [{
        "resource": {},
        "scopeLogs": [{ "scope": { "name": "s" }, "logRecords": [{
            "timeUnixNano": "1",
            "observedTimeUnixNano": "2",
            "severityNumber": 9,
            "severityText": "INFO",
            "body": { "kvlistValue": { "values": [{ "key": "k", "value": { "intValue": "1" } }] } },
            "attributes": [{ "key": "a", "value": { "boolValue": true } }],
            "droppedAttributesCount": 1,
            "flags": 1,
            "traceId": "5b8efff798038103d269b633813fc60c",
            "spanId": "eee19b7ec3c1b174",
            "eventName": "gen_ai.choice",
        }], "schemaUrl": "u" }],
    }] });
    let data = crate::decode_logs_json(body.to_string().as_bytes()).unwrap();
    let mut written = b"{\"resourceLogs\":[".to_vec();
    crate::write_json(&mut written, crate::Signal::Logs, &prost::Message::encode_to_vec(&data))
        .unwrap();
    written.extend_from_slice(b"]}");
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&written).unwrap(), body);
}
