//! Measures one core that archives spans: rows from OTLP, columns, compression, a file in memory.
//!
//! `cargo run --release -p kansoku-archive --example archive_speed`
//!
//! With the argument `large` it archives one trace of 200 MB and prints the peak of its memory. With
//! `read` it reads single traces.
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::TryStreamExt;
use kansoku_archive::files::{FileReader, FileWriter, RowSelector, WrittenFile, local_store};
use kansoku_archive::tables::{Layout, RepeatedSpans, SpanRows, Table, read_spans};
use kansoku_model::{TraceId, TraceSpans};
use kansoku_otlp::{decode_protobuf, split};
use kansoku_synth::load::{Conversation, Plan};
use object_store::ObjectStore;
use object_store::memory::InMemory;
use object_store::path::Path;

// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SPANS: usize = 120_000;
const TURNS: usize = 30;
const LARGE_BYTES: usize = 200 << 20;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some("large") => return archive_large_trace().await,
        Some("read") => return read_traces().await,
        _ => {}
    }
    for (shape, traces) in [("plain", plain_traces()), ("agents that resend", agent_traces())] {
        let bytes: usize = traces.iter().map(|trace| trace.otlp.len()).sum();
        let spans: usize = traces.iter().map(|trace| trace.rows.len()).sum();
        println!("{shape}: {spans} spans, {} bytes of OTLP a span", bytes / spans);
        for layout in [Layout::V2, Layout::V1] {
            let (wall, cpu) = (Instant::now(), cpu_seconds());
            let file = archive(Arc::new(InMemory::new()), layout, &traces).await?;
            let (wall, cpu) = (wall.elapsed().as_secs_f64(), cpu_seconds() - cpu);
            println!(
                "  {layout:?}: {:.0} spans/s of CPU time ({:.0} by the clock), {} bytes a span, \
                 {:.4} of OTLP",
                spans as f64 / cpu,
                spans as f64 / wall,
                file.bytes / spans as u64,
                file.bytes as f64 / bytes as f64
            );
        }
    }
    Ok(())
}

async fn archive(
    store: Arc<dyn ObjectStore>,
    layout: Layout,
    traces: &[TraceSpans],
) -> anyhow::Result<WrittenFile> {
    let mut writer = FileWriter::new(store, Path::from("spans.parquet"), Table::Spans, layout)?;
    let mut rows = SpanRows::new(layout);
    let (start, mut writing) = (Instant::now(), Duration::ZERO);
    for trace in traces.chunk_by(|a, b| a.trace_id == b.trace_id) {
        let mut repeated = RepeatedSpans::default();
        for chunk in trace {
            repeated.add(&chunk.trace_id, &chunk.otlp)?;
        }
        for chunk in trace {
            for batch in rows.append(&chunk.trace_id, &chunk.otlp, &mut repeated)? {
                let start = Instant::now();
                writer.append(&batch).await?;
                writing += start.elapsed();
            }
        }
    }
    let last = Instant::now();
    if let Some(batch) = rows.finish() {
        writer.append(&batch).await?;
    }
    let file = writer.finish().await?;
    writing += last.elapsed();
    let share = writing.as_secs_f64() / start.elapsed().as_secs_f64();
    println!("  {layout:?}: {:.0} % of the time for the file, the rest for rows", share * 100.0);
    Ok(file)
}

/// Traces of six spans, as in `make bench`.
fn plain_traces() -> Vec<TraceSpans> {
    let plan = Plan::new(1, 10, 6);
    let mut traces = Vec::new();
    let mut body = Vec::new();
    for request in 0.. {
        body.clear();
        plan.body(request, &mut body);
        traces.extend(split_body(&body));
        if SPANS <= traces.len() * 6 {
            break;
        }
    }
    traces
}

fn agent_traces() -> Vec<TraceSpans> {
    let mut traces = Vec::new();
    let mut spans = 0;
    for n in 0.. {
        let conversation = Conversation::new(1, n, TURNS);
        spans += conversation.spans;
        traces.extend(conversation.requests.iter().flat_map(|body| split_body(body)));
        if SPANS / 10 <= spans {
            break;
        }
    }
    traces
}

fn split_body(body: &[u8]) -> Vec<TraceSpans> {
    split(decode_protobuf(body).expect("synthetic spans are valid")).traces
}

/// Reads traces by the locators of their rows.
async fn read_traces() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let store = local_store(folder.path())?;
    let file = archive(store.clone(), Layout::V2, &plain_traces()).await?;
    let reader = FileReader::open(store, file.path, file.bytes, Table::Spans).await?;
    let mut times = Vec::new();
    for located in file.traces.iter().step_by(97) {
        let start = Instant::now();
        let rows = RowSelector::Ranges(vec![located.rows]);
        let mut batches = reader.read(None, rows, Some(&located.trace))?;
        while let Some(batch) = batches.try_next().await? {
            read_spans(&batch, &located.trace)?;
        }
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    let (middle, last) = (times[times.len() / 2], times[times.len() - 1]);
    println!("{} traces: {middle:.1} ms in the middle, {last:.1} ms at most", times.len());
    Ok(())
}

/// One trace of chunks of about 8 MB, which are made one after another.
async fn archive_large_trace() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let store = local_store(folder.path())?;
    let trace = TraceId::from_otel([1; 16]);
    let mut writer = FileWriter::new(store, Path::from("spans.parquet"), Table::Spans, Layout::V2)?;
    let mut rows = SpanRows::new(Layout::V2);
    let before = memory_peak_kb()?;
    let mut bytes = 0;
    let mut n = 0;
    while bytes < LARGE_BYTES {
        let mut chunk = Vec::new();
        while chunk.len() < 8 << 20 {
            for request in Conversation::new(9, n, TURNS).requests {
                chunk.extend(split_body(&request).remove(0).otlp);
            }
            n += 1;
        }
        bytes += chunk.len();
        let mut repeated = RepeatedSpans::default();
        repeated.add(&trace, &chunk)?;
        for batch in rows.append(&trace, &chunk, &mut repeated)? {
            writer.append(&batch).await?;
        }
    }
    if let Some(batch) = rows.finish() {
        writer.append(&batch).await?;
    }
    let file = writer.finish().await?;
    let groups = file.traces.len();
    println!("one trace of {bytes} bytes: a file of {} bytes, {groups} row groups", file.bytes);
    println!("memory: {before} kB before, {} kB at the peak", memory_peak_kb()?);
    Ok(())
}

/// The CPU time of this thread. Other processes on the machine do not change it.
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = text.split(' ').next().and_then(|text| text.parse::<f64>().ok());
    nanos.unwrap_or(f64::NAN) / 1e9
}

fn memory_peak_kb() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    Ok(line.unwrap_or_default().trim().trim_end_matches(" kB").parse()?)
}
