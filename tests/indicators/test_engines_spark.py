"""Apache Spark gives the same rows as DuckDB, to the last digit: on a real master and worker, for every query and on real data.

One session is shared by everything here; a process can have one only.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from catalog.errors import DataError, MetadataError, StorageError
from catalog.load import load_datasets
from catalog.model import Indicator, Table
from indicators.compute import OBSERVATION_COLUMNS
from indicators.engines.duckdb import DuckDB
from indicators.engines.spark import Spark
from indicators.examples import differences, run_example
from indicators.load import load_indicators, load_references, load_tables
from indicators.rows import rows_as_arrow

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent
DATASETS = load_datasets(ROOT / "pipelines" / "datasets")
TABLES = load_tables()
INDICATORS = load_indicators()
REFERENCES = load_references()
MONTHS = 15
"""How many months of hourly air the engines are compared on: each is a query of its own."""


class Shared(Spark):
    """The real engine, whose session outlives the one who used it."""

    def close(self) -> None:
        return

    def stop(self) -> None:
        super().close()


@dataclass
class Cluster:
    """A master and a worker in processes of their own, on loopback."""

    url: str
    log: Path


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    if importlib.util.find_spec("pyspark") is None:
        _not_tested("Apache Spark is not installed; run `make spark`")
    if shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        _not_tested("Apache Spark needs Java 17, which is not installed")
    folder = tmp_path_factory.mktemp("spark")
    with ExitStack() as processes:
        url = _announced(_daemon("master.Master", folder, processes), r"Starting Spark master at (spark://127\.0\.0\.1:\d+)")
        log = _daemon("worker.Worker", folder, processes, "--cores", "2", "--memory", "2g", "--work-dir", str(folder / "work"), url)
        _announced(log, r"(Successfully registered) with master")
        yield Cluster(url, log)


def _not_tested(why: str) -> None:
    """Skip loudly, or fail where the test has to run: `BYMAAL_SPARK_TESTS=required` is for continuous integration."""
    if os.environ.get("BYMAAL_SPARK_TESTS") == "required":
        pytest.fail(f"{why} (BYMAAL_SPARK_TESTS=required)")
    pytest.skip(f"NOT TESTED: {why}")


@pytest.fixture(scope="module")
def spark(cluster: Cluster) -> Iterator[Shared]:
    loopback = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1", "spark.sql.shuffle.partitions": "1"}
    engine = Shared(master=cluster.url, settings=loopback)
    yield engine
    engine.stop()


@pytest.fixture
def duck() -> Iterator[DuckDB]:
    engine = DuckDB()
    yield engine
    engine.close()


def _daemon(name: str, folder: Path, processes: ExitStack, *arguments: str) -> Path:
    """One Spark daemon in the foreground of a process that ends with the test; its log."""
    import pyspark

    home = Path(pyspark.__file__).parent
    log = folder / f"{name}.log"
    command = [
        str(home / "bin" / "spark-class"),
        f"org.apache.spark.deploy.{name}",
        "--host",
        "127.0.0.1",
        "--port",
        "0",
        "--webui-port",
        "0",
    ]
    output: IO[bytes] = processes.enter_context(log.open("wb"))
    settings = {"SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_DAEMON_MEMORY": "256m"}
    process = subprocess.Popen([*command, *arguments], stdout=output, stderr=output, env={**os.environ, **settings})
    processes.callback(process.wait)
    processes.callback(process.terminate)
    return log


def _announced(log: Path, pattern: str) -> str:
    """What a daemon's log says about itself, once it does."""
    for _ in range(600):
        if found := re.search(pattern, log.read_text("utf-8")):
            return found[1]
        time.sleep(0.1)
    raise AssertionError(f"{log.name} does not say {pattern}:\n{log.read_text('utf-8')[-2000:]}")


def test_a_worker_of_its_own_does_the_work(spark: Shared, cluster: Cluster) -> None:
    spark.register_rows("validated.x", pa.table({"a": pa.array([3, 1, 2])}))

    assert spark.run("select a from validated.x order by a").to_pydict() == {"a": [1, 2, 3]}
    assert "Asked to launch executor" in cluster.log.read_text("utf-8")


@pytest.mark.parametrize("item", [*TABLES.values(), *INDICATORS.values()], ids=lambda item: item.id)
def test_the_worked_example_gives_the_same_rows(item: Table | Indicator, spark: Shared, duck: DuckDB) -> None:
    rows = run_example(spark, item, datasets=DATASETS, tables=TABLES, references=REFERENCES)

    assert differences(item, rows) == []
    assert rows.equals(run_example(duck, item, datasets=DATASETS, tables=TABLES, references=REFERENCES))


TRICKY = {
    "id": "BIGINT",
    "whole": "BIGINT",
    "small": "DECIMAL(8,2)",
    "large": "DECIMAL(28,6)",
    "word": "VARCHAR",
    "day": "DATE",
    "moment": "TIMESTAMP",
    "flag": "BOOLEAN",
}
NUMBERS = ("0.5", "1.5", "2.5", "-0.5", "-2.5", "0.005", "833.0873365", "374.5214865", "641.9752765", "1.0000005", "0.4999999995",
           "123456789012.123457", "9007199254.740993", "0.333333", "-7.125", "1e-7")  # fmt: skip
WORDS = ("Ås", "aa", "Ærø", "å", "Zoo", "", "Øst", "østre")


def _tricky_rows() -> pa.Table:
    rows: list[dict[str, object]] = []
    for number, text in enumerate(NUMBERS):
        exact = Decimal(text)
        small = exact.quantize(Decimal("0.01")) if abs(exact) < 10**5 else None
        rows.append(
            {
                "id": number,
                "whole": None if number == 3 else int(exact) % 7 - 3,
                "small": small,
                "large": exact.quantize(Decimal("0.000001")),
                "word": WORDS[number % len(WORDS)],
                "day": date(2024, 1 + number % 12, 1 + number) if number != 5 else None,
                "moment": datetime(2024, 12, 31, 23, 30 + number),
                "flag": number % 3 == 0,
            }
        )
    return rows_as_arrow(TRICKY, rows)


SAME = {
    "a double becomes a decimal": "cast(cast(large as double) / 3 as decimal(28, 6))",
    "a tie of a double becomes a decimal": "cast(cast(large as double) as decimal(28, 6))",
    "a double becomes a decimal without digits": "cast(cast(small as double) as decimal(12, 0))",
    "decimals are divided": "cast(small / 7 as decimal(18, 6))",
    "whole numbers are divided": "cast(whole / 3 as decimal(18, 9))",
    "a decimal becomes a whole number": "cast(small as bigint)",
    "a double becomes a whole number": "cast(cast(small as double) as bigint)",
    "a decimal loses digits": "cast(large as decimal(25, 2))",
    "decimals are multiplied": "cast(small * 0.24 * whole as decimal(28, 8))",
    "a quotient that is not there": "cast(100 * cast(small as double) / nullif(whole, 0) as decimal(28, 6))",
    "remainders": "whole % 2",
    "texts are joined": "concat_ws(';', case when flag then word end, cast(whole as varchar), cast(small as varchar))",
    "a day as text": "word || cast(day as varchar)",
    "texts are cut": "left(word, 1) || right(word, 1) || substring(word, 2, 2) || lpad(cast(id as varchar), 2, '0')",
    "texts in another case": "upper(word) || lower(word)",
    "texts in order": "row_number() over (order by word, id)",
    "what is missing comes last": "row_number() over (order by whole, id)",
    "what is missing comes last backwards": "row_number() over (order by whole desc, id)",
    "the value before": "lag(large) over (order by word, id)",
    "days between": "date_diff('day', day, cast(moment as date))",
    "an hour later": "cast(moment + interval 1 hour as date)",
    "the month of an hour later": "cast(date_trunc('month', moment + interval 1 hour) as date)",
    "the end of the month": "last_day(day)",
    "parts of a day": "year(day) * 10000 + month(day) * 100 + day(day)",
    "the greater of two": "greatest(whole, id - 8)",
    "a logarithm": "cast(ln(2 + id) as decimal(18, 6))",
    "whole parts": "cast(floor(small) * 100 + ceil(small) as bigint)",
}
"""What is asked of both engines, row by row."""

TOGETHER = {
    "sums": "sum(large), sum(small * whole), sum(whole)",
    "counts": "count(*), count(whole), count(distinct whole), count(distinct word)",
    "extremes": "min(word), max(word), min(day), max(large)",
    "the middle": "cast(median(cast(large as double)) as decimal(28, 6))",
    "a percentile": "cast(percentile_cont(0.98) within group (order by cast(small as double)) as decimal(28, 6))",
    "shares": "cast(cast(sum(case when flag then large end) as double) / cast(sum(large) as double) as decimal(9, 6))",
}
"""What is asked of both engines about groups of rows."""


def _both(spark: Shared, duck: DuckDB, query: str) -> tuple[list[list[object]], list[list[object]]]:
    answers = []
    for engine in (spark, duck):
        engine.register_rows("validated.tricky", _tricky_rows())
        answers.append([list(row.values()) for row in engine.run(query).to_pylist()])
    return answers[0], answers[1]


def test_whatever_is_hard_to_round_cut_or_sort_comes_out_the_same(spark: Shared, duck: DuckDB) -> None:
    columns = ", ".join(f"{expression} as c{number}" for number, expression in enumerate(SAME.values()))

    on_spark, on_duckdb = _both(spark, duck, f"select id, {columns} from validated.tricky order by id")

    for ours, theirs in zip(on_spark, on_duckdb, strict=True):
        assert dict(zip(SAME, ours[1:], strict=True)) == dict(zip(SAME, theirs[1:], strict=True)), f"row {ours[0]}"


def test_groups_come_out_the_same(spark: Shared, duck: DuckDB) -> None:
    parts = [part.strip() for text in TOGETHER.values() for part in re.split(r",(?![^(]*\))", text)]
    columns = ", ".join(f"{expression} as c{number}" for number, expression in enumerate(parts))

    on_spark, on_duckdb = _both(spark, duck, f"select flag, {columns} from validated.tricky group by flag order by flag")

    assert on_spark == on_duckdb


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("select nowhere from validated.tricky", MetadataError),
        ("select cast(word as bigint) as n from validated.tricky", DataError),
        ("select cast(large as decimal(8, 6)) as n from validated.tricky", DataError),
        ("select cast(cast(large as double) * 1e12 as decimal(28, 6)) as n from validated.tricky", DataError),
    ],
)
def test_an_error_says_what_it_is_and_shows_no_value(query: str, kind: type[Exception], spark: Shared) -> None:
    spark.register_rows("validated.tricky", _tricky_rows())

    with pytest.raises(kind) as error:
        spark.run(query)

    assert not any(word in str(error.value) for word in ("Ås", "Zoo", "123456789012", "833.08"))


def test_a_file_that_is_gone_is_a_matter_of_storage(spark: Shared, tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(_tricky_rows(), path)
    spark.register("validated.gone", [path])
    path.unlink()

    with pytest.raises(StorageError):
        spark.run("select id from validated.gone")


def test_real_data_gives_the_same_bytes_on_both(spark: Shared, recorded: Path, tmp_path: Path) -> None:
    """Every table and every observation of the recorded data, through the pipeline's own code."""
    from pipelines.run import Input, as_it_stands, compute_all, ingest_only
    from pipelines.settings import Settings

    settings, source = Settings(tmp_path, synthetic=False), Input("recorded", recorded)
    ingest_only(source, settings)
    states = as_it_stands(source, settings).states
    hours = states["air_quality_hourly"]
    states["air_quality_hourly"] = replace(hours, periods=hours.periods[-MONTHS:])

    by_duckdb, _ = compute_all(states, settings)
    expected = {path.relative_to(settings.computed): path.read_bytes() for path in settings.computed.rglob("*.parquet")}
    by_spark, _ = compute_all(states, settings, spark)
    found = {path.relative_to(settings.computed): path.read_bytes() for path in settings.computed.rglob("*.parquet")}

    assert set(by_spark.recomputed) >= set(by_duckdb.recomputed) - set(by_duckdb.tables)
    assert by_spark.gaps == by_duckdb.gaps
    assert sum(by_spark.rows.values()) > 10_000
    assert [name.as_posix() for name in expected if found[name] != expected[name]] == []
    assert list(found) and set(found) == set(expected)
    assert pq.read_schema(by_spark.observations).names == list(OBSERVATION_COLUMNS)
