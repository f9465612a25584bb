"""Departures per stop and week: Entur's timetables in GTFS, read member by member from the zip file within limits."""

from __future__ import annotations

import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from catalog.duck import literal
from catalog.errors import ParseError
from catalog.model import Dataset
from pipelines.reading.ask import Request, Window
from pipelines.reading.utm import utm33

CODESPACES = ("rut", "atb", "kol", "sky", "mor", "sjn", "nsb", "avi")
"""Exports that are asked for one by one; the national one is larger than an answer may be."""

MEMBERS: Mapping[str, tuple[str, ...]] = {
    "stops.txt": ("stop_id", "stop_name", "stop_lat", "stop_lon"),
    "trips.txt": ("trip_id", "service_id"),
    "stop_times.txt": ("trip_id", "stop_id", "departure_time", "stop_sequence"),
    "calendar.txt": ("service_id", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "start_date", "end_date"),
    "calendar_dates.txt": ("service_id", "date", "exception_type"),
}
"""The members that are read, with the columns they must have. The last two are alternatives: either may be absent."""
OPTIONAL = frozenset({"calendar.txt", "calendar_dates.txt"})
PERHAPS = {"stops.txt": ("parent_station", "vehicle_type"), "stop_times.txt": ("pickup_type",)}
"""Columns that are read where they are."""

MOST_MEMBERS = 64
LARGEST_MEMBER = 2 * 2**30
LARGEST_EXPORT = 3 * 2**30
LARGEST_RATIO = 200
"""Unpacked to packed bytes of one member. Real calendars with long ids reach 52."""
MODES = {
    "tram": (0, 900),
    "metro": (1, 400, 500, 600),
    "rail": (2, 100),
    "bus": (3, 200, 700, 800),
    "water": (4, 1000, 1200),
    "air": (1100,),
    "cable": (5, 6, 7, 1300, 1400),
}
"""What stops at a stop: the first types of GTFS (0 to 7) and the hundreds of its extended types, as `vehicle_type` of a stop has them."""
SMALL = 2**20
"""Below this size a high ratio does no harm."""
CHUNK = 2**20
LONGEST_SERVICE = 1100
"""Days. Timetables are for months; a pattern without end would unfold into days without end."""


def ask(dataset: Dataset, window: Window) -> Iterator[Request]:
    """Today's export of each codespace, once a week: one row is a week, and an export covers the next three to four months."""
    for codespace in CODESPACES:
        yield Request(
            url=f"{dataset.source.service}rb_{codespace}-aggregated-gtfs.zip",
            format="gtfs_zip",
            note=f"timetable of codespace {codespace.upper()}",
            expects="zip",
            again_after="P7D",
        )


def parse_gtfs_zip(con: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> duckdb.DuckDBPyRelation:
    """One row per stop, codespace and week (Monday to Sunday of service days) with its departures.

    A departure is a call at which passengers may board: neither one without pickup nor the last one of its trip. It counts on the service
    day of its trip, also after midnight, when its time is 24:00:00 or later. The codespace is the first part of the trip's id, and `-`
    in exports from before 2017, whose ids have none.

    Raises ParseError for a zip file beyond the limits or with a strange name inside, for a missing file or column, a trip or service
    that is used but not described, a time that is none, and for trips by headway (`frequencies.txt`), which would be counted once.
    """
    tables = [_departures(con, path) for path in paths]
    return con.from_arrow(pa.concat_tables(tables))


def _departures(con: duckdb.DuckDBPyConnection, path: Path) -> pa.Table:
    with tempfile.TemporaryDirectory(prefix="gtfs-") as folder:
        found = _unpack(path, Path(folder))
        sources = {member: _source(con, path, member, found.get(member)) for member in MEMBERS}
        _check(con, sources, path)
        con.execute(f"create or replace temp table gtfs_calls as {_calls_sql(sources)}")
        con.execute(f"create or replace temp table gtfs_days as {_days_sql(sources)}")
        try:
            _check_calls(con, sources, path)
            return con.execute(_weeks_sql(sources), [str(path)]).to_arrow_table()
        finally:
            con.execute("drop table gtfs_calls; drop table gtfs_days")


# --- zip ---


def _unpack(path: Path, folder: Path) -> dict[str, Path]:
    """The members that are read, unpacked into `folder` one by one; every name and size is looked at before any byte is unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_members(members, path)
            by_name = {member.filename: member for member in members}
            if lacking := [name for name in MEMBERS if name not in by_name and name not in OPTIONAL]:
                raise _refused(f"without {', '.join(lacking)}", path)
            if not OPTIONAL.intersection(by_name):
                raise _refused(f"without {' and '.join(sorted(OPTIONAL))}, so no trip has a day", path)
            if "frequencies.txt" in by_name and len(archive.open("frequencies.txt").read(CHUNK).splitlines()) > 1:
                raise _refused("trips by headway (frequencies.txt)", path, "count them before the export is used")
            return {name: _unpack_member(archive, by_name[name], folder / name, path) for name in MEMBERS if name in by_name}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError):
        # The error itself may quote names from the file.
        raise _refused("not a readable zip file", path) from None


def _check_members(members: Sequence[zipfile.ZipInfo], path: Path) -> None:
    if len(members) > MOST_MEMBERS:
        raise _refused(f"more than {MOST_MEMBERS} files in the zip file", path)
    if strange := [m for m in members if not re.fullmatch(r"[A-Za-z0-9_]{1,60}\.(txt|geojson)", m.filename)]:
        raise _refused(f"{len(strange)} names in the zip file that are not those of a timetable", path)
    if len({m.filename for m in members}) != len(members):
        raise _refused("a name that stands twice in the zip file", path)
    if max((m.file_size for m in members), default=0) > LARGEST_MEMBER or sum(m.file_size for m in members) > LARGEST_EXPORT:
        raise _refused(f"it unpacks to more than {LARGEST_EXPORT // 2**30} GiB", path, "raise the limit if the source has grown")
    if any(m.file_size > SMALL and m.file_size > LARGEST_RATIO * max(m.compress_size, 1) for m in members):
        raise _refused(f"a file packed more than {LARGEST_RATIO} times", path)


def _unpack_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, path: Path) -> Path:
    """The bytes are counted as they come, because the size that a zip file states may be a lie."""
    written = 0
    with archive.open(member) as packed, target.open("wb") as file:
        while chunk := packed.read(CHUNK):
            written += len(chunk)
            if written > member.file_size:
                raise _refused("a file that is larger than the zip file says", path)
            file.write(chunk)
    return target


# --- tables ---


def _source(con: duckdb.DuckDBPyConnection, path: Path, member: str, file: Path | None) -> str:
    """A query over one member with the columns that are read, all as text; without rows where the member is absent."""
    needed, perhaps = MEMBERS[member], PERHAPS.get(member, ())
    if file is None:
        return f"select {', '.join(f'null::varchar as {column}' for column in needed)} where false"
    with file.open("rb") as lines:
        header = lines.readline(10_000)
    try:
        columns = [column.strip().strip('"') for column in header.decode("utf-8-sig").split(",")]
    except UnicodeDecodeError:
        raise _refused(f"{member} is not UTF-8", path) from None
    if lacking := [column for column in needed if column not in columns]:
        raise _refused(f"{member} without {', '.join(lacking)}", path)
    if len(set(columns)) != len(columns) or not all(re.fullmatch(r"\w+", column) for column in columns):
        raise _refused(f"{member} has a column that cannot be told from the others", path)
    types = ", ".join(f"'{column}': 'VARCHAR'" for column in columns)
    kept = [*needed, *(column if column in columns else f"null::varchar as {column}" for column in perhaps)]
    return f"""
        select {", ".join(kept)}
        from read_csv(
          {literal(str(file))},
          header = true,
          delim = ',',
          quote = '"',
          escape = '"',
          auto_detect = false,
          nullstr = '',
          columns = {{{types}}}
        )"""


def _calls_sql(sources: Mapping[str, str]) -> str:
    """Every call with the service of its trip, and whether passengers may board."""
    return f"""
        with calls as (
          select
            trip_id,
            stop_id,
            departure_time,
            pickup_type,
            try_cast(stop_sequence as bigint) as place,
            max(try_cast(stop_sequence as bigint)) over (partition by trip_id) as last_place
          from ({sources["stop_times.txt"]})
        )
        select
          calls.stop_id,
          coalesce(nullif(regexp_extract(calls.trip_id, '^([A-Z]{{3}}):', 1), ''), '-') as codespace,
          trips.service_id,
          trips.trip_id is not null as is_described,
          calls.place is not null as is_ordered,
          calls.place < calls.last_place and coalesce(calls.pickup_type, '0') <> '1' as may_board,
          regexp_full_match(trim(calls.departure_time), '\\d{{1,2}}:[0-5]\\d:[0-5]\\d') as is_time,
          try_cast(split_part(trim(calls.departure_time), ':', 1) as integer) >= 24 as after_midnight,
          calls.departure_time is null as is_untimed
        from calls
        left join ({sources["trips.txt"]}) as trips on trips.trip_id = calls.trip_id"""


def _days_sql(sources: Mapping[str, str]) -> str:
    """Every service day of every service, each once: the weekly pattern, with days added (1) and taken away (2)."""
    weekdays = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    runs = " ".join(f"when {number} then {day}" for number, day in enumerate(weekdays, start=1))
    return f"""
        with pattern as (
          select
            service_id,
            unnest(generate_series(strptime(start_date, '%Y%m%d'), strptime(end_date, '%Y%m%d'), interval 1 day))::date as day,
            {", ".join(weekdays)}
          from ({sources["calendar.txt"]})
        ),
        exceptions as (
          select service_id, strptime(date, '%Y%m%d')::date as day, exception_type
          from ({sources["calendar_dates.txt"]})
        )
        (
          select service_id, day from pattern where case isodow(day) {runs} end = '1'
          union
          select service_id, day from exceptions where exception_type = '1'
        )
        except
        select service_id, day from exceptions where exception_type = '2'"""


def _check(con: duckdb.DuckDBPyConnection, sources: Mapping[str, str], path: Path) -> None:
    """What would count departures twice, or unfold a small file into a huge one."""
    _refuse_any(
        con,
        path,
        {
            "trips that stand twice": f"select count(*) - count(distinct trip_id) from ({sources['trips.txt']})",
            "stops that stand twice": f"select count(*) - count(distinct stop_id) from ({sources['stops.txt']})",
            "exceptions of an unknown type": f"""
                select count(*) from ({sources["calendar_dates.txt"]}) where coalesce(exception_type not in ('1', '2'), true)""",
            f"services of more than {LONGEST_SERVICE} days": f"""
                select count(*) from ({sources["calendar.txt"]})
                where date_diff('day', strptime(start_date, '%Y%m%d'), strptime(end_date, '%Y%m%d')) > {LONGEST_SERVICE}""",
        },
    )


def _check_calls(con: duckdb.DuckDBPyConnection, sources: Mapping[str, str], path: Path) -> None:
    """What would make departures vanish without a trace."""
    _refuse_any(
        con,
        path,
        {
            "calls of trips that trips.txt does not have": "select count(*) from gtfs_calls where not is_described",
            "calls without a place in their trip": "select count(*) from gtfs_calls where not is_ordered",
            "departure times that are no times": "select count(*) from gtfs_calls where not is_untimed and not is_time",
            "services that no calendar has": f"""
                select count(*) from (select distinct service_id from gtfs_calls) as used
                where not exists (select 1 from ({sources["calendar.txt"]}) as c where c.service_id = used.service_id)
                  and not exists (select 1 from ({sources["calendar_dates.txt"]}) as c where c.service_id = used.service_id)""",
        },
    )


def _refuse_any(con: duckdb.DuckDBPyConnection, path: Path, questions: Mapping[str, str]) -> None:
    for what, query in questions.items():
        row = con.execute(query).fetchone()
        if row and row[0]:
            raise _refused(f"{row[0]} {what}", path, "ask for the export again; if it stays so, ask its publisher")


def _weeks_sql(sources: Mapping[str, str]) -> str:
    """Calls and days are counted first and multiplied then, so that no row per call and day is ever made."""
    east, north = utm33("any_value(stops.stop_lat)::double", "any_value(stops.stop_lon)::double")
    return f"""
        with calls as (
          select
            stop_id,
            codespace,
            service_id,
            count(*) as departures,
            count(*) filter (after_midnight) as after_midnight
          from gtfs_calls
          where may_board
          group by all
        ),
        span as (
          select calls.codespace, min(days.day) as first_day, max(days.day) as last_day
          from (select distinct codespace, service_id from gtfs_calls) as calls
          join gtfs_days as days using (service_id)
          group by all
        ),
        weeks as (
          select service_id, date_trunc('week', day)::date as week_start, count(*) as days
          from gtfs_days
          group by all
        )
        select
          calls.stop_id as stop,
          calls.codespace,
          weeks.week_start,
          sum(calls.departures * weeks.days)::bigint as departures,
          sum(calls.after_midnight * weeks.days)::bigint as after_midnight,
          any_value(
            date_diff('day', greatest(span.first_day, weeks.week_start), least(span.last_day, weeks.week_start + interval 6 day)::date) + 1
          )::bigint as days_covered,
          any_value(stops.stop_name) as stop_name,
          any_value(stops.parent_station) as stop_place,
          any_value(stops.stop_lat) as latitude,
          any_value(stops.stop_lon) as longitude,
          {east}::decimal(10, 1) as east,
          {north}::decimal(10, 1) as north,
          {_mode("any_value(stops.vehicle_type)")} as mode,
          ? as file
        from calls
        join weeks using (service_id)
        join span using (codespace)
        left join ({sources["stops.txt"]}) as stops on stops.stop_id = calls.stop_id
        group by calls.stop_id, calls.codespace, weeks.week_start"""


def _mode(vehicle_type: str) -> str:
    """An expression for the mode; missing where the export does not tell, or tells a type that nobody knows."""
    number = f"try_cast({vehicle_type} as bigint)"
    kind = f"case when {number} < 100 then {number} else {number} // 100 * 100 end"
    terms = " ".join(f"when {kind} in ({', '.join(str(code) for code in codes)}) then '{mode}'" for mode, codes in MODES.items())
    return f"case {terms} end"


def _refused(what: str, path: Path, next_step: str = "compare the file with the format it is listed as") -> ParseError:
    return ParseError(what, where=path.name, effect="nothing of this file is used", next_step=next_step)


PARSERS = {"gtfs_zip": parse_gtfs_zip}
