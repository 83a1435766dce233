//! An OTLP export in protobuf, split into batches that are decoded one after the other.
//!
//! A decoded span with its row takes many times its encoded size, so that not all spans should be
//! in memory at once. The export is split by the sizes that its messages will have once decoded,
//! before any of them is decoded. Each batch repeats the resources and scopes that its spans belong
//! to.
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

/// The most spans or log records in one request.
const ITEMS_MAX: usize = 1_000_000;
/// A batch takes at most this many times the size of the request in memory, within the bounds
/// below: a request of usual size is one batch, a large one is several.
const BATCH_TIMES: usize = 5;
const BATCH_BYTES_MIN: usize = 8 << 20;
const BATCH_BYTES_MAX: usize = 24 << 20;
const BATCH_ITEMS_MAX: usize = 20_000;
/// A span or log record may take this many times its encoded size once decoded, or
/// [`ITEM_BYTES_MIN`] if that is more. A larger one is rejected.
const ITEM_TIMES: usize = 6;
const ITEM_BYTES_MIN: usize = 4 << 20;
/// The most bytes of a resource or a scope without its items. Each trace keeps a copy of them.
const HEAD_BYTES_MAX: usize = 1 << 20;

/// Charged for each item in addition to its bytes: its struct, its row and what the store adds.
const ITEM_OVERHEAD_BYTES: usize = 2 * size_of::<Span>() + 2048;
/// Charged for each trace in addition to its items.
const TRACE_OVERHEAD_BYTES: usize = 4096;
/// Charged for each resource and scope, even if it is empty.
const LEVEL_BYTES: usize = 3 * size_of::<ResourceSpans>();
/// How many copies of an item's bytes, and of a resource in each of its traces, exist until they
/// are stored.
const COPIES: usize = 3;

/// `TracesData` or `LogsData`, which have the same structure.
pub(crate) trait Export: Message + Default {
    type Resource: Message + Default;
    type Scope: Message + Default;
    type Item: Message + Default;

    const ITEM: Type;
    /// The fields of an item that contain its trace id and its name.
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

/// A decoded batch: a part of the export, and the items that were too large to decode.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Batch<E> {
    pub(crate) data: E,
    /// The byte range of each item of `data` in the body, in the same order.
    pub(crate) ranges: Vec<Range<usize>>,
    pub(crate) rejected: Rejections,
}

/// Decodes an export batch by batch.
#[derive(Debug)]
pub(crate) struct Batches<E> {
    body: Bytes,
    summary: Summary,
    /// The byte ranges of the items, used if all of them fit into one batch.
    ranges: Vec<Range<usize>>,
    batch_bytes_max: usize,
    batch_items_max: usize,
    walk: Walk,
    ended: bool,
    /// The whole export, if it was already decoded and fits into one batch.
    decoded: Option<E>,
}

/// Sizes of an export, computed before anything is decoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Summary {
    had_resources: bool,
    items: usize,
    /// Bytes that all items take together, and that the largest one takes with its resource and
    /// scope.
    bytes: usize,
    largest_bytes: usize,
    any_too_large: bool,
}

impl<E: Export> Batches<E> {
    /// Walks the export once. Fails if `body` is not protobuf, has more than [`ITEMS_MAX`] items,
    /// or has a resource or scope beyond [`HEAD_BYTES_MAX`].
    pub(crate) fn open(body: Bytes) -> Result<Self, DecodeError> {
        let bytes_max = (BATCH_TIMES * body.len()).clamp(BATCH_BYTES_MIN, BATCH_BYTES_MAX);
        Self::with_limits(body, bytes_max, BATCH_ITEMS_MAX)
    }

    /// Batches of an export that is already decoded.
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

    /// Whether the export contains any resource, even one without items.
    pub(crate) fn had_resources(&self) -> bool {
        self.summary.had_resources
    }

    /// The most memory that one batch takes, in bytes.
    pub(crate) fn batch_bytes(&self) -> usize {
        self.summary.bytes.min(self.batch_bytes_max.max(self.summary.largest_bytes))
    }

    /// The next batch. There is at least one, which may be empty; `None` after the last. Fails if a
    /// message cannot be decoded.
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
        // The first item of a batch is charged for its resource and scope in any case.
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

    /// Whether the last batch was already returned.
    pub(crate) fn is_at_end(&self) -> bool {
        self.ended
    }

    fn is_one_batch(&self) -> bool {
        let Summary { items, bytes, any_too_large, .. } = self.summary;
        !any_too_large && bytes <= self.batch_bytes_max && items <= self.batch_items_max
    }
}

/// Computes the sizes of an export and the ranges of its items. The ranges stop at
/// [`BATCH_ITEMS_MAX`], because they are used only if all items fit into one batch.
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
    // Resources and scopes without items become structs too.
    let opened: usize = walk.opened.iter().sum();
    summary.bytes = summary.bytes.saturating_add(opened.saturating_mul(LEVEL_BYTES));
    Ok((summary, ranges))
}

/// The position of the next item in an export.
#[derive(Clone, Debug)]
struct Walk {
    rest: Range<usize>,
    resource: Option<Level>,
    scope: Option<Level>,
    /// The number of resources and of scopes opened so far.
    opened: [usize; 2],
    /// The trace id of the previous item, if that is in the same scope.
    trace: Option<Range<usize>>,
}

/// A resource or a scope whose items are being read.
#[derive(Clone, Debug)]
struct Level {
    number: usize,
    whole: Range<usize>,
    rest: Range<usize>,
    nested: u32,
    /// Bytes that it takes once decoded, without its nested messages.
    head_bytes: usize,
}

struct Item {
    range: Range<usize>,
    /// Bytes that it takes in a batch that contains the items before it.
    bytes: usize,
    /// Bytes that it takes with its own copy of its resource and scope.
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

    /// Its bytes without its nested messages.
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

/// Advances to the next message in field `tag`.
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

/// The range of the bytes or text in field `tag` of an item; the last one, if the field is
/// repeated.
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
