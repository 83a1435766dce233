//! An OTLP export in any encoding, decoded and split batch by batch.
use kansoku_model::TraceId;
use opentelemetry_proto::tonic::logs::v1::LogsData;
use opentelemetry_proto::tonic::trace::v1::TracesData;
use prost::bytes::Bytes;

use crate::batches::{Batch, Batches, Export as Nested};
use crate::logs::split_logs;
use crate::narrow::Signal;
use crate::split::{SentSpans, Split, split_sent};
use crate::{DecodeError, TracesJsonError, decode_json, decode_logs_json, traces_json};

/// The encoding of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Protobuf,
    Json,
}

/// The spans or log records of one request, split batch by batch.
#[derive(Debug)]
pub struct Export {
    source: Source,
    /// The trace that all spans belong to, whatever their ids are.
    only: Option<TraceId>,
}

#[derive(Debug)]
enum Source {
    Traces(Batches<TracesData>),
    Logs(Batches<LogsData>),
}

impl Export {
    /// Opens the body of an OTLP export. Protobuf is only scanned, JSON is decoded at once. Fails
    /// if the body is malformed or beyond a limit.
    pub fn open(signal: Signal, encoding: Encoding, body: Bytes) -> Result<Self, DecodeError> {
        let source = match (signal, encoding) {
            (Signal::Traces, Encoding::Protobuf) => Source::Traces(Batches::open(body)?),
            (Signal::Logs, Encoding::Protobuf) => Source::Logs(Batches::open(body)?),
            (Signal::Traces, Encoding::Json) => Source::Traces(of_json(body, decode_json)?),
            (Signal::Logs, Encoding::Json) => Source::Logs(of_json(body, decode_logs_json)?),
        };
        Ok(Self { source, only: None })
    }

    /// Opens a `traces.json`, all of whose spans belong to `trace`.
    pub fn open_traces_json(body: Bytes, trace: TraceId) -> Result<Self, TracesJsonError> {
        let source = Source::Traces(of_json(body, traces_json::parse)?);
        Ok(Self { source, only: Some(trace) })
    }

    /// The most memory that one batch takes in addition to the export itself, in bytes.
    pub fn batch_bytes(&self) -> usize {
        match &self.source {
            Source::Traces(batches) => batches.batch_bytes(),
            Source::Logs(batches) => batches.batch_bytes(),
        }
    }

    /// The next batch, sorted by trace. There is at least one; `None` after the last. Fails if the
    /// batch cannot be decoded.
    pub fn next_split(&mut self) -> Result<Option<Split>, DecodeError> {
        let (mut split, rejected, had_resources) = match &mut self.source {
            Source::Traces(batches) => {
                let Some(Batch { data, ranges, rejected }) = batches.next_batch()? else {
                    return Ok(None);
                };
                let sent = SentSpans { body: batches.body().clone(), ranges };
                let split = split_sent(data, self.only.as_ref(), sent);
                (split, rejected, batches.had_resources())
            }
            Source::Logs(batches) => {
                let Some(Batch { data, rejected, .. }) = batches.next_batch()? else {
                    return Ok(None);
                };
                (split_logs(data), rejected, batches.had_resources())
            }
        };
        split.rejected.extend(rejected);
        split.had_resources = had_resources;
        Ok(Some(split))
    }

    /// Whether the last batch was already returned.
    pub fn is_at_end(&self) -> bool {
        match &self.source {
            Source::Traces(batches) => batches.is_at_end(),
            Source::Logs(batches) => batches.is_at_end(),
        }
    }
}

/// Encodes decoded JSON in protobuf for batching, which takes less memory than the messages.
fn of_json<E: Nested, F: From<DecodeError>>(
    body: Bytes,
    decode: impl FnOnce(&[u8]) -> Result<E, F>,
) -> Result<Batches<E>, F> {
    let data = decode(&body)?;
    drop(body);
    Ok(Batches::open_decoded(data)?)
}
