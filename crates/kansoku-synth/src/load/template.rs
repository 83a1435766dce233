//! Request bodies that are encoded once and filled many times.
//!
//! A slot is a sequence of eight bytes with a unique mark in the encoded template. Filling a body
//! is a copy and some stores, which leaves the machine's CPU to the server.
use opentelemetry_proto::tonic::trace::v1::TracesData;
use prost::Message;

use super::plan::{Plan, mix};

const MARK: [u8; 4] = [1, 2, 3, 4];
const TRACES_MAX: usize = 127;
const SPANS_MAX: usize = 127 * 127;

/// A field of eight bytes whose value depends on the number of its trace.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(u8)]
pub(super) enum Slot {
    /// The upper half of a 16-byte trace id.
    TraceHigh = 1,
    TraceLow,
    /// A span's id, also as the parent id of its children.
    Span,
    /// Eight of the 32 hex digits of a trace id.
    Hex0,
    Hex1,
    Hex2,
    Hex3,
    /// Nanoseconds; the offsets from the trace's start are stored separately.
    Time,
    /// Eight hex digits.
    Session,
    User,
    Tenant,
}

const SLOTS: [Slot; 11] = [
    Slot::TraceHigh,
    Slot::TraceLow,
    Slot::Span,
    Slot::Hex0,
    Slot::Hex1,
    Slot::Hex2,
    Slot::Hex3,
    Slot::Time,
    Slot::Session,
    Slot::User,
    Slot::Tenant,
];

impl Slot {
    /// The mark of this slot for a trace and span, by their positions in the body. It is ASCII, so
    /// that strings can contain it.
    pub(super) fn mark(self, trace: usize, span: usize) -> [u8; 8] {
        debug_assert!(trace < TRACES_MAX && span < SPANS_MAX);
        let [a, b, c, d] = MARK;
        [a, b, c, d, self as u8, trace as u8, (span / 127) as u8, (span % 127) as u8]
    }

    pub(super) fn mark_text(self, trace: usize) -> String {
        String::from_utf8_lossy(&self.mark(trace, 0)).into_owned()
    }

    /// A mark as the number that is encoded as protobuf `fixed64`.
    pub(super) fn mark_time(trace: usize, span: usize) -> u64 {
        u64::from_le_bytes(Self::Time.mark(trace, span))
    }
}

struct Place {
    at: usize,
    slot: Slot,
    trace: usize,
    span: usize,
}

/// An encoded request with the positions of its slots.
pub(super) struct Template {
    bytes: Vec<u8>,
    places: Vec<Place>,
    /// Offsets from the trace's start in ns, by the span position of a `Time` mark.
    offsets_ns: Vec<u64>,
}

impl Template {
    pub(super) fn new(request: &TracesData, offsets_ns: Vec<u64>) -> Self {
        let bytes = request.encode_to_vec();
        let places = bytes
            .windows(8)
            .enumerate()
            .filter(|(_, bytes)| bytes.starts_with(&MARK))
            .filter_map(|(at, bytes)| {
                let slot = SLOTS.into_iter().find(|slot| *slot as u8 == bytes[4])?;
                let span = usize::from(bytes[6]) * 127 + usize::from(bytes[7]);
                Some(Place { at, slot, trace: usize::from(bytes[5]), span })
            })
            .collect();
        Self { bytes, places, offsets_ns }
    }

    /// Writes the request to `body`; its first trace gets the number `first`.
    pub(super) fn fill(&self, plan: &Plan, first: u64, body: &mut Vec<u8>) {
        body.clear();
        body.extend_from_slice(&self.bytes);
        for place in &self.places {
            let n = first + place.trace as u64;
            let id = plan.trace_id(n);
            let eight = match place.slot {
                Slot::TraceHigh => ((id >> 64) as u64).to_be_bytes(),
                Slot::TraceLow => (id as u64).to_be_bytes(),
                Slot::Span => mix(id as u64 ^ mix(place.span as u64 + 1)).to_be_bytes(),
                Slot::Hex0 => hex((id >> 96) as u32),
                Slot::Hex1 => hex((id >> 64) as u32),
                Slot::Hex2 => hex((id >> 32) as u32),
                Slot::Hex3 => hex(id as u32),
                Slot::Time => (plan.start_ns(n) + self.offsets_ns[place.span]).to_le_bytes(),
                Slot::Session => hex(plan.session_number(n)),
                Slot::User => hex(plan.user_number(n)),
                Slot::Tenant => hex(plan.tenant_number(n)),
            };
            body[place.at..place.at + 8].copy_from_slice(&eight);
        }
    }
}

fn hex(number: u32) -> [u8; 8] {
    std::array::from_fn(|at| b"0123456789abcdef"[(number >> (28 - 4 * at)) as usize & 15])
}

#[cfg(test)]
mod tests;
