//! Keys of tags, metadata and assessments in the newest traces of an experiment.
use std::collections::HashMap;

use kansoku_model::ExperimentId;
use rusqlite::{Connection, params};

use crate::error::EngineError;
use kansoku_store::{KeyCount, TraceKeys};

pub(crate) fn read(db: &Connection, experiment: ExperimentId) -> Result<TraceKeys, EngineError> {
    let of = |rows: &str| counted(db, experiment, rows);
    Ok(TraceKeys {
        tags: of("select x.key, 0 from newest n
                  cross join trace_tags x on x.trace = n.id where x.value is not null")?,
        metadata: of(&format!(
            "select x.key, 0 from newest n cross join trace_metadata x on x.trace = n.id
             where x.value is not null and x.key not in ('{}', '{}')",
            TraceKeys::TOTALS[0],
            TraceKeys::TOTALS[1]
        ))?,
        feedback: of(&assessments("feedback"))?,
        expectations: of(&assessments("expectation"))?,
    })
}

fn assessments(kind: &'static str) -> String {
    format!(
        "select a.name, a.number is not null from newest n
         cross join assessments a on a.trace = n.id where a.valid = 1 and a.kind = '{kind}'"
    )
}

/// Counts the keys in the first column of `rows`. The second column is whether the value is a
/// number.
fn counted(
    db: &Connection,
    experiment: ExperimentId,
    rows: &str,
) -> Result<Vec<KeyCount>, EngineError> {
    let mut select = db.prepare_cached(&format!(
        "with newest as materialized
             (select id from traces where experiment_id = ?1 order by request_time_ms desc limit ?2)
         {rows}"
    ))?;
    let mut rows = select.query(params![experiment.0, TraceKeys::TRACES_MAX as i64])?;
    let mut counts: HashMap<String, (u64, u64)> = HashMap::new();
    while let Some(row) = rows.next()? {
        let key = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
        if !counts.contains_key(key) {
            counts.insert(key.to_owned(), (0, 0));
        }
        if let Some((count, numbers)) = counts.get_mut(key) {
            *count += 1;
            *numbers += u64::from(row.get::<_, bool>(1)?);
        }
    }
    let counts = counts.into_iter();
    let mut keys: Vec<KeyCount> = counts
        .map(|(key, (count, numbers))| KeyCount { key, count, is_number: count == numbers })
        .collect();
    keys.sort_unstable_by(|a, b| b.count.cmp(&a.count).then_with(|| a.key.cmp(&b.key)));
    keys.truncate(TraceKeys::KEYS_MAX);
    Ok(keys)
}
