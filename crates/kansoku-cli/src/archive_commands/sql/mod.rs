//! `kansoku archive sql`: text that opens the tables in other programs.
use std::fmt::Write as _;

use clap::ValueEnum;
use kansoku_archive::ArchivePlace;
use kansoku_archive::tables::{Layout, Table};
use kansoku_sqlite::SqliteStore;

use super::{experiments, place, printable};
use crate::config::Settings;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Engine {
    Databricks,
    Spark,
    Duckdb,
    Polars,
}

pub(super) async fn sql(
    settings: &Settings,
    store: &SqliteStore,
    engine: Engine,
    only: Option<String>,
) -> anyhow::Result<String> {
    let place = place(settings)?;
    let layout = settings.archive.settings().layout;
    let experiments = experiments(store, only.as_deref()).await?;
    let experiments = experiments
        .iter()
        .map(|(size, experiment)| (&*size.prefix, experiment.as_ref().map(|it| &*it.name)));
    Ok(text(engine, layout, place, &experiments.collect::<Vec<_>>()))
}

/// The text for experiments, each with its prefix and its name.
fn text(
    engine: Engine,
    layout: Layout,
    place: &ArchivePlace,
    experiments: &[(&str, Option<&str>)],
) -> String {
    let mut text = header(engine, place);
    for (prefix, name) in experiments {
        let name = name.map_or_else(|| "a deleted experiment".to_owned(), printable);
        let comment = if engine == Engine::Polars { "#" } else { "--" };
        let _infallible = writeln!(text, "\n{comment} {name}");
        for table in Table::ALL {
            let name = format!("{prefix}_{}", table.suffix());
            text.push_str(&statement(engine, &name, &url(engine, place, &name)));
        }
    }
    if let Some((prefix, _)) = experiments.first() {
        text.push_str(&example(engine, layout, prefix));
    }
    text
}

fn header(engine: Engine, place: &ArchivePlace) -> String {
    let text = match (engine, place) {
        (Engine::Databricks, _) => {
            "-- External tables: the catalog needs an external location for the bucket.\n"
        }
        (Engine::Spark, _) => "-- Spark needs the package `delta-spark`.\n",
        (Engine::Duckdb, ArchivePlace::Folder(_)) => {
            "-- DuckDB installs its extension `delta` by itself, if it has access to the network.\n"
        }
        (Engine::Duckdb, ArchivePlace::S3(_)) => {
            "-- DuckDB installs its extensions by itself, if it has access to the network.\n\
             create or replace secret kansoku_archive (type s3, provider credential_chain);\n"
        }
        (Engine::Polars, _) => {
            "# pip install polars deltalake\nimport polars as pl\n\ntables = {}\n"
        }
    };
    text.to_owned()
}

/// The location of a table, as a program expects it.
fn url(engine: Engine, place: &ArchivePlace, table: &str) -> String {
    match (engine, place) {
        (Engine::Duckdb | Engine::Polars, ArchivePlace::Folder(folder)) => {
            folder.join(table).display().to_string()
        }
        _ => format!("{}/{table}", place.to_string().trim_end_matches('/')),
    }
}

fn statement(engine: Engine, table: &str, url: &str) -> String {
    // A prefix may begin with a digit.
    match engine {
        Engine::Databricks => {
            format!(
                "create table if not exists `{table}` using delta location {};\n",
                spark_text(url)
            )
        }
        Engine::Spark => format!(
            "create or replace temporary view `{table}` using delta options (path {});\n",
            spark_text(url)
        ),
        Engine::Duckdb => format!(
            "create or replace view \"{table}\" as from delta_scan('{}');\n",
            url.replace('\'', "''")
        ),
        Engine::Polars => {
            format!("tables[{}] = pl.scan_delta({})\n", python_text(table), python_text(url))
        }
    }
}

/// The slowest tool calls, with an attribute. It is a comment, so that the text may be run as it is.
fn example(engine: Engine, layout: Layout, prefix: &str) -> String {
    let spans = format!("{prefix}_{}", Table::Spans.suffix());
    let quoted = match engine {
        Engine::Duckdb => format!("\"{spans}\""),
        _ => format!("`{spans}`"),
    };
    let tool = match (engine, layout) {
        (Engine::Polars, _) => {
            return format!(
                "\n# Example: the slowest spans.\n# tables[{}].select(\"trace_id\", \"name\", \
                 (pl.col(\"end_time_unix_nano\") - pl.col(\"start_time_unix_nano\")).alias(\"ns\")) \\\n\
                 #     .top_k(10, by=\"ns\").collect()\n",
                python_text(&spans)
            );
        }
        (Engine::Duckdb, Layout::V2) => "attributes.\"mlflow.spanType\"::varchar",
        (Engine::Databricks, Layout::V2) => "attributes:['mlflow.spanType']::string",
        (Engine::Spark, Layout::V2) => {
            "variant_get(attributes, '$[\"mlflow.spanType\"]', 'string')"
        }
        (_, Layout::V1) => "attributes['mlflow.spanType']",
    };
    format!(
        "\n-- Example: the slowest spans, with their types.\n\
         -- select trace_id, name, {tool} as type, (end_time_unix_nano - start_time_unix_nano) / 1e6 as ms\n\
         -- from {quoted} order by ms desc limit 10;\n"
    )
}

/// A text of Spark's SQL, in which a backslash escapes.
fn spark_text(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// A text of Python, which knows the escapes of JSON.
fn python_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests;
