//! Encoding the spans of a trace, from the inside out.
//!
//! prost asks each message for its length before it writes it, and the length of a message is that
//! of all messages inside of it, counted anew at every level: six times for the value of an
//! attribute. Here resources and scopes are framed when their content is written.
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, TracesData};
use prost::encoding::{WireType, encode_key, encode_varint, message, string};

/// Most spans take no more.
const SPAN_BYTES_USUAL: usize = 2048;

/// The same bytes as `data.encode_to_vec()`.
pub(super) fn encode(data: &TracesData) -> Vec<u8> {
    let mut bytes = Vec::new();
    for resource in &data.resource_spans {
        put(&mut bytes, 1, &encode_resource(resource));
    }
    bytes
}

fn encode_resource(ResourceSpans { resource, scope_spans, schema_url }: &ResourceSpans) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(resource) = resource {
        message::encode(1, resource, &mut bytes);
    }
    for scope in scope_spans {
        put(&mut bytes, 2, &encode_scope(scope));
    }
    if !schema_url.is_empty() {
        string::encode(3, schema_url, &mut bytes);
    }
    bytes
}

fn encode_scope(ScopeSpans { scope, spans, schema_url }: &ScopeSpans) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(spans.len() * SPAN_BYTES_USUAL);
    if let Some(scope) = scope {
        message::encode(1, scope, &mut bytes);
    }
    for span in spans {
        message::encode(2, span, &mut bytes);
    }
    if !schema_url.is_empty() {
        string::encode(3, schema_url, &mut bytes);
    }
    bytes
}

fn put(bytes: &mut Vec<u8>, tag: u32, content: &[u8]) {
    encode_key(tag, WireType::LengthDelimited, bytes);
    encode_varint(content.len() as u64, bytes);
    bytes.extend_from_slice(content);
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
    use opentelemetry_proto::tonic::resource::v1::Resource;
    use opentelemetry_proto::tonic::trace::v1::Span;
    use proptest::prelude::*;
    use prost::Message as _;

    use super::*;
    use crate::tests::{entry, span, text};

    fn any_text() -> impl Strategy<Value = String> {
        prop_oneof!["", "[a-z]{1,9}", "é{90,200}"]
    }

    fn any_span() -> impl Strategy<Value = Span> {
        let attributes = proptest::collection::vec((any_text(), any_text()), 0..4);
        attributes.prop_map(|attributes| {
            let attributes = attributes.iter().map(|(key, value)| entry(key, text(value)));
            Span { attributes: attributes.collect(), ..span(1, &[]) }
        })
    }

    fn any_scope() -> impl Strategy<Value = ScopeSpans> {
        let spans = proptest::collection::vec(any_span(), 0..4);
        (proptest::option::of(any_text()), spans, any_text()).prop_map(
            |(name, spans, schema_url)| {
                let scope = name.map(|name| InstrumentationScope { name, ..Default::default() });
                ScopeSpans { scope, spans, schema_url }
            },
        )
    }

    fn any_resource() -> impl Strategy<Value = ResourceSpans> {
        let scopes = proptest::collection::vec(any_scope(), 0..4);
        (proptest::option::of(any_text()), scopes, any_text()).prop_map(
            |(name, scope_spans, schema_url)| {
                let attributes = |name: String| vec![entry("service.name", text(&name))];
                let resource =
                    |name| Resource { attributes: attributes(name), ..Default::default() };
                ResourceSpans { resource: name.map(resource), scope_spans, schema_url }
            },
        )
    }

    proptest! {
        #[test]
        fn the_bytes_are_those_of_prost(
            resource_spans in proptest::collection::vec(any_resource(), 0..4),
        ) {
            let data = TracesData { resource_spans };
            prop_assert_eq!(encode(&data), data.encode_to_vec());
        }
    }
}
