//! Bodies that become many times their size when they are decoded.
use prost::encoding::bytes::encode;
use rand::{RngExt, rngs::StdRng};

pub(crate) struct Bomb {
    pub(crate) name: &'static str,
    pub(crate) body: Vec<u8>,
}

/// The size of most bodies, in bytes.
const BYTES: usize = 1 << 20;

fn field(tag: u32, content: &[u8]) -> Vec<u8> {
    let mut field = Vec::with_capacity(content.len() + 8);
    encode(tag, &content.to_vec(), &mut field);
    field
}

fn repeated(tag: u32, content: &[u8], bytes: usize) -> Vec<u8> {
    let field = field(tag, content);
    field.repeat(bytes / field.len())
}

/// An export with one resource and one scope.
fn export(items: &[u8]) -> Vec<u8> {
    field(1, &field(2, items))
}

/// The id fields of a span.
fn ids(trace: u64, span: u64) -> Vec<u8> {
    let trace = (u128::from(trace) + 1).to_be_bytes();
    [field(1, &trace), field(2, &(span + 1).to_be_bytes())].concat()
}

/// A span with ids and other fields.
fn span(fields: &[u8]) -> Vec<u8> {
    field(2, &[&ids(1, 1), fields].concat())
}

fn text_attribute(key: &str, value: &str) -> Vec<u8> {
    [field(1, key.as_bytes()), field(2, &field(1, value.as_bytes()))].concat()
}

/// Spans of minimal size, each the root of a trace of its own.
pub(crate) fn tiny_spans(count: u64) -> Vec<u8> {
    let spans = (0..count).flat_map(|n| field(2, &ids(n, n)));
    export(&spans.collect::<Vec<_>>())
}

fn one_trace(count: u64) -> Vec<u8> {
    let spans = (0..count).flat_map(|n| field(2, &ids(7, n)));
    export(&spans.collect::<Vec<_>>())
}

/// Nested lists, with many values in the innermost one.
fn nested_lists(depth: usize, bytes: usize) -> Vec<u8> {
    let innermost = field(5, &repeated(1, &[], bytes));
    (0..depth).fold(innermost, |inner, _| field(5, &field(1, &inner)))
}

pub(crate) fn traces(random: &mut StdRng) -> Vec<Bomb> {
    let bytes = BYTES + random.random_range(0..BYTES);
    let depth = random.random_range(0..40);
    let key = random.random_range(0..3);
    let dense = "[0],".repeat(bytes / 4);
    let dense = format!("{{\"messages\":[{dense}0],\"role\":1}}");
    let deep_keys = (0..bytes / 80).flat_map(|n| {
        let key = format!("gen_ai.prompt.{n}.{}", "a.".repeat(14));
        field(9, &text_attribute(&key, "x"))
    });
    let resource = field(1, &field(1, &text_attribute("k", &"v".repeat(500 << 10))));
    let few_traces = (0..60).flat_map(|n| field(2, &ids(n, n))).collect::<Vec<_>>();
    let tagged = (0..500).flat_map(|n| {
        let resource = field(1, &field(1, &text_attribute(&format!("k{n}"), "v")));
        field(1, &[resource, field(2, &field(2, &ids(9, n)))].concat())
    });
    let key = ["mlflow.spanInputs", "llm.usage", "gen_ai.input.messages"][key];
    let attribute = |value: &[u8]| span(&field(9, &[field(1, b"a"), field(2, value)].concat()));
    let all = [
        ("empty spans", export(&repeated(2, &[], bytes / 16))),
        ("millions of empty spans", export(&repeated(2, &[], 4 * BYTES))),
        ("empty resources", repeated(1, &[], bytes)),
        ("empty scopes", field(1, &repeated(2, &[], bytes))),
        ("a trace per span", tiny_spans(4_000)),
        ("one trace", one_trace(10_000)),
        ("empty attributes", export(&span(&repeated(9, &[], bytes)))),
        ("empty events", export(&span(&repeated(11, &[], bytes)))),
        ("events with an empty attribute", export(&span(&repeated(11, &field(3, &[]), bytes)))),
        ("empty links", export(&span(&repeated(13, &[], bytes)))),
        ("empty values", export(&attribute(&nested_lists(depth, bytes)))),
        ("empty entries", export(&attribute(&field(6, &repeated(1, &[], bytes))))),
        ("lists of nothing", export(&attribute(&field(5, &repeated(1, &field(5, &[]), bytes))))),
        ("spans with an empty attribute", export(&repeated(2, &field(9, &[]), bytes / 16))),
        ("empty ids of entities", field(1, &field(1, &field(3, &repeated(3, &[], bytes))))),
        ("empty attributes of a resource", field(1, &field(1, &repeated(1, &[], bytes)))),
        ("dense JSON", export(&span(&field(9, &text_attribute(key, &dense))))),
        ("deep keys", export(&span(&deep_keys.collect::<Vec<_>>()))),
        ("a large resource of many traces", field(1, &[resource, field(2, &few_traces)].concat())),
        ("a resource per span", tagged.collect()),
        ("a large attribute", export(&span(&field(9, &text_attribute("a", &"x".repeat(bytes)))))),
    ];
    all.map(|(name, body)| Bomb { name, body }).into()
}

pub(crate) fn logs(random: &mut StdRng) -> Vec<Bomb> {
    let bytes = BYTES + random.random_range(0..BYTES);
    let event = |name: &str, body: &[u8]| {
        let ids = [field(9, &[1; 16]), field(10, &[1; 8]), field(12, name.as_bytes())].concat();
        field(2, &[&ids, body].concat())
    };
    let many: Vec<u8> = (0..2_000_u64)
        .flat_map(|n| {
            let trace = (u128::from(n) + 1).to_be_bytes();
            let ids = [field(9, &trace), field(10, &[1; 8]), field(12, b"gen_ai.choice")];
            field(2, &ids.concat())
        })
        .collect();
    let dense = format!("[{}0]", "[0],".repeat(bytes / 4));
    let all = [
        ("empty records", export(&repeated(2, &[], bytes / 16))),
        ("millions of empty records", export(&repeated(2, &[], 4 * BYTES))),
        ("empty values", export(&event("gen_ai.choice", &field(5, &nested_lists(5, bytes))))),
        ("empty attributes", export(&event("gen_ai.choice", &repeated(6, &[], bytes)))),
        ("dense JSON", export(&event("gen_ai.choice", &field(5, &field(1, dense.as_bytes()))))),
        ("a trace per record", export(&many)),
    ];
    all.map(|(name, body)| Bomb { name, body }).into()
}

fn list_of(item: &str, bytes: usize) -> String {
    let items = format!("{item},").repeat(bytes / (item.len() + 1));
    format!("[{items}{item}]")
}

pub(crate) fn otlp_json() -> Vec<Bomb> {
    let spans =
        |spans: &str| format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":{spans}}}]}}]}}"#);
    let one = |fields: &str| {
        spans(&format!(r#"[{{"traceId":"01","spanId":"02","startTimeUnixNano":"1",{fields}}}]"#))
    };
    let value = |value: &str| {
        one(&format!(
            r#""attributes":[{{"key":"a","value":{{"arrayValue":{{"values":{value}}}}}}}]"#
        ))
    };
    let all = [
        ("empty spans", spans(&list_of("{}", BYTES))),
        ("empty resources", format!(r#"{{"resourceSpans":{}}}"#, list_of("{}", BYTES))),
        ("empty attributes", one(&format!(r#""attributes":{}"#, list_of("{}", BYTES)))),
        ("empty events", one(&format!(r#""events":{}"#, list_of("null", BYTES)))),
        ("empty values", value(&list_of("{}", BYTES))),
        ("numbers", value(&list_of(r#"{"intValue":1}"#, BYTES))),
        ("what nobody knows", one(&format!(r#""other":{}"#, list_of("[0]", BYTES)))),
        ("short spans", spans(&list_of(r#"{"traceId":"01","spanId":"02"}"#, BYTES))),
    ];
    all.map(|(name, body)| Bomb { name, body: body.into_bytes() }).into()
}

pub(crate) fn traces_json() -> Vec<Bomb> {
    let span = |fields: &str| {
        format!(
            r#"{{"spans":[{{"span_id":"0000000000000001","start_time_unix_nano":1,{fields}}}]}}"#
        )
    };
    let text = |value: &str| serde_json::to_string(value).unwrap();
    let attribute = |value: &str| span(&format!(r#""attributes":{{"a":{value}}}"#));
    let all = [
        ("empty spans", format!(r#"{{"spans":{}}}"#, list_of("{}", BYTES))),
        (
            "short spans",
            format!(r#"{{"spans":{}}}"#, list_of(r#"{"span_id":"0000000000000001"}"#, BYTES / 4)),
        ),
        ("numbers in a text", attribute(&text(&list_of("0", BYTES).replace(',', ", ")))),
        ("numbers", attribute(&list_of("0", BYTES))),
        ("lists", attribute(&list_of("[0]", BYTES))),
        ("events", span(&format!(r#""events":{}"#, list_of("{}", BYTES)))),
        (
            "a bare NaN",
            span(&format!(r#""events":{},"x":NaN"#, list_of(r#"{"attributes":{"a":1}}"#, BYTES))),
        ),
        (
            "small texts",
            span(&format!(
                r#""attributes":{{{}"z":1}}"#,
                r#""a":"{\"a\": 1}","#.repeat(BYTES / 20)
            )),
        ),
    ];
    all.map(|(name, body)| Bomb { name, body: body.into_bytes() }).into()
}

pub(crate) fn json() -> Vec<Bomb> {
    let all = [
        ("lists", format!(r#"{{"name":"a","tags":{}}}"#, list_of("[0]", BYTES))),
        ("objects", format!(r#"{{"name":"a","parts":{}}}"#, list_of(r#"{"":0}"#, BYTES))),
        (
            "keys",
            format!(
                r#"{{"name":"a"{}}}"#,
                (0..BYTES / 10).map(|n| format!(r#","{n}":0"#)).collect::<String>()
            ),
        ),
        ("numbers", format!(r#"{{"upload_id":{}}}"#, list_of("0", BYTES))),
        (
            "twice encoded",
            serde_json::to_string(&format!(r#"{{"name":{}}}"#, list_of("[0]", BYTES))).unwrap(),
        ),
        ("a long text", format!(r#"{{"name":"{}"}}"#, "x".repeat(BYTES))),
        ("open lists", format!("{}{}", "[".repeat(100), "[0],".repeat(BYTES / 4))),
    ];
    all.map(|(name, body)| Bomb { name, body: body.into_bytes() }).into()
}

pub(crate) fn sign_in(token: &str) -> Vec<u8> {
    format!(r#"{{"token":"{token}"}}"#).into_bytes()
}
