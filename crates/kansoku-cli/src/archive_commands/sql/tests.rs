use super::*;

const SHOP: &[(&str, Option<&str>)] = &[("9shop", Some("/Shared/shop\nnew"))];

fn of_folder(engine: Engine, layout: Layout) -> String {
    text(engine, layout, &"file:///mnt/it's".parse().unwrap(), SHOP)
}

#[test]
fn duckdb_gets_views() {
    insta::assert_snapshot!(of_folder(Engine::Duckdb, Layout::V2), @r#"
    -- DuckDB installs its extension `delta` by itself, if it has access to the network.

    -- /Shared/shop?new
    create or replace view "9shop_otel_spans" as from delta_scan('/mnt/it''s/9shop_otel_spans');
    create or replace view "9shop_otel_logs" as from delta_scan('/mnt/it''s/9shop_otel_logs');
    create or replace view "9shop_otel_annotations" as from delta_scan('/mnt/it''s/9shop_otel_annotations');
    create or replace view "9shop_otel_metrics" as from delta_scan('/mnt/it''s/9shop_otel_metrics');
    create or replace view "9shop_traces" as from delta_scan('/mnt/it''s/9shop_traces');

    -- Example: the slowest spans, with their types.
    -- select trace_id, name, attributes."mlflow.spanType"::varchar as type, (end_time_unix_nano - start_time_unix_nano) / 1e6 as ms
    -- from "9shop_otel_spans" order by ms desc limit 10;
    "#);
}

#[test]
fn spark_gets_temporary_views() {
    insta::assert_snapshot!(of_folder(Engine::Spark, Layout::V1), @r#"
    -- Spark needs the package `delta-spark`.

    -- /Shared/shop?new
    create or replace temporary view `9shop_otel_spans` using delta options (path 'file:///mnt/it\'s/9shop_otel_spans');
    create or replace temporary view `9shop_otel_logs` using delta options (path 'file:///mnt/it\'s/9shop_otel_logs');
    create or replace temporary view `9shop_otel_annotations` using delta options (path 'file:///mnt/it\'s/9shop_otel_annotations');
    create or replace temporary view `9shop_otel_metrics` using delta options (path 'file:///mnt/it\'s/9shop_otel_metrics');
    create or replace temporary view `9shop_traces` using delta options (path 'file:///mnt/it\'s/9shop_traces');

    -- Example: the slowest spans, with their types.
    -- select trace_id, name, attributes['mlflow.spanType'] as type, (end_time_unix_nano - start_time_unix_nano) / 1e6 as ms
    -- from `9shop_otel_spans` order by ms desc limit 10;
    "#);
}

#[test]
fn databricks_gets_external_tables() {
    let place = "s3://traces/kansoku".parse().unwrap();
    insta::assert_snapshot!(text(Engine::Databricks, Layout::V2, &place, SHOP), @r#"
    -- External tables: the catalog needs an external location for the bucket.

    -- /Shared/shop?new
    create table if not exists `9shop_otel_spans` using delta location 's3://traces/kansoku/9shop_otel_spans';
    create table if not exists `9shop_otel_logs` using delta location 's3://traces/kansoku/9shop_otel_logs';
    create table if not exists `9shop_otel_annotations` using delta location 's3://traces/kansoku/9shop_otel_annotations';
    create table if not exists `9shop_otel_metrics` using delta location 's3://traces/kansoku/9shop_otel_metrics';
    create table if not exists `9shop_traces` using delta location 's3://traces/kansoku/9shop_traces';

    -- Example: the slowest spans, with their types.
    -- select trace_id, name, attributes:['mlflow.spanType']::string as type, (end_time_unix_nano - start_time_unix_nano) / 1e6 as ms
    -- from `9shop_otel_spans` order by ms desc limit 10;
    "#);
}

#[test]
fn polars_gets_python() {
    insta::assert_snapshot!(of_folder(Engine::Polars, Layout::V2), @r#"
    # pip install polars deltalake
    import polars as pl

    tables = {}

    # /Shared/shop?new
    tables["9shop_otel_spans"] = pl.scan_delta("/mnt/it's/9shop_otel_spans")
    tables["9shop_otel_logs"] = pl.scan_delta("/mnt/it's/9shop_otel_logs")
    tables["9shop_otel_annotations"] = pl.scan_delta("/mnt/it's/9shop_otel_annotations")
    tables["9shop_otel_metrics"] = pl.scan_delta("/mnt/it's/9shop_otel_metrics")
    tables["9shop_traces"] = pl.scan_delta("/mnt/it's/9shop_traces")

    # Example: the slowest spans.
    # tables["9shop_otel_spans"].select("trace_id", "name", (pl.col("end_time_unix_nano") - pl.col("start_time_unix_nano")).alias("ns")) \
    #     .top_k(10, by="ns").collect()
    "#);
}

#[test]
fn duckdb_reads_buckets_with_the_usual_credentials() {
    let place = "s3://traces".parse().unwrap();
    let text = text(Engine::Duckdb, Layout::V1, &place, SHOP);
    assert!(text.contains("provider credential_chain"), "{text}");
    assert!(text.contains("delta_scan('s3://traces/9shop_traces')"), "{text}");
}
