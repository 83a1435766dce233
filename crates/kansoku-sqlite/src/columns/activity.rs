//! Recent activity of all experiments. Totals come from the index by time; the time window from
//! packed columns if there are many traces, otherwise from the rows.
use std::collections::{BTreeMap, HashSet};
use std::ops::RangeInclusive;

use kansoku_model::{ExperimentId, Money, TimestampMs};
use rusqlite::{Connection, params};

use super::blocks::{self, ColumnReader, Entry};
use super::{Part, TRACES_FEW, along_blocks};
use crate::error::EngineError;
use kansoku_store::core::columns::column::Column;
use kansoku_store::core::columns::ints::NONE;
use kansoku_store::core::columns::packed::overlaps;
use kansoku_store::{Activity, ActivityQuery, WindowFigures, percentile};

/// The result, and whether it would have been faster with more blocks packed.
pub(crate) struct Answer {
    pub(crate) experiments: Vec<Activity>,
    pub(crate) has_gaps: bool,
}

pub(crate) fn read(db: &Connection, query: &ActivityQuery) -> Result<Answer, EngineError> {
    let mut windows = counts(db, query)?;
    let has_gaps = match blocks::ends(db)? {
        Some(ends) if TRACES_FEW <= in_window(db, query, &windows)? => {
            along_blocks(db, ends, |part| match part {
                Part::All => from_index(db, query, &mut windows),
                Part::Rows(traces) => from_rows(db, query, traces, &mut windows),
                Part::Packed(block, entry) => from_block(db, query, block, entry, &mut windows),
            })?
        }
        _ => {
            from_index(db, query, &mut windows)?;
            false
        }
    };
    let experiments = windows.into_values().map(Window::finish).collect();
    Ok(Answer { experiments, has_gaps })
}

/// The same result without columns, for comparison.
#[cfg(test)]
pub(super) fn by_rows(
    db: &Connection,
    query: &ActivityQuery,
) -> Result<Vec<Activity>, EngineError> {
    let mut windows = counts(db, query)?;
    from_index(db, query, &mut windows)?;
    Ok(windows.into_values().map(Window::finish).collect())
}

/// The activity of one experiment while its traces are read.
struct Window {
    activity: Activity,
    durations: Vec<f64>,
}

type Windows = BTreeMap<i64, Window>;

/// The values read of one trace.
struct Row {
    time_ms: i64,
    duration_ms: Option<i64>,
    failed: bool,
    cost: Option<i64>,
}

impl Window {
    fn add(&mut self, query: &ActivityQuery, row: &Row) {
        let Some(bucket) = query.bucket_of(row.time_ms) else { return };
        let Activity { window, series, .. } = &mut self.activity;
        series[bucket] += 1;
        window.traces += 1;
        window.errors += u64::from(row.failed);
        window.cost = window.cost.saturating_add(Money(row.cost.unwrap_or(0)));
        self.durations.extend(row.duration_ms.map(|ms| ms as f64));
    }

    fn finish(mut self) -> Activity {
        self.activity.window.p95_ms = percentile(&mut self.durations, 95.0);
        self.activity
    }
}

/// Trace counts and latest times of the requested experiments that have traces.
fn counts(db: &Connection, query: &ActivityQuery) -> Result<Windows, EngineError> {
    let mut select = db.prepare_cached(
        "select experiment_id, count(*), max(request_time_ms) from traces group by experiment_id",
    )?;
    let rows = select.query_map([], |row| {
        let activity = Activity {
            experiment: ExperimentId(row.get(0)?),
            traces: row.get::<_, i64>(1)?.cast_unsigned(),
            last: row.get::<_, Option<i64>>(2)?.map(TimestampMs),
            window: WindowFigures::default(),
            series: vec![0; query.buckets],
        };
        Ok((activity.experiment.0, Window { activity, durations: Vec::new() }))
    })?;
    let mut windows: Windows = rows.collect::<Result<_, _>>()?;
    let asked: HashSet<i64> = query.experiments.iter().map(|id| id.0).collect();
    windows.retain(|experiment, _| asked.contains(experiment));
    Ok(windows)
}

/// Number of traces in the window; each experiment is counted up to [`TRACES_FEW`].
fn in_window(
    db: &Connection,
    query: &ActivityQuery,
    windows: &Windows,
) -> Result<i64, EngineError> {
    let mut select = db.prepare_cached(
        "select count(*) from (select 1 from traces where experiment_id = ?1
             and request_time_ms >= ?2 and request_time_ms <= ?3 limit ?4)",
    )?;
    let mut count = 0;
    for experiment in windows.keys() {
        let bounds = params![experiment, query.from.0, query.to.0, TRACES_FEW];
        count += select.query_row(bounds, |row| row.get::<_, i64>(0))?;
    }
    Ok(count)
}

const COLUMNS: &str = "request_time_ms, duration_ms, state = 'ERROR', total_cost, experiment_id";

fn from_index(
    db: &Connection,
    query: &ActivityQuery,
    windows: &mut Windows,
) -> Result<(), EngineError> {
    let mut select = db.prepare_cached(&format!(
        "select {COLUMNS} from traces
         where experiment_id = ?1 and request_time_ms >= ?2 and request_time_ms <= ?3"
    ))?;
    for (experiment, window) in windows {
        let mut rows = select.query(params![experiment, query.from.0, query.to.0])?;
        while let Some(row) = rows.next()? {
            window.add(query, &read_row(row)?);
        }
    }
    Ok(())
}

fn from_rows(
    db: &Connection,
    query: &ActivityQuery,
    traces: RangeInclusive<i64>,
    windows: &mut Windows,
) -> Result<(), EngineError> {
    let mut select =
        db.prepare_cached(&format!("select {COLUMNS} from traces where id >= ?1 and id <= ?2"))?;
    let mut rows = select.query([traces.start(), traces.end()])?;
    while let Some(row) = rows.next()? {
        if let Some(window) = windows.get_mut(&row.get(4)?) {
            window.add(query, &read_row(row)?);
        }
    }
    Ok(())
}

fn read_row(row: &rusqlite::Row<'_>) -> Result<Row, rusqlite::Error> {
    Ok(Row {
        time_ms: row.get(0)?,
        duration_ms: row.get(1)?,
        failed: row.get(2)?,
        cost: row.get(3)?,
    })
}

fn from_block(
    db: &Connection,
    query: &ActivityQuery,
    block: i64,
    entry: Entry,
    windows: &mut Windows,
) -> Result<(), EngineError> {
    if !overlaps(entry.times, Some(query.from), Some(query.to)) {
        return Ok(());
    }
    let columns = ColumnReader::new(db, block)?;
    let numbers = |column| columns.numbers(column);
    let (experiments, times) = (numbers(Column::Experiment)?, numbers(Column::Time)?);
    let (durations, costs) = (numbers(Column::Latency)?, numbers(Column::TotalCost)?);
    let states = columns.texts(Column::Status)?;
    let failed = states.texts.iter().position(|text| text == "ERROR").map(|code| code as i64);
    let present = |number: i64| Some(number).filter(|number| *number != NONE);
    for (i, experiment) in experiments.iter().enumerate() {
        let Some(window) = windows.get_mut(experiment) else { continue };
        let row = Row {
            time_ms: times[i],
            duration_ms: present(durations[i]),
            failed: failed == Some(states.codes[i]),
            cost: present(costs[i]),
        };
        window.add(query, &row);
    }
    Ok(())
}
