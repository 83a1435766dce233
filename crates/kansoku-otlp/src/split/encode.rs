//! The spans of one trace in protobuf, with the resources and scopes they were sent with.
//!
//! A span is kept as the bytes it was sent in, so that it need not be encoded again. Resources and
//! scopes are encoded once for all traces that have spans in them.
use kansoku_model::SpanId;
use prost::Message;
use prost::bytes::Bytes;
use prost::encoding::{
    WireType, encode_key, encode_varint, encoded_len_varint, key_len, message, string,
};

use crate::wire::NESTED;

/// `TracesData` of one trace, partly encoded.
#[derive(Debug, Default)]
pub(super) struct EncodedTrace {
    resources: Vec<EncodedResource>,
}

#[derive(Debug)]
struct EncodedResource {
    fields: Fields,
    scopes: Vec<EncodedScope>,
}

#[derive(Debug)]
struct EncodedScope {
    fields: Fields,
    spans: Vec<(SpanId, Bytes)>,
}

/// The encoded fields of a resource or a scope that come before and after its nested messages.
#[derive(Clone, Debug)]
pub(super) struct Fields {
    before: Bytes,
    behind: Bytes,
}

impl Fields {
    /// `head` is the resource or the scope itself.
    pub(super) fn new(head: Option<&impl Message>, schema_url: &String) -> Self {
        let (mut before, mut behind) = (Vec::new(), Vec::new());
        if let Some(head) = head {
            message::encode(1, head, &mut before);
        }
        if !schema_url.is_empty() {
            string::encode(3, schema_url, &mut behind);
        }
        Self { before: before.into(), behind: behind.into() }
    }

    fn len(&self) -> usize {
        self.before.len() + self.behind.len()
    }
}

impl EncodedTrace {
    pub(super) fn push_resource(&mut self, fields: Fields) {
        self.resources.push(EncodedResource { fields, scopes: Vec::new() });
    }

    /// Opens a scope in the resource that was pushed last.
    pub(super) fn push_scope(&mut self, fields: Fields) {
        let resource = self.resources.last_mut().expect("a resource was pushed before");
        resource.scopes.push(EncodedScope { fields, spans: Vec::new() });
    }

    /// Adds a span to the scope that was pushed last.
    pub(super) fn push_span(&mut self, id: SpanId, span: Bytes) {
        let resource = self.resources.last_mut().expect("a resource was pushed before");
        let scope = resource.scopes.last_mut().expect("a scope was pushed before");
        scope.spans.push((id, span));
    }

    pub(super) fn encoded_len(&self) -> usize {
        let resources = self.resources.iter();
        resources.map(|resource| framed_len(NESTED[0], resource.encoded_len())).sum()
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.encoded_len());
        for resource in &self.resources {
            put_frame(&mut bytes, NESTED[0], resource.encoded_len());
            bytes.extend_from_slice(&resource.fields.before);
            for scope in &resource.scopes {
                put_frame(&mut bytes, NESTED[1], scope.encoded_len());
                bytes.extend_from_slice(&scope.fields.before);
                for (_, span) in &scope.spans {
                    put_frame(&mut bytes, NESTED[2], span.len());
                    bytes.extend_from_slice(span);
                }
                bytes.extend_from_slice(&scope.fields.behind);
            }
            bytes.extend_from_slice(&resource.fields.behind);
        }
        bytes
    }

    /// The same spans in the same order, in chunks of at most `bytes_max` bytes of spans. A larger
    /// span is a chunk of its own.
    pub(super) fn divide(self, bytes_max: usize) -> Vec<Self> {
        let mut parts = vec![Self::default()];
        let mut bytes = 0;
        for resource in self.resources {
            let mut is_resource_open = false;
            for scope in resource.scopes {
                let mut is_scope_open = false;
                for (id, span) in scope.spans {
                    if 0 < bytes && bytes_max < bytes + span.len() {
                        parts.push(Self::default());
                        (bytes, is_resource_open, is_scope_open) = (0, false, false);
                    }
                    let part = parts.last_mut().expect("there is always one");
                    if !is_resource_open {
                        part.push_resource(resource.fields.clone());
                        (is_resource_open, is_scope_open) = (true, false);
                    }
                    if !is_scope_open {
                        part.push_scope(scope.fields.clone());
                        is_scope_open = true;
                    }
                    bytes += span.len();
                    part.push_span(id, span);
                }
            }
        }
        parts
    }

    pub(super) fn span_ids(&self) -> impl Iterator<Item = SpanId> + '_ {
        let scopes = self.resources.iter().flat_map(|resource| &resource.scopes);
        scopes.flat_map(|scope| scope.spans.iter().map(|(id, _)| *id))
    }
}

impl EncodedResource {
    fn encoded_len(&self) -> usize {
        let scopes = self.scopes.iter();
        let nested: usize = scopes.map(|scope| framed_len(NESTED[1], scope.encoded_len())).sum();
        self.fields.len() + nested
    }
}

impl EncodedScope {
    fn encoded_len(&self) -> usize {
        let spans = self.spans.iter();
        let nested: usize = spans.map(|(_, span)| framed_len(NESTED[2], span.len())).sum();
        self.fields.len() + nested
    }
}

fn framed_len(tag: u32, length: usize) -> usize {
    key_len(tag) + encoded_len_varint(length as u64) + length
}

fn put_frame(bytes: &mut Vec<u8>, tag: u32, length: usize) {
    encode_key(tag, WireType::LengthDelimited, bytes);
    encode_varint(length as u64, bytes);
}
