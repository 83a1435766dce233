//! An OTLP export in protobuf, cut into batches that are decoded one after the other.
//!
//! What is made of a span is many times its size and need not be in memory for all spans at once.
//! The export is cut by the sizes that its messages will have, before any of them is decoded; a
//! batch repeats the resource and the scope that its spans belong to.
use std::mem::size_of;
use std::ops::Range;

use opentelemetry_proto::tonic::logs::v1::{LogRecord, LogsData, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, TracesData};
use prost::Message;
use prost::bytes::Bytes;

use crate::DecodeError;
use crate::decoded_size::{Type, decoded_bytes, decoded_bytes_and_field};
use crate::rejections::{Rejected, Rejections};
use crate::split::service_name;
use crate::wire::{Field, NESTED};

/// Spans or log records in one request.
const ITEMS_MAX: usize = 1_000_000;
/// A batch takes at most this many times the request, within bounds: a request of usual size is
/// one batch, and a large one is many.
const BATCH_TIMES: usize = 5;
const BATCH_BYTES_MIN: usize = 8 << 20;
const BATCH_BYTES_MAX: usize = 24 << 20;
const BATCH_ITEMS_MAX: usize = 20_000;
/// One span or log record may become this many times its size, and at least so much.
const ITEM_TIMES: usize = 6;
const ITEM_BYTES_MIN: usize = 4 << 20;
/// What is beside the items in a resource or a scope. Each trace keeps a copy.
const HEAD_BYTES_MAX: usize = 1 << 20;

/// Taken for each item beside its own bytes: its struct, its row and what the store adds.
const ITEM_OVERHEAD_BYTES: usize = 2 * size_of::<Span>() + 2048;
/// Taken for each trace beside its items.
const TRACE_OVERHEAD_BYTES: usize = 4096;
/// Taken for each resource and scope, be it empty.
const LEVEL_BYTES: usize = 3 * size_of::<ResourceSpans>();
/// Copies of an item's bytes, and of a resource in each of its traces, until they are stored.
const COPIES: usize = 3;

/// `TracesData` and `LogsData`, which are built alike.
pub(crate) trait Export: Message + Default {
    type Resource: Message + Default;
    type Scope: Message + Default;
    type Item: Message + Default;

    const ITEM: Type;
    /// The fields of an item that hold its trace's id and its name.
    const TRACE_ID: u32;
    const NAME: u32;

    fn resources(&mut self) -> &mut Vec<Self::Resource>;
    fn scopes(resource: &mut Self::Resource) -> &mut Vec<Self::Scope>;
    fn items(scope: &mut Self::Scope) -> &mut Vec<Self::Item>;
    fn resource(resource: &Self::Resource) -> Option<&Resource>;
}

impl Export for TracesData {
    type Resource = ResourceSpans;
    type Scope = ScopeSpans;
    type Item = Span;

    const ITEM: Type = Type::Span;
    const TRACE_ID: u32 = 1;
    const NAME: u32 = 5;

    fn resources(&mut self) -> &mut Vec<ResourceSpans> {
        &mut self.resource_spans
    }

    fn scopes(resource: &mut ResourceSpans) -> &mut Vec<ScopeSpans> {
        &mut resource.scope_spans
    }

    fn items(scope: &mut ScopeSpans) -> &mut Vec<Span> {
        &mut scope.spans
    }

    fn resource(resource: &ResourceSpans) -> Option<&Resource> {
        resource.resource.as_ref()
    }
}

impl Export for LogsData {
    type Resource = ResourceLogs;
    type Scope = ScopeLogs;
    type Item = LogRecord;

    const ITEM: Type = Type::LogRecord;
    const TRACE_ID: u32 = 9;
    const NAME: u32 = 12;

    fn resources(&mut self) -> &mut Vec<ResourceLogs> {
        &mut self.resource_logs
    }

    fn scopes(resource: &mut ResourceLogs) -> &mut Vec<ScopeLogs> {
        &mut resource.scope_logs
    }

    fn items(scope: &mut ScopeLogs) -> &mut Vec<LogRecord> {
        &mut scope.log_records
    }

    fn resource(resource: &ResourceLogs) -> Option<&Resource> {
        resource.resource.as_ref()
    }
}

/// What a batch holds: an export, and the items that are too large to decode.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Batch<E> {
    pub(crate) data: E,
    /// Where in the body each item of `data` is, in their order.
    pub(crate) ranges: Vec<Range<usize>>,
    pub(crate) rejected: Rejections,
}

/// Decodes an export batch by batch.
#[derive(Debug)]
pub(crate) struct Batches<E> {
    body: Bytes,
    summary: Summary,
    /// Where the items are, if all are one batch.
    ranges: Vec<Range<usize>>,
    batch_bytes_max: usize,
    batch_items_max: usize,
    walk: Walk,
    ended: bool,
    /// All of it, where it was decoded before and is one batch.
    decoded: Option<E>,
}

/// What is known of an export before anything is decoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Summary {
    had_resources: bool,
    items: usize,
    /// Of all items together, and of the largest with its resource and scope.
    bytes: usize,
    largest_bytes: usize,
    any_too_large: bool,
}

impl<E: Export> Batches<E> {
    /// Walks the export once; `body` is refused here if it is no protobuf or absurdly dense.
    pub(crate) fn open(body: Bytes) -> Result<Self, DecodeError> {
        let bytes_max = (BATCH_TIMES * body.len()).clamp(BATCH_BYTES_MIN, BATCH_BYTES_MAX);
        Self::with_limits(body, bytes_max, BATCH_ITEMS_MAX)
    }

    /// Batches of what was decoded already.
    pub(crate) fn open_decoded(data: E) -> Result<Self, DecodeError> {
        let body = Bytes::from(data.encode_to_vec());
        let bytes_max = (BATCH_TIMES * body.len()).clamp(BATCH_BYTES_MIN, BATCH_BYTES_MAX);
        let mut batches = Self::with_limits(body, bytes_max, BATCH_ITEMS_MAX)?;
        if batches.is_one_batch() {
            batches.decoded = Some(data);
        }
        Ok(batches)
    }

    fn with_limits(
        body: Bytes,
        batch_bytes_max: usize,
        batch_items_max: usize,
    ) -> Result<Self, DecodeError> {
        let (summary, ranges) = summarize::<E>(&body)?;
        let walk = Walk::new(&body);
        let (ended, decoded) = (false, None);
        Ok(Self { body, summary, ranges, batch_bytes_max, batch_items_max, walk, ended, decoded })
    }

    pub(crate) fn body(&self) -> &Bytes {
        &self.body
    }

    /// Whether the export had anything in it at all.
    pub(crate) fn had_resources(&self) -> bool {
        self.summary.had_resources
    }

    /// The most memory that one batch takes.
    pub(crate) fn batch_bytes(&self) -> usize {
        self.summary.bytes.min(self.batch_bytes_max.max(self.summary.largest_bytes))
    }

    /// The next batch; at least one, be it empty. `None` after the last.
    pub(crate) fn next_batch(&mut self) -> Result<Option<Batch<E>>, DecodeError> {
        if self.ended {
            return Ok(None);
        }
        if self.is_one_batch() {
            self.ended = true;
            let data = match self.decoded.take() {
                Some(data) => data,
                None => E::decode(&*self.body)?,
            };
            let ranges = std::mem::take(&mut self.ranges);
            return Ok(Some(Batch { data, ranges, rejected: Rejections::default() }));
        }
        let mut batch = Batch::<E>::default();
        // The first item of a batch brings its resource and scope in any case.
        self.walk.trace = None;
        let (mut bytes, mut items) = (0, 0);
        let (mut in_resource, mut in_scope) = (None, None);
        loop {
            let before = self.walk.clone();
            let Some(item) = self.walk.next_item::<E>(&self.body)? else {
                self.ended = true;
                break;
            };
            let resource = self.walk.resource.as_ref().expect("an item lies in a resource");
            let scope = self.walk.scope.as_ref().expect("an item lies in a scope");
            if item.is_too_large {
                batch.rejected.add(too_large::<E>(&self.body, &item, resource)?);
                continue;
            }
            let is_full =
                self.batch_bytes_max < bytes + item.bytes || self.batch_items_max <= items;
            if 0 < items && is_full {
                self.walk = before;
                break;
            }
            (bytes, items) = (bytes + item.bytes, items + 1);
            if in_resource != Some(resource.number) {
                batch.data.resources().push(E::Resource::decode(&*resource.head(&self.body)?)?);
                (in_resource, in_scope) = (Some(resource.number), None);
            }
            let of_resource = batch.data.resources().last_mut().expect("it was opened");
            let scopes = E::scopes(of_resource);
            if in_scope != Some(scope.number) {
                scopes.push(E::Scope::decode(&*scope.head(&self.body)?)?);
                in_scope = Some(scope.number);
            }
            let of_scope = scopes.last_mut().expect("it was opened");
            E::items(of_scope).push(E::Item::decode(&self.body[item.range.clone()])?);
            batch.ranges.push(item.range);
        }
        Ok(Some(batch))
    }

    /// Whether nothing is left after the batch that came last.
    pub(crate) fn is_at_end(&self) -> bool {
        self.ended
    }

    fn is_one_batch(&self) -> bool {
        let Summary { items, bytes, any_too_large, .. } = self.summary;
        !any_too_large && bytes <= self.batch_bytes_max && items <= self.batch_items_max
    }
}

/// The ranges of the items are left out where these are too many for one batch.
fn summarize<E: Export>(body: &[u8]) -> Result<(Summary, Vec<Range<usize>>), DecodeError> {
    let mut summary = Summary::default();
    let mut ranges = Vec::new();
    let mut walk = Walk::new(body);
    while let Some(item) = walk.next_item::<E>(body)? {
        summary.items += 1;
        if ITEMS_MAX < summary.items {
            return Err(DecodeError::TooManyItems(ITEMS_MAX));
        }
        if item.is_too_large {
            summary.any_too_large = true;
        } else {
            summary.bytes = summary.bytes.saturating_add(item.bytes);
            summary.largest_bytes = summary.largest_bytes.max(item.bytes_alone);
        }
        if summary.items <= BATCH_ITEMS_MAX {
            ranges.push(item.range);
        }
    }
    summary.had_resources = 0 < walk.opened[0];
    // Those without any item are structs too.
    let opened: usize = walk.opened.iter().sum();
    summary.bytes = summary.bytes.saturating_add(opened.saturating_mul(LEVEL_BYTES));
    Ok((summary, ranges))
}

/// Where in an export the next item is looked for.
#[derive(Clone, Debug)]
struct Walk {
    rest: Range<usize>,
    resource: Option<Level>,
    scope: Option<Level>,
    /// How many resources and scopes were opened so far.
    opened: [usize; 2],
    /// The trace of the item before, if that lay in the same scope.
    trace: Option<Range<usize>>,
}

/// A resource or a scope that is open.
#[derive(Clone, Debug)]
struct Level {
    number: usize,
    whole: Range<usize>,
    rest: Range<usize>,
    nested: u32,
    /// What is in it beside its items takes so much once decoded.
    head_bytes: usize,
}

struct Item {
    range: Range<usize>,
    /// What it takes beside the items before it.
    bytes: usize,
    /// What it takes with its own copy of its resource and scope.
    bytes_alone: usize,
    is_too_large: bool,
}

impl Walk {
    fn new(body: &[u8]) -> Self {
        Self { rest: 0..body.len(), resource: None, scope: None, opened: [0; 2], trace: None }
    }

    fn next_item<E: Export>(&mut self, body: &[u8]) -> Result<Option<Item>, DecodeError> {
        loop {
            if let Some(scope) = &mut self.scope {
                if let Some(range) = next_nested(body, &mut scope.rest, NESTED[2])? {
                    return self.item::<E>(body, range).map(Some);
                }
                self.scope = None;
            } else if let Some(resource) = &mut self.resource {
                match next_nested(body, &mut resource.rest, NESTED[1])? {
                    Some(range) => {
                        self.opened[1] += 1;
                        let level = Level::open(body, range, self.opened[1], Type::Scope)?;
                        self.scope = Some(level);
                        self.trace = None;
                    }
                    None => self.resource = None,
                }
            } else {
                let Some(range) = next_nested(body, &mut self.rest, NESTED[0])? else {
                    return Ok(None);
                };
                self.opened[0] += 1;
                self.resource = Some(Level::open(body, range, self.opened[0], Type::Resource)?);
            }
        }
    }

    fn item<E: Export>(&mut self, body: &[u8], range: Range<usize>) -> Result<Item, DecodeError> {
        let item = &body[range.clone()];
        let (decoded, trace) = decoded_bytes_and_field(item, E::ITEM, E::TRACE_ID)?;
        let is_too_large = (ITEM_TIMES * item.len()).max(ITEM_BYTES_MIN) < decoded;
        let own = decoded + COPIES * item.len() + ITEM_OVERHEAD_BYTES;
        let levels = [&self.resource, &self.scope].into_iter().flatten();
        let head_bytes: usize = levels.map(|level| level.head_bytes).sum();
        let bytes_alone = own + COPIES * head_bytes + TRACE_OVERHEAD_BYTES;
        let trace = trace.map(|at| range.start + at.start..range.start + at.end);
        let text = |range: &Option<Range<usize>>| range.clone().map(|range| &body[range]);
        let is_same_trace = trace.is_some() && text(&self.trace) == text(&trace);
        let bytes = if is_same_trace { own } else { bytes_alone };
        self.trace = trace;
        Ok(Item { range, bytes, bytes_alone, is_too_large })
    }
}

impl Level {
    fn open(
        body: &[u8],
        whole: Range<usize>,
        number: usize,
        head: Type,
    ) -> Result<Self, DecodeError> {
        let nested = if head == Type::Resource { NESTED[1] } else { NESTED[2] };
        let mut head_bytes = 0;
        let mut rest = &body[whole.clone()];
        while let Some(field) = Field::next(&mut rest)? {
            head_bytes += match field.inner {
                Some(_) if field.tag == nested => 0,
                Some(inner) if field.tag == 1 => decoded_bytes(inner, head)?,
                Some(inner) => inner.len(),
                None => 0,
            };
        }
        if HEAD_BYTES_MAX < head_bytes {
            return Err(DecodeError::HeadTooLarge(HEAD_BYTES_MAX));
        }
        Ok(Self { number, rest: whole.clone(), whole, nested, head_bytes })
    }

    /// Its bytes without what is nested in it.
    fn head(&self, body: &[u8]) -> Result<Vec<u8>, DecodeError> {
        let mut head = Vec::new();
        let mut rest = &body[self.whole.clone()];
        while let Some(field) = Field::next(&mut rest)? {
            if field.tag != self.nested {
                head.extend_from_slice(field.whole);
            }
        }
        Ok(head)
    }
}

/// Moves on to the next message in field `tag`.
fn next_nested(
    body: &[u8],
    rest: &mut Range<usize>,
    tag: u32,
) -> Result<Option<Range<usize>>, DecodeError> {
    let mut bytes = &body[rest.clone()];
    while let Some(field) = Field::next(&mut bytes)? {
        rest.start = rest.end - bytes.len();
        if let (Some(inner), true) = (field.inner, field.tag == tag) {
            return Ok(Some(rest.start - inner.len()..rest.start));
        }
    }
    rest.start = rest.end;
    Ok(None)
}

/// Where the bytes or text in a field of an item are; the last counts.
fn find(item: &[u8], tag: u32) -> Result<Option<Range<usize>>, DecodeError> {
    let mut found = None;
    let mut rest = item;
    while let Some(field) = Field::next(&mut rest)? {
        if let (Some(inner), true) = (field.inner, field.tag == tag) {
            let end = item.len() - rest.len();
            found = Some(end - inner.len()..end);
        }
    }
    Ok(found)
}

fn too_large<E: Export>(
    body: &[u8],
    item: &Item,
    resource: &Level,
) -> Result<Rejected, DecodeError> {
    let bytes = &body[item.range.clone()];
    let name = find(bytes, E::NAME)?.map_or(&[][..], |range| &bytes[range]);
    let resource = E::Resource::decode(&*resource.head(body)?)?;
    Ok(Rejected {
        span_name: String::from_utf8_lossy(name).into_owned(),
        service_name: service_name(E::resource(&resource)),
        reason: format!(
            "what it holds takes more than {ITEM_TIMES} times its size once decoded, \
             and more than {ITEM_BYTES_MIN} bytes"
        ),
    })
}

#[cfg(test)]
mod tests;
