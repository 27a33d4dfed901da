"""Opens results files with DuckDB and with pandas (pyarrow for Parquet) and prints what each of them sees as JSON.

usage: check_results.py FILE...
"""

import json
import sys

import duckdb
import pandas
import pyarrow.parquet

READ = {
    # pandas takes a picture of the name "null", or a cluster that is called "NA", for a missing value by default.
    "csv": lambda path: pandas.read_csv(path, keep_default_na=False, na_values={c: [""] for c in NULLABLE}),
    "jsonl": lambda path: pandas.read_json(path, lines=True, dtype=False),
    "parquet": pandas.read_parquet,
}
NULLABLE = ("name", "distance", "percentile", "outlier")


def plain(value):
    """NaN and NA as null, lists and numpy scalars as JSON has them; numbers as the nearest float32 prints."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list):
        return [plain(item) for item in value]
    if value is None or value is pandas.NA or (isinstance(value, float) and value != value):
        return None
    return value


def rows(frame: pandas.DataFrame) -> list[dict]:
    return [{name: plain(value) for name, value in record.items()} for record in frame.to_dict("records")]


def by_duckdb(path: str) -> dict:
    relation = duckdb.sql(f"SELECT * FROM '{path}'")
    names = relation.columns
    return {
        "types": dict(zip(names, [str(kind) for kind in relation.types])),
        "rows": [dict(zip(names, map(plain, row))) for row in relation.fetchall()],
    }


def main(paths: list[str]) -> None:
    seen = {}
    for path in paths:
        form = path.rsplit(".", 1)[1]
        seen[form] = {"duckdb": by_duckdb(path), "pandas": rows(READ[form](path))}
        if form == "parquet":
            file = pyarrow.parquet.ParquetFile(path)
            seen[form]["metadata"] = {
                key.decode(): value.decode() for key, value in (file.metadata.metadata or {}).items()
            }
            seen[form]["schema"] = {field.name: str(field.type) for field in file.schema_arrow}
            seen[form]["groups"] = file.num_row_groups
    json.dump(seen, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
