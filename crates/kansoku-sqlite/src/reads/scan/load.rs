//! Scans of rows: one statement per table for a batch of traces.
use std::collections::HashMap;
use std::sync::Arc;

use kansoku_filter::sql::sqlite;
use kansoku_model::{
    Assessment, ENVIRONMENT_PLACES, Money, SpanId, TagOrMetadataKind, TimestampMs, TraceId,
    TraceState, VERSION_PLACES, metadata_key,
};
use rusqlite::{Connection, Error, Row};

use crate::error::EngineError;
use crate::index::postings::Entry;
use crate::ingest::amounts::usage_from_row;
use crate::ingest::spans::status_from_number;
use crate::reads::reviewed::scorer_version;
use crate::reads::trace_list;
use kansoku_store::core::columns::values::session_hash;
use kansoku_store::core::input_hash;
use kansoku_store::{ScanProjection, ScannedAssessment, ScannedSpan, ScannedTrace};

type Place = (TagOrMetadataKind, String);

pub(crate) struct Loader<'a> {
    db: &'a Connection,
    projection: &'a ScanProjection,
    /// The keys to read, as JSON arrays.
    tag_keys: Option<String>,
    metadata_keys: Option<String>,
    texts: Texts,
}

/// Interned texts, which many traces share.
#[derive(Default)]
struct Texts(HashMap<String, Arc<str>>);

/// Number of distinct texts after which they are dropped.
const TEXTS_MAX: usize = 10_000;

impl Texts {
    fn text(&mut self, row: &Row<'_>, at: usize) -> Result<Option<Arc<str>>, rusqlite::Error> {
        Ok(row.get_ref(at)?.as_str_or_null()?.map(|text| self.share(text)))
    }

    fn share(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        if TEXTS_MAX <= self.0.len() {
            self.0.clear();
        }
        let shared: Arc<str> = text.into();
        self.0.insert(text.to_owned(), shared.clone());
        shared
    }

    fn some(&mut self, row: &Row<'_>, at: usize) -> Result<Arc<str>, rusqlite::Error> {
        Ok(self.text(row, at)?.unwrap_or_else(|| "".into()))
    }
}

/// Index of the previews of request and response, and of the first column of projected numbers.
const REQUEST_AT: usize = 16;
const RESPONSE_AT: usize = 17;
const NUMBERS_AT: usize = 18;

impl<'a> Loader<'a> {
    pub(crate) fn new(db: &'a Connection, projection: &'a ScanProjection) -> Self {
        let keys = |kind, more: &[String]| {
            let own = places(projection).filter(|(of, _)| *of == kind).map(|(_, key)| key);
            let keys: Vec<String> = own.chain(more.iter().cloned()).collect();
            (!keys.is_empty()).then(|| serde_json::json!(keys).to_string())
        };
        Self {
            db,
            projection,
            tag_keys: keys(TagOrMetadataKind::Tag, &projection.tags),
            metadata_keys: keys(TagOrMetadataKind::Metadata, &projection.metadata),
            texts: Texts::default(),
        }
    }

    /// Loads these traces and passes each to `each`, in this order.
    pub(crate) fn each(
        &mut self,
        entries: &[Entry],
        each: &mut dyn FnMut(&ScannedTrace),
    ) -> Result<(), EngineError> {
        let ids: Vec<i64> = entries.iter().map(|entry| entry.trace).collect();
        let list = serde_json::json!(ids).to_string();
        let mut loaded = self.rows(&list)?;
        self.tags_and_metadata(&list, &mut loaded)?;
        if self.projection.assessments {
            self.assessments(&list, &mut loaded)?;
        }
        if self.projection.spans {
            self.spans(&list, &mut loaded)?;
        }
        if self.projection.error {
            for (id, scanned) in loaded.iter_mut().filter(|(_, scanned)| 0 < scanned.failed_spans) {
                scanned.error = trace_list::origin_of(self.db, *id)?;
            }
        }
        // All reads are complete: a batch is passed completely or not at all.
        ids.iter().filter_map(|id| loaded.remove(id)).for_each(|scanned| each(&scanned));
        Ok(())
    }

    fn rows(&mut self, list: &str) -> Result<HashMap<i64, ScannedTrace>, EngineError> {
        let numbers =
            self.projection.numbers.iter().map(|field| format!(", {}", sqlite::number(*field)));
        let ScanProjection { inputs, previews, .. } = *self.projection;
        let request = if inputs || previews { "request_in(t.previews)" } else { "null" };
        let response = if previews { "response_in(t.previews)" } else { "null" };
        let mut select = self.db.prepare_cached(&format!(
            "select t.id, t.trace_id, t.request_time_ms, t.duration_ms, t.state, t.span_count,
                    t.name, t.total_cost,
                    (select count(*) from spans s where s.trace = t.id and s.status = 2),
                    t.input_tokens, t.output_tokens, t.total_tokens, t.cache_read_input_tokens,
                    t.cache_creation_input_tokens, t.cache_creation_input_tokens_above_1hr,
                    t.reasoning_output_tokens, {request}, {response}{}
             from json_each(?1) e cross join traces t on t.id = e.value",
            numbers.collect::<String>()
        ))?;
        let mut rows = select.query([list])?;
        let mut loaded = HashMap::new();
        while let Some(row) = rows.next()? {
            let trace_id = match self.projection.trace_id {
                true => TraceId::try_from(row.get::<_, String>(1)?).ok(),
                false => None,
            };
            let scanned = ScannedTrace {
                trace_id,
                time: TimestampMs(row.get(2)?),
                duration_ms: row.get(3)?,
                state: state(row, 4)?,
                span_count: row.get::<_, i64>(5)?.cast_unsigned(),
                name: self.texts.text(row, 6)?,
                cost: row.get::<_, Option<i64>>(7)?.map(Money),
                failed_spans: row.get::<_, i64>(8)?.cast_unsigned(),
                usage: usage_from_row(row, 9)?,
                numbers: (0..self.projection.numbers.len())
                    .map(|n| row.get(NUMBERS_AT + n))
                    .collect::<Result<_, _>>()?,
                tags: vec![None; self.projection.tags.len()],
                metadata: vec![None; self.projection.metadata.len()],
                inputs: match inputs {
                    true => Some(input_hash::scanned(None, text(row, REQUEST_AT)?)),
                    false => None,
                },
                request_preview: match previews {
                    true => text(row, REQUEST_AT)?.map(Arc::from),
                    false => None,
                },
                response_preview: text(row, RESPONSE_AT)?.map(Arc::from),
                ..ScannedTrace::default()
            };
            loaded.insert(row.get(0)?, scanned);
        }
        Ok(loaded)
    }

    /// Reads tags and metadata, and the fields that are derived from them.
    fn tags_and_metadata(
        &mut self,
        list: &str,
        loaded: &mut HashMap<i64, ScannedTrace>,
    ) -> Result<(), EngineError> {
        let mut found: HashMap<i64, Found> = HashMap::new();
        for (kind, keys) in [
            (TagOrMetadataKind::Metadata, self.metadata_keys.clone()),
            (TagOrMetadataKind::Tag, self.tag_keys.clone()),
        ] {
            let Some(keys) = keys else { continue };
            let table = match kind {
                TagOrMetadataKind::Tag => "trace_tags",
                TagOrMetadataKind::Metadata => "trace_metadata",
            };
            let mut select = self.db.prepare_cached(&format!(
                "select x.trace, x.key, x.value from json_each(?1) e
                 cross join {table} x on x.trace = e.value
                 where x.value is not null and x.key in (select value from json_each(?2))"
            ))?;
            let mut rows = select.query([list, &keys])?;
            while let Some(row) = rows.next()? {
                let id: i64 = row.get(0)?;
                if text(row, 1)? == Some(metadata_key::INPUTS)
                    && let Some(scanned) = loaded.get_mut(&id)
                    && let (TagOrMetadataKind::Metadata, Some(inputs)) = (kind, &mut scanned.inputs)
                {
                    inputs.whole = text(row, 2)?.and_then(input_hash::of_json);
                    // Inputs are long and of one trace: they are not shared unless they are projected.
                    if !self.projection.metadata.iter().any(|key| key == metadata_key::INPUTS) {
                        continue;
                    }
                }
                let (key, value) = (self.texts.some(row, 1)?, self.texts.some(row, 2)?);
                if let Some(scanned) = loaded.get_mut(&id) {
                    add_tag_or_metadata(
                        self.projection,
                        scanned,
                        found.entry(id).or_default(),
                        (kind, &key),
                        value,
                    );
                }
            }
        }
        Ok(())
    }

    fn assessments(
        &mut self,
        list: &str,
        loaded: &mut HashMap<i64, ScannedTrace>,
    ) -> Result<(), EngineError> {
        let mut select = self.db.prepare_cached(
            "select a.trace, a.name, a.kind, a.value, a.number, a.error is not null, a.metadata,
                    a.create_time_ms
             from json_each(?1) e cross join assessments a on a.trace = e.value
             where a.valid = 1",
        )?;
        let mut rows = select.query([list])?;
        while let Some(row) = rows.next()? {
            let metadata = row.get_ref(6)?.as_str().map_err(Error::from)?;
            let assessment = ScannedAssessment {
                name: self.texts.some(row, 1)?,
                kind: self.texts.some(row, 2)?,
                value: row.get(3)?,
                number: row.get(4)?,
                has_error: row.get(5)?,
                source_run: source_run(metadata).map(|run| self.texts.share(&run)),
                scorer_version: scorer_version(metadata).map(|version| self.texts.share(&version)),
                time: TimestampMs(row.get(7)?),
            };
            if let Some(scanned) = loaded.get_mut(&row.get(0)?) {
                scanned.assessments.push(assessment);
            }
        }
        Ok(())
    }

    fn spans(
        &mut self,
        list: &str,
        loaded: &mut HashMap<i64, ScannedTrace>,
    ) -> Result<(), EngineError> {
        let mut select = self.db.prepare_cached(
            "select s.trace, s.name, s.type, s.status, s.start_ns, s.end_ns - s.start_ns, s.model,
                    s.provider, s.total_cost, s.first_token_ns - s.start_ns,
                    s.input_tokens, s.output_tokens, s.total_tokens, s.cache_read_input_tokens,
                    s.cache_creation_input_tokens, s.cache_creation_input_tokens_above_1hr,
                    s.reasoning_output_tokens, s.span_id, s.parent_id
             from json_each(?1) e cross join spans s on s.trace = e.value",
        )?;
        let mut rows = select.query([list])?;
        while let Some(row) = rows.next()? {
            let span = ScannedSpan {
                span_id: span_id(row.get(17)?),
                parent_id: row.get::<_, Option<i64>>(18)?.map(span_id),
                name: self.texts.some(row, 1)?,
                span_type: self.texts.text(row, 2)?,
                status: status_from_number(row.get(3)?),
                start_ns: row.get(4)?,
                duration_ns: row.get(5)?,
                model: self.texts.text(row, 6)?,
                provider: self.texts.text(row, 7)?,
                cost: row.get::<_, Option<i64>>(8)?.map(Money),
                first_token_ns: row.get(9)?,
                usage: usage_from_row(row, 10)?,
            };
            if let Some(scanned) = loaded.get_mut(&row.get(0)?) {
                scanned.spans.push(span);
            }
        }
        Ok(())
    }
}

/// The position in `VERSION_PLACES` and `ENVIRONMENT_PLACES` where a value was found. The first
/// position wins.
#[derive(Default)]
struct Found {
    version: Option<usize>,
    environment: Option<usize>,
}

fn add_tag_or_metadata(
    projection: &ScanProjection,
    scanned: &mut ScannedTrace,
    found: &mut Found,
    at: (TagOrMetadataKind, &str),
    value: Arc<str>,
) {
    for (is_wanted, places, best, field) in [
        (projection.version, VERSION_PLACES, &mut found.version, &mut scanned.version),
        (
            projection.environment,
            ENVIRONMENT_PLACES,
            &mut found.environment,
            &mut scanned.environment,
        ),
    ] {
        let place = places.iter().position(|place| *place == at).filter(|_| is_wanted);
        if place.is_some_and(|place| best.is_none_or(|best| place < best)) {
            (*best, *field) = (place, Some(value.clone()));
        }
    }
    let (kind, key) = at;
    let (keys, values) = match kind {
        TagOrMetadataKind::Tag => (&projection.tags, &mut scanned.tags),
        TagOrMetadataKind::Metadata => (&projection.metadata, &mut scanned.metadata),
    };
    for (_, field) in keys.iter().zip(values).filter(|(wanted, _)| *wanted == key) {
        *field = Some(value.clone());
    }
    match (kind, key) {
        (TagOrMetadataKind::Metadata, metadata_key::SESSION) => {
            scanned.session_hash = Some(session_hash(value.as_bytes()));
            scanned.session = Some(value).filter(|_| projection.session);
        }
        (TagOrMetadataKind::Metadata, metadata_key::USER) => {
            scanned.user = Some(value).filter(|_| projection.user);
        }
        _ => {}
    }
}

/// The run in which an assessment with this metadata was given.
fn source_run(metadata: &str) -> Option<String> {
    // Most assessments were not given in a run, and their metadata need not be parsed.
    if !metadata.contains(Assessment::SOURCE_RUN_KEY) {
        return None;
    }
    let mut metadata: HashMap<String, String> = serde_json::from_str(metadata).ok()?;
    metadata.remove(Assessment::SOURCE_RUN_KEY)
}

fn text<'a>(row: &'a Row<'_>, at: usize) -> Result<Option<&'a str>, Error> {
    Ok(row.get_ref(at)?.as_str_or_null()?)
}

fn span_id(stored: i64) -> SpanId {
    SpanId(stored.cast_unsigned())
}

fn state(row: &Row<'_>, at: usize) -> Result<TraceState, rusqlite::Error> {
    Ok(TraceState::from_text(row.get_ref(at)?.as_str()?))
}

/// The tags and metadata to read. The session is always read, because it is counted.
fn places(projection: &ScanProjection) -> impl Iterator<Item = Place> {
    let metadata = |key: &str| (TagOrMetadataKind::Metadata, key.to_owned());
    let of = |is_wanted: bool, places: &[(TagOrMetadataKind, &str)]| -> Vec<Place> {
        let places = places.iter().filter(|_| is_wanted);
        places.map(|(kind, key)| (*kind, (*key).to_owned())).collect()
    };
    let mut all = vec![metadata(metadata_key::SESSION)];
    all.extend(projection.user.then(|| metadata(metadata_key::USER)));
    all.extend(projection.inputs.then(|| metadata(metadata_key::INPUTS)));
    all.extend(of(projection.version, VERSION_PLACES));
    all.extend(of(projection.environment, ENVIRONMENT_PLACES));
    all.into_iter()
}
