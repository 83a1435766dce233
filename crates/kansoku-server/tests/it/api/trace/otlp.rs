//! OTLP is read back as it was sent.
use axum::{
    body::Body,
    http::{Request, header},
};
use kansoku_otlp::{Signal, write_json};
use opentelemetry_proto::tonic::{
    common::v1::{
        AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList, any_value::Value as Any,
    },
    logs::v1::LogsData,
    resource::v1::Resource,
    trace::v1::{
        ResourceSpans, ScopeSpans, Span, Status, TracesData,
        span::{Event, Link},
    },
};
use prost::Message;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::json;

use crate::test_server::{Reply, TestServer};

const TRACE: &str = "tr-07070707070707070707070707070707";
const PROTOBUF: &str = "application/x-protobuf";
const JSON: &str = "application/json";

async fn read(server: &TestServer, accept: &str, query: &str) -> Reply {
    let request = Request::get(format!("/api/3.0/kansoku/traces/{TRACE}/otlp{query}"));
    let request = match accept {
        "" => request,
        accept => request.header(header::ACCEPT, accept),
    };
    server.send(request.body(Body::empty()).unwrap()).await
}

async fn send(server: &TestServer, path: &str, content_type: &str, body: Vec<u8>) {
    let request = Request::post(path).header(header::CONTENT_TYPE, content_type);
    let reply = server.send(request.body(Body::from(body)).unwrap()).await;
    assert_eq!(reply.status, 200, "{reply}");
}

/// The same data in OTLP's JSON.
fn json_of(data: &TracesData) -> Vec<u8> {
    let mut json = b"{\"resourceSpans\":[".to_vec();
    write_json(&mut json, Signal::Traces, &data.encode_to_vec()).unwrap();
    json.extend_from_slice(b"]}");
    json
}

/// Generates random spans from a seed that a failing test prints.
struct Maker(StdRng);

impl Maker {
    fn text(&mut self) -> String {
        let texts = ["", "a", "gen_ai.request.model", "京都", "\u{0}\"\\\n", "{\"a\": [1, null]}"];
        texts[self.0.random_range(0..texts.len())].to_owned()
    }

    fn value(&mut self, depth: usize) -> AnyValue {
        let value = match self.0.random_range(0..if depth == 0 { 6 } else { 8 }) {
            0 => None,
            1 => Some(Any::StringValue(self.text())),
            2 => Some(Any::BoolValue(self.0.random())),
            3 => Some(Any::IntValue(self.0.random())),
            4 => Some(Any::DoubleValue(self.0.random_range(-1e9..1e9))),
            5 => Some(Any::BytesValue(vec![self.0.random(), 0xff])),
            6 => {
                let values = (0..self.0.random_range(0..3)).map(|_| self.value(depth - 1));
                Some(Any::ArrayValue(ArrayValue { values: values.collect() }))
            }
            _ => Some(Any::KvlistValue(KeyValueList { values: self.attributes(depth - 1) })),
        };
        AnyValue { value }
    }

    fn attributes(&mut self, depth: usize) -> Vec<KeyValue> {
        let entries = (0..self.0.random_range(0..4)).map(|n| KeyValue {
            key: format!("{n}{}", self.text()),
            value: self.0.random_bool(0.9).then(|| self.value(depth)),
            ..KeyValue::default()
        });
        entries.collect()
    }

    fn span(&mut self, id: u64) -> Span {
        let at = 1_795_237_452_000_000_000 + self.0.random_range(0..1_000_000_000);
        let events = (0..self.0.random_range(0..3)).map(|n| Event {
            time_unix_nano: at + n,
            name: self.text(),
            attributes: self.attributes(1),
            dropped_attributes_count: self.0.random_range(0..3),
        });
        let events = events.collect();
        let links = (0..self.0.random_range(0..3)).map(|_| Link {
            trace_id: vec![9; 16],
            span_id: vec![9; 8],
            trace_state: self.text(),
            attributes: self.attributes(1),
            dropped_attributes_count: self.0.random_range(0..3),
            flags: self.0.random(),
        });
        let links = links.collect();
        Span {
            trace_id: vec![7; 16],
            span_id: id.to_be_bytes().to_vec(),
            trace_state: self.text(),
            parent_span_id: if id == 1 { Vec::new() } else { 1_u64.to_be_bytes().to_vec() },
            flags: self.0.random(),
            name: self.text(),
            kind: self.0.random_range(0..6),
            start_time_unix_nano: at,
            end_time_unix_nano: at + self.0.random_range(0..9),
            attributes: self.attributes(3),
            dropped_attributes_count: self.0.random_range(0..3),
            events,
            dropped_events_count: self.0.random_range(0..3),
            links,
            dropped_links_count: self.0.random(),
            status: self
                .0
                .random_bool(0.7)
                .then(|| Status { message: self.text(), code: self.0.random_range(0..3) }),
        }
    }

    /// Spans with these ids, distributed over some resources and scopes.
    fn data(&mut self, ids: impl Iterator<Item = u64>) -> TracesData {
        let mut data = TracesData::default();
        for id in ids {
            if data.resource_spans.is_empty() || self.0.random_bool(0.3) {
                let resource = self.0.random_bool(0.8).then(|| Resource {
                    attributes: self.attributes(2),
                    dropped_attributes_count: self.0.random_range(0..3),
                    ..Resource::default()
                });
                let schema_url = self.text();
                let scope_spans = Vec::new();
                data.resource_spans.push(ResourceSpans { resource, scope_spans, schema_url });
            }
            let scopes = &mut data.resource_spans.last_mut().unwrap().scope_spans;
            if scopes.is_empty() || self.0.random_bool(0.3) {
                let scope = self.0.random_bool(0.8).then(|| InstrumentationScope {
                    name: self.text(),
                    version: self.text(),
                    attributes: self.attributes(1),
                    dropped_attributes_count: self.0.random_range(0..3),
                });
                let schema_url = self.text();
                scopes.push(ScopeSpans { scope, spans: Vec::new(), schema_url });
            }
            let span = self.span(id);
            scopes.last_mut().unwrap().spans.push(span);
        }
        data
    }
}

/// Each span with its resource and scope, sorted by id; equal for equivalent exports.
fn normal(data: TracesData) -> Vec<(Vec<u8>, ResourceSpans)> {
    let mut spans = Vec::new();
    for mut resource in data.resource_spans {
        for mut scope in std::mem::take(&mut resource.scope_spans) {
            for span in std::mem::take(&mut scope.spans) {
                let id = span.span_id.clone();
                let scope_spans = vec![ScopeSpans { spans: vec![span], ..scope.clone() }];
                spans.push((id, ResourceSpans { scope_spans, ..resource.clone() }));
            }
        }
    }
    spans.sort_by(|(a, _), (b, _)| a.cmp(b));
    spans
}

#[tokio::test]
async fn what_came_as_protobuf_and_as_json_comes_back_as_both() {
    let seed: u64 = rand::random();
    println!("seed {seed}");
    let mut maker = Maker(StdRng::seed_from_u64(seed));
    for _ in 0..8 {
        let server = TestServer::start();
        let (first, second) = (maker.data(1..20), maker.data(15..30));
        send(&server, "/v1/traces", PROTOBUF, first.encode_to_vec()).await;
        send(&server, "/v1/traces", JSON, json_of(&second)).await;
        // Spans 15 to 19 were sent twice; the later versions count.
        let mut sent = normal(first);
        sent.retain(|(id, _)| id.as_slice() < 15_u64.to_be_bytes().as_slice());
        sent.extend(normal(second));

        let protobuf = read(&server, PROTOBUF, "").await;
        assert_eq!(protobuf.header(header::CONTENT_TYPE), PROTOBUF);
        let read_back = TracesData::decode(protobuf.body.clone()).unwrap();
        assert_eq!(normal(read_back.clone()), sent);
        let json = read(&server, JSON, "?signal=traces").await;
        assert_eq!(json.header(header::CONTENT_TYPE), JSON);
        assert_eq!(json.body, json_of(&read_back));
        assert_eq!(kansoku_otlp::decode_json(&json.body).unwrap(), read_back);
    }
}

#[tokio::test]
async fn a_trace_of_many_megabytes_comes_in_pieces() {
    let server = TestServer::start();
    let mut maker = Maker(StdRng::seed_from_u64(7));
    let mut sent = Vec::new();
    for n in 0..6 {
        let mut data = maker.data(10 * n + 1..10 * n + 11);
        let resource = data.resource_spans.last_mut().unwrap();
        let span = &mut resource.scope_spans.last_mut().unwrap().spans[0];
        span.name = maker.0.random_range(0..u64::MAX).to_string().repeat(100_000);
        send(&server, "/v1/traces", PROTOBUF, data.encode_to_vec()).await;
        sent.extend(normal(data));
    }
    sent.sort_by(|(a, _), (b, _)| a.cmp(b));
    let protobuf = read(&server, "", "").await;
    // The body is streamed, so its length is not known in advance.
    assert_eq!(protobuf.header(header::CONTENT_LENGTH), "");
    assert_eq!(normal(TracesData::decode(protobuf.body).unwrap()), sent);
    let json = read(&server, JSON, "").await;
    assert_eq!(normal(kansoku_otlp::decode_json(&json.body).unwrap()), sent);
}

#[tokio::test]
async fn log_records_are_read_back_apart() {
    let server = TestServer::start();
    let logs = json!({ "resourceLogs": [{
        "resource": { "attributes": [{ "key": "service.name", "value": { "stringValue": "shop" } }] },
        "scopeLogs": [{ "scope": { "name": "s" }, "logRecords": [{
            "timeUnixNano": "1",
            "body": { "kvlistValue": { "values": [{ "key": "content", "value": { "stringValue": "hi" } }] } },
            "traceId": "07".repeat(16), "spanId": "0000000000000001",
            "eventName": "gen_ai.user.message",
        }] }],
    }] });
    send(&server, "/v1/logs", JSON, logs.to_string().into_bytes()).await;
    assert_eq!(read(&server, JSON, "?signal=logs").await.json(), logs);
    let protobuf = read(&server, PROTOBUF, "?signal=logs").await;
    let expected = kansoku_otlp::decode_logs_json(logs.to_string().as_bytes()).unwrap();
    assert_eq!(LogsData::decode(protobuf.body).unwrap(), expected);
    // No span has arrived yet.
    assert_eq!(read(&server, JSON, "").await.json(), json!({ "resourceSpans": [] }));
    assert_eq!(read(&server, PROTOBUF, "").await.body.len(), 0);
}

#[tokio::test]
async fn the_form_is_what_the_client_likes_best() {
    let server = TestServer::start();
    let mut maker = Maker(StdRng::seed_from_u64(1));
    send(&server, "/v1/traces", PROTOBUF, maker.data(1..2).encode_to_vec()).await;
    for (accept, form) in [
        ("", PROTOBUF),
        ("*/*", PROTOBUF),
        ("Application/JSON; charset=utf-8", JSON),
        ("text/html, application/json;q=0.5, application/x-protobuf;q=0.9", PROTOBUF),
        ("text/html, application/json, */*;q=0.8", JSON),
    ] {
        assert_eq!(read(&server, accept, "").await.header(header::CONTENT_TYPE), form, "{accept}");
    }
    for (accept, query, named) in [
        ("text/html", "", "Accept"),
        ("application/json;q=0", "", "Accept"),
        ("", "?signal=x", "signal"),
    ] {
        let reply = read(&server, accept, query).await;
        assert_eq!(reply.status, 400, "{accept}");
        assert!(reply.json()["message"].as_str().unwrap().contains(named), "{reply}");
    }
    let unknown = server.get("/api/3.0/kansoku/traces/tr-1/otlp").await;
    assert_eq!(unknown.json()["error_code"], "RESOURCE_DOES_NOT_EXIST");
}
