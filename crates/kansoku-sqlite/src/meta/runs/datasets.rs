//! Datasets that runs read.
use kansoku_model::{DatasetInput, DatasetSummary, ExperimentId, RunDataset, RunId, RunInfo};
use rusqlite::{Connection, Row, params, params_from_iter};

use crate::engine::statement::Statement;
use crate::error::EngineError;

/// The first dataset logged with a name and digest is kept, and so are the tags of a run's first use of it.
pub(super) fn add(db: &Connection, run: &RunInfo, input: &DatasetInput) -> Result<(), EngineError> {
    let it = &input.dataset;
    db.prepare_cached(
        "insert into run_datasets
             (experiment_id, name, digest, source_type, source, schema, profile)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         on conflict (experiment_id, name, digest) do nothing",
    )?
    .execute(params![
        run.experiment_id.0,
        it.name,
        it.digest,
        it.source_type,
        it.source,
        it.schema,
        it.profile,
    ])?;
    db.prepare_cached(
        "insert into run_dataset_inputs (run_id, dataset, position, context, tags)
         select ?1, d.dataset,
             (select coalesce(max(i.position) + 1, 0) from run_dataset_inputs i where i.run_id = ?1),
             ?5, ?6
         from run_datasets d where d.experiment_id = ?2 and d.name = ?3 and d.digest = ?4
         on conflict (run_id, dataset) do nothing",
    )?
    .execute(params![
        run.run_id.as_str(),
        run.experiment_id.0,
        it.name,
        it.digest,
        input.context(),
        serde_json::json!(input.tags).to_string(),
    ])?;
    Ok(())
}

/// In the order in which the run logged them.
pub(super) fn of_run(db: &Connection, run: &RunId) -> Result<Vec<DatasetInput>, EngineError> {
    let mut select = db.prepare_cached(
        "select d.name, d.digest, d.source_type, d.source, d.schema, d.profile, i.tags
         from run_dataset_inputs i join run_datasets d on d.dataset = i.dataset
         where i.run_id = ?1 order by i.position",
    )?;
    let rows = select.query_map([run.as_str()], from_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn summaries(
    db: &Connection,
    experiments: &[ExperimentId],
) -> Result<Vec<DatasetSummary>, EngineError> {
    let mut sql = Statement::default();
    sql.push(
        "select distinct d.experiment_id, d.name, d.digest, i.context
         from run_datasets d join run_dataset_inputs i on i.dataset = d.dataset
         where d.experiment_id in (",
    );
    sql.push_list(experiments.iter().map(|id| id.0.into()));
    sql.push(&format!(") order by 1, 2, 3, 4 limit {}", DatasetSummary::COUNT_MAX));
    let mut select = db.prepare(&sql.text)?;
    let rows = select.query_map(params_from_iter(sql.params), |row| {
        Ok(DatasetSummary {
            experiment_id: ExperimentId(row.get(0)?),
            name: row.get(1)?,
            digest: row.get(2)?,
            context: row.get(3)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn from_row(row: &Row<'_>) -> Result<DatasetInput, rusqlite::Error> {
    Ok(DatasetInput {
        dataset: RunDataset {
            name: row.get(0)?,
            digest: row.get(1)?,
            source_type: row.get(2)?,
            source: row.get(3)?,
            schema: row.get(4)?,
            profile: row.get(5)?,
        },
        tags: serde_json::from_str(row.get_ref(6)?.as_str()?).unwrap_or_default(),
    })
}
