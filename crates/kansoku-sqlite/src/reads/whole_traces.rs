//! Reads traces with the rows and the payload of their spans, in one snapshot.
use kansoku_model::{Cost, TokenUsage, TraceId};
use rusqlite::Connection;

use crate::engine::readers::check_stop;
use crate::error::EngineError;
use crate::ingest::amounts::{cost_from_row, usage_from_row};
use crate::payload::chunks::Kind;
use crate::payload::{chunks, sizes};
use crate::reads::{infos, span_list};
use kansoku_store::core::payload::codec::Codec;
use kansoku_store::core::whole_trace_room::{WholeTraceRoom, WholeTraceStep};
use kansoku_store::{WholeTrace, WholeTraceLimits, WholeTraces};

pub(crate) fn read(
    db: &Connection,
    codec: &Codec,
    traces: &[TraceId],
    limits: WholeTraceLimits,
) -> Result<WholeTraces, EngineError> {
    let (mut ids, mut looked_at) = (Vec::new(), 0);
    let mut room = WholeTraceRoom::new(limits);
    for trace in traces {
        if let Some(id) = infos::find(db, trace.as_str())? {
            let chunks = sizes::chunks(db, id, Kind::Spans)?;
            match room.step(chunks.iter().map(|chunk| chunk.bytes).sum()) {
                WholeTraceStep::Read => ids.push(id),
                WholeTraceStep::Omit => {}
                WholeTraceStep::End => break,
            }
        }
        looked_at += 1;
    }
    let mut whole = Vec::with_capacity(ids.len());
    for (id, info) in ids.iter().copied().zip(infos::load_all(db, &ids)?) {
        check_stop()?;
        let (usage, cost) = totals(db, id)?;
        let rows = span_list::rows_of(db, id)?;
        whole.push(WholeTrace {
            info,
            usage,
            cost,
            rows,
            chunks: chunks::load(db, codec, id, Kind::Spans)?,
            has_logs: !sizes::chunks(db, id, Kind::Logs)?.is_empty(),
        });
    }
    Ok(WholeTraces { traces: whole, looked_at })
}

fn totals(db: &Connection, trace: i64) -> Result<(Option<TokenUsage>, Option<Cost>), EngineError> {
    let mut select = db.prepare_cached(
        "select input_tokens, output_tokens, total_tokens, cache_read_input_tokens,
                cache_creation_input_tokens, cache_creation_input_tokens_above_1hr,
                reasoning_output_tokens, input_cost, output_cost, total_cost
         from traces where id = ?1",
    )?;
    Ok(select.query_row([trace], |row| Ok((usage_from_row(row, 0)?, cost_from_row(row, 7)?)))?)
}
