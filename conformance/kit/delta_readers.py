"""Programs that read the tables of the archive, each asked the same."""

import glob
import os
from collections.abc import Callable
from pathlib import Path

import deltalake
import duckdb
import duckdb_extension_delta
import polars


def duck() -> duckdb.DuckDBPyConnection:
    package = os.path.dirname(duckdb_extension_delta.__file__)
    extension = glob.glob(f"{package}/**/delta.duckdb_extension", recursive=True)[0]
    connection = duckdb.connect(config={"allow_unsigned_extensions": "true"})
    connection.execute(f"load '{extension}'")
    return connection


def ids_by_duckdb(table: Path, column: str) -> list[str]:
    rows = duck().execute(f"select {column} from delta_scan('{table}')").fetchall()
    return [value for value, in rows]


def ids_by_polars(table: Path, column: str) -> list[str]:
    return polars.read_delta(str(table))[column].to_list()


def ids_by_deltalake(table: Path, column: str) -> list[str]:
    batches = deltalake.QueryBuilder().register("t", deltalake.DeltaTable(str(table))).execute(f"select {column} from t")
    return [value for batch in batches for value in batch[column].to_pylist()]


def ids_by_pyarrow(table: Path, column: str) -> list[str]:
    return deltalake.DeltaTable(str(table)).to_pyarrow_table(columns=[column])[column].to_pylist()


# The values of a text column, one for each row.
READERS: dict[str, Callable[[Path, str], list[str]]] = {
    "duckdb": ids_by_duckdb, "polars": ids_by_polars, "deltalake": ids_by_deltalake, "pyarrow": ids_by_pyarrow,
}
