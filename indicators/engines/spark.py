"""Apache Spark as the engine, for those who outgrow one machine: the same queries, the same rows. An optional extra.

Its session is opened when the first table or query comes: that takes some ten seconds and needs Java.
"""

# The package is an optional extra.
# pyright: reportMissingImports=false

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from catalog.errors import DataError, MetadataError, StorageError, UsageError
from indicators.engines.spark_sql import to_spark, view_name

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import SparkSession

SETTINGS = {
    "spark.app.name": "bymaal",
    "spark.log.level": "OFF",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.sources.ignoreDataLocality": "true",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}
"""What makes numbers and times the same as on DuckDB: errors are raised and not turned into null, and no decimal loses digits."""

ON_THIS_MACHINE = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1", "spark.sql.shuffle.partitions": "4"}
"""For a master inside this process: nothing listens to the network, and small tables are not cut into two hundred pieces."""


class Spark:
    """An `Engine` on Apache Spark. The files of a run must be at the same path on every worker, such as on a shared disk."""

    def __init__(self, *, master: str = "local[2]", memory: str = "1g", settings: Mapping[str, str] | None = None) -> None:
        here = ON_THIS_MACHINE if master.startswith("local") else {}
        self._settings = {**SETTINGS, **here, "spark.driver.memory": memory, **(settings or {})}
        self._master = master
        self._session: SparkSession | None = None
        self._columns: dict[str, dict[str, str]] = {}

    @property
    def version(self) -> str:
        try:
            return f"spark {version('pyspark')}"
        except PackageNotFoundError as error:
            raise UsageError("Apache Spark is not installed", where="--engine spark", next_step="make spark") from error

    def register(self, name: str, files: Sequence[Path]) -> None:
        session = self._connection()
        with _without_values():
            rows = session.read.parquet(*(file.resolve().as_uri() for file in files))
            rows.createOrReplaceTempView(view_name(name))
            self._columns[name] = dict(rows.dtypes)

    def register_rows(self, name: str, rows: pa.Table) -> None:
        session = self._connection()
        with _without_values():
            handed_in = session.createDataFrame(rows)
            handed_in.createOrReplaceTempView(view_name(name))
            self._columns[name] = dict(handed_in.dtypes)

    def run(self, sql: str) -> pa.Table:
        from indicators.load import dependencies

        session = self._connection()
        known = {name: self._columns[name] for name in dependencies(sql) if name in self._columns}
        written = to_spark(sql, known)
        with _without_values():
            return session.sql(written).toArrow()

    def close(self) -> None:
        if self._session is not None:
            self._session.stop()
            self._session = None
            self._columns = {}

    def _connection(self) -> SparkSession:
        """The session, opened once. Raises UsageError when Spark or Java is not there, or the master does not answer."""
        if self._session is None:
            assert self.version
            from pyspark.sql import SparkSession

            builder = SparkSession.builder.master(self._master)
            for key, value in self._settings.items():
                builder = builder.config(key, value)
            try:
                self._session = builder.getOrCreate()
            except Exception as error:
                raise UsageError(
                    f"Apache Spark does not start ({type(error).__name__})",
                    where=f"--master {self._master}",
                    effect="nothing was computed",
                    next_step="install Java 17 and set JAVA_HOME if `java -version` fails; else see that the master answers",
                ) from error
        return self._session


@contextmanager
def _without_values() -> Iterator[None]:
    """Turn Spark's errors into ours. Of its message only the name of the error is passed on, because the rest may quote a value."""
    from py4j.protocol import Py4JError
    from pyspark.errors import AnalysisException, ParseException, PySparkException

    try:
        yield
    except (AnalysisException, ParseException) as error:
        raise MetadataError(f"the query does not fit its tables: {_name_of(error)}") from error
    except PySparkException as error:
        if _is_about_values(error):
            raise DataError(
                f"a value does not fit the type it is given ({_name_of(error)})",
                next_step="look for numbers that are too large, not a number, or text where a number should be",
            ) from error
        raise _stopped(_name_of(error)) from error
    except (Py4JError, OSError) as error:
        raise _stopped(type(error).__name__) from error


def _is_about_values(error: Exception) -> bool:
    from pyspark.errors import ArithmeticException, DateTimeException, NumberFormatException, SparkRuntimeException

    return isinstance(error, (ArithmeticException, DateTimeException, NumberFormatException, SparkRuntimeException))


def _name_of(error: Exception) -> str:
    condition = getattr(error, "getCondition", lambda: None)()
    return condition or type(error).__name__


def _stopped(what: str) -> StorageError:
    return StorageError(
        f"the query could not be run to its end ({what})",
        effect="what was computed before stays",
        next_step="see that every worker reaches the files, and give --memory more if memory was short",
    )
