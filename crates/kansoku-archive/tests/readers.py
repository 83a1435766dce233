"""Reads the tables of a folder with several programs, and compares them with what MLflow's clients get.

Usage: readers.py FOLDER, where FOLDER has one Delta table per sub-folder and `expected.json`.
"""

import base64
import glob
import json
import os
import sys

import deltalake
import duckdb
import duckdb_extension_delta
import polars
import pyarrow.parquet

TABLES = ["otel_spans", "otel_logs", "otel_annotations", "otel_metrics", "traces"]


def expected_spans(folder):
    """The spans by trace and span, with the values that MLflow's JSON has."""
    spans = {}
    for trace in json.load(open(f"{folder}/expected.json")):
        for span in trace["spans"]:
            span_id = base64.b64decode(span["span_id"]).hex()
            parent = span["parent_span_id"] and base64.b64decode(span["parent_span_id"]).hex()
            attributes = dict(span["attributes"])
            attributes.pop("mlflow.traceRequestId", None)
            spans[trace["key"], span_id] = {
                "parent": parent,
                "name": span["name"],
                "start": span["start_time_unix_nano"],
                "end": span["end_time_unix_nano"] or 0,
                "code": span["status"]["code"],
                "message": span["status"]["message"],
                "events": len(span["events"]),
                "attributes": {key: plain(text) for key, text in attributes.items()},
            }
    return spans


def plain(text):
    """The value of an attribute, which MLflow keeps as JSON text."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def connect():
    package = os.path.dirname(duckdb_extension_delta.__file__)
    extension = glob.glob(f"{package}/**/delta.duckdb_extension", recursive=True)[0]
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    connection.execute(f"load '{extension}'")
    return connection


def variants(connection, folder):
    """The attributes of each span as DuckDB shows them: a VARIANT as JSON, a MAP as it is."""
    columns = connection.execute(f"describe from delta_scan('{folder}/otel_spans')").fetchall()
    kind = next(column[1] for column in columns if column[0] == "attributes")
    shown = "attributes::json::varchar" if kind == "VARIANT" else "to_json(attributes)::varchar"
    rows = connection.execute(
        f"select trace_id, span_id, {shown} from delta_scan('{folder}/otel_spans')"
    ).fetchall()
    return kind, {(row[0], row[1]): json.loads(row[2]) for row in rows}


def compare_attributes(expected, read, kind):
    """Events of older senders become attributes only in MLflow's JSON, so that may have more."""
    compared = 0
    for key, span in expected.items():
        for name, value in read[key].items():
            if name.startswith("kansoku.archive.") or name not in span["attributes"]:
                continue
            wanted = span["attributes"][name]
            if isinstance(value, str) and not isinstance(wanted, str):
                value = plain(value)
            elif isinstance(value, str):
                value, wanted = plain_text(value), plain_text(wanted)
            assert value == wanted, (kind, key, name, value, wanted)
            compared += 1
    assert 100 < compared, compared
    return compared


def plain_text(text):
    value = plain(text)
    return value if isinstance(value, str) else text


def main(folder):
    expected = expected_spans(folder)
    connection = connect()
    columns = (
        "trace_id, span_id, parent_span_id, name, start_time_unix_nano, end_time_unix_nano, "
        "status.code, status.message, len(events)"
    )
    rows = connection.execute(f"select {columns} from delta_scan('{folder}/otel_spans')").fetchall()
    assert len(rows) == len(expected), (len(rows), len(expected))
    for trace, span, *values in rows:
        want = expected[trace, span]
        names = ["parent", "name", "start", "end", "code", "message", "events"]
        for name, value in zip(names, values):
            assert value == want[name] or name == "events", (trace, span, name, value, want[name])
    kind, attributes = variants(connection, folder)
    compared = compare_attributes(expected, attributes, kind)
    print(f"duckdb: {len(rows)} spans, {compared} attributes as {kind}")

    for table in TABLES:
        path = f"{folder}/{table}"
        counts = {
            "duckdb": connection.execute(f"select count(*) from delta_scan('{path}')").fetchone()[0],
            "pyarrow": sum(
                pyarrow.parquet.read_table(file).num_rows for file in glob.glob(f"{path}/*.parquet")
            ),
            "polars": polars.read_parquet(f"{path}/*.parquet").height,
            "polars delta": polars.read_delta(path).height,
            "deltalake": sum(
                batch.num_rows
                for batch in deltalake.QueryBuilder()
                .register("t", deltalake.DeltaTable(path))
                .execute("select * from t")
            ),
            "deltalake pyarrow": deltalake.DeltaTable(path).to_pyarrow_table().num_rows,
        }
        assert len(set(counts.values())) == 1, (table, counts)
        print(f"{table}: {counts['duckdb']} rows by {', '.join(counts)}")

    spans = polars.read_delta(f"{folder}/otel_spans")
    names = dict(zip(zip(spans["trace_id"], spans["span_id"]), spans["name"]))
    assert names == {key: span["name"] for key, span in expected.items()}
    table = pyarrow.parquet.read_table(f"{folder}/otel_spans")
    assert set(table.column("span_id").to_pylist()) == {key[1] for key in expected}
    assert table.schema.field("time").type.tz == "UTC", table.schema
    traces = pyarrow.parquet.read_table(f"{folder}/traces").to_pylist()
    assert all(dict(trace["tags"]) == {"stage": "beta", "mlflow.traceName": "fixture"} for trace in traces)
    assert all(trace["request"] == f"request of {trace['trace_id']}" for trace in traces)
    query = f"select distinct date, service_name is null from delta_scan('{folder}/otel_spans')"
    assert connection.execute(query).fetchall()
    tag = f"select count(*) from delta_scan('{folder}/otel_annotations') where annotation_type = 'TAG' and value::varchar = 'beta'"
    assert connection.execute(tag).fetchone()[0] == len(traces)


if __name__ == "__main__":
    main(sys.argv[1])
