"""From one published value down to the bytes it rests on: formula, rows, snapshots, checks and warnings, read from a release's database.

Nothing outside the release is asked, so that anybody who has the file can do the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog.errors import UsageError
from catalog.lineage import leads_to

if TYPE_CHECKING:
    import duckdb

OF_DATASETS = ("proxy", "discontinued", "corrected")
"""Warnings that are not the value's own, but of its indicator or of a dataset behind it; all others stand beside the value."""


@dataclass(frozen=True)
class Explanation:
    """One published value with everything it rests on."""

    record: dict[str, Any]

    def as_record(self) -> dict[str, Any]:
        return self.record

    def as_text(self) -> str:
        r = self.record
        lines = [f"{r['title']} – {r['area_name']} ({r['area']}), {r['period']}, release {r['release']}", ""]
        width = max((len(value["breakdown"]) for value in r["values"]), default=0)
        for value in r["values"]:
            shown = "no value" if value["obs_value"] is None else f"{_plain(value['obs_value'])} {r['unit']}"
            lines.append(
                f"  {value['breakdown'] or 'value':<{max(width, 5)}}  {shown}  status {value['obs_status']} ({value['status_means']})"
            )
            facts = ("numerator", "denominator", "coverage", "n_units", "comparability", "borders_year")
            said = ", ".join(f"{fact} {_plain(value[fact])}" for fact in facts if value[fact] is not None)
            lines += [f"      {said}"] if said else []
        lines += ["", *(f"Read with care: {w['means']} ({w['code']})" for w in r["warnings"])] if r["warnings"] else []
        lines += ["", f"Formula: {r['formula']}", f"  version {r['formula_version']}, query {r['sql_sha256'][:16]}"]
        lines += [f"  {column} from {', '.join(sources)}" for column, sources in r["columns"].items()]
        lines += [f"Fidelity: {r['fidelity']} – {r['fidelity_why']}"]
        for source in r["datasets"]:
            lines += ["", f"From {source['dataset']} ({source['publisher']}, {source['licence']})", *_told(source)]
        return "\n".join(lines)


def _plain(value: object) -> str:
    """A figure without zeros at its end; a code as it is."""
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)


def _told(source: dict[str, Any]) -> list[str]:
    """What is said of one dataset behind a value."""
    lines = [f"  {source['rows']:,} rows {source['scope']}"]
    done = f"{source['set_aside']:,} delivered rows set aside, {source['repeated']:,} lost to another of their key"
    lines.append(f"  in {source['periods']} periods; {done}")
    lines.append(f"  {source['checks_passed']} checks passed" + "".join(f"; not: {check}" for check in source["checks_failed"]))
    lines += [f"  corrected here: {c['correction']} – {c['why']}" for c in source["corrections"]]
    for s in source["snapshots"]:
        taken = s["retrieved_on"] or "date unknown"
        lines.append(f"  {s['rows']:>9,} rows from {s['sha256'][:16]}  {s['file']}  {taken}  {s['licence']}  {s['source_url']}")
    return lines


def explain(
    public: Path, indicator: str, area: str, period: str, *, breakdown: str | None = None, release: str | None = None, language: str = "en"
) -> Explanation:
    """From one published value, or all its breakdowns, down to the snapshots. Raises UsageError where there is no such observation."""
    from pipelines.query import open_database

    with open_database(public, release) as con:
        values = _asked(
            con,
            f"""
            select
              o.*,
              c.name_{language} as status_means
            from indicators.observations as o
            left join meta.codes as c
              on c.list = 'obs_status'
              and c.code = o.obs_status
            where indicator = $1
              and ref_area = $2
              and time_period = $3
              and ($4 is null or breakdown = $4)
            order by breakdown""",
            [indicator, area, period, breakdown],
        )
        if not values:
            raise UsageError(
                f"no observation of {indicator} for {area} in {period}{f' with {breakdown}' if breakdown else ''}",
                where="explain",
                next_step=f'bymaal sql "select distinct ref_area, time_period, breakdown from indicators.{indicator}"',
            )
        about = _asked(con, "select * from meta.indicators where indicator = $1", [indicator])[0]
        years = [int(period[:4]) + int(other) for other in ("0", *(about.get("other_years") or "").split(";")) if other]
        datasets = [_behind(con, dataset, area, years, language) for dataset in about["datasets"].split(";") if dataset]
        return Explanation(
            {
                "release": _asked(con, "select release from meta.release", [])[0]["release"],
                "indicator": indicator,
                "title": about[f"title_{language}"],
                "area": area,
                "area_name": values[0]["ref_area_name"],
                "period": period,
                "unit": about["unit"],
                "values": values,
                "warnings": _warnings(con, values, datasets, language),
                "formula": about[f"formula_{language}"],
                "formula_version": about["version"],
                "sql_sha256": about["sql_sha256"],
                "sql": about["sql"],
                "columns": _columns(con, indicator),
                "fidelity": about["fidelity"],
                "fidelity_why": about[f"fidelity_why_{language}"],
                "datasets": datasets,
            }
        )


def _asked(con: duckdb.DuckDBPyConnection, sql: str, values: list[Any]) -> list[dict[str, Any]]:
    con.execute(sql, values)
    names = [column[0] for column in con.description or ()]
    return [dict(zip(names, row, strict=True)) for row in con.fetchall()]


def _columns(con: duckdb.DuckDBPyConnection, indicator: str) -> dict[str, list[str]]:
    """What value, numerator and denominator are computed from, through the tables between, as `data.<dataset>.<column>`."""
    rows = _asked(
        con,
        """
        with recursive back as (
          select
            column_name as answer,
            from_table,
            from_column
          from meta.column_lineage
          where query = $1
            and column_name in ('obs_value', 'numerator', 'denominator')
          union
          select
            back.answer,
            further.from_table,
            further.from_column
          from back
          inner join meta.column_lineage as further
            on 'tables.' || further.query = back.from_table
            and further.column_name = back.from_column
        )
        select
          answer,
          list(replace(from_table, 'validated.', 'data.') || '.' || from_column order by from_table, from_column) as sources
        from back
        where not starts_with(from_table, 'tables.')
        group by answer
        order by answer desc""",
        [indicator],
    )
    return {row["answer"]: row["sources"] for row in rows}


def _warnings(
    con: duckdb.DuckDBPyConnection, values: list[dict[str, Any]], datasets: list[dict[str, Any]], language: str
) -> list[dict[str, str]]:
    """Codes of the vocabulary `warning` that hold for these values, said in words; each once."""
    codes = {code for value in values for code in (value["warnings"] or "").split(";") if code}
    hold = (
        any(value["fidelity"] == "proxy" for value in values),
        any(source["freshness"] in ("ended", "retired") for source in datasets),
        any(source["corrections"] for source in datasets),
    )
    codes |= {code for code, holds in zip(OF_DATASETS, hold, strict=True) if holds}
    return _asked(
        con,
        f"""
        select
          code,
          name_{language} as means
        from meta.codes
        where list = 'warning'
          and list_contains($1::varchar[], code)
        order by code""",
        [sorted(codes)],
    )


def _behind(con: duckdb.DuckDBPyConnection, dataset: str, area: str, years: list[int], language: str) -> dict[str, Any]:
    """One dataset behind a value: its terms, the snapshots that brought its rows of the place and years, and what was done to them."""
    about = _asked(
        con, "select dataset, publisher, licence, attribution, is_published, freshness from meta.datasets where dataset = $1", [dataset]
    )[0]
    snapshots = _asked(
        con,
        f"""
        with here as (
          select
            place_column,
            place
          from ({leads_to(con)})
          where area = $2
        ),
        brought as (
          select
            sha256,
            sum(rows)::bigint as rows
          from meta.rows_behind as r
          where dataset = $1
            and (year is null or list_contains($3::bigint[], year) or $2 = 'catalogue')
            and (
              place is null
              or length($2) <> 4
              or place_column not in ('municipality', 'code', 'station', 'county')
              or (place_column = 'county' and place = left($2, 2))
              or (place_column, place) in (select (place_column, place) from here)
            )
          group by sha256
        )
        select
          s.sha256,
          min(s.file) as file,
          arg_min(s.format, s.file) as format,
          arg_min(s.source_url, s.file) as source_url,
          arg_min(s.publisher, s.file) as publisher,
          arg_min(s.licence, s.file) as licence,
          max(s.retrieved_on) as retrieved_on,
          max(brought.rows) as rows
        from brought
        inner join meta.snapshots as s
          on s.sha256 = brought.sha256
          and s.dataset = $1
        group by s.sha256
        order by file, sha256""",
        [dataset, area, years],
    )
    done = _asked(
        con,
        """
        select
          count(*) as periods,
          coalesce(sum(set_aside), 0)::bigint as set_aside,
          coalesce(sum(repeated), 0)::bigint as repeated
        from meta.periods
        where dataset = $1
          and (period = 'all' or list_contains($2::bigint[], try_cast(left(period, 4) as bigint)))""",
        [dataset, years],
    )[0]
    checks = _asked(con, "select success, description from meta.quality where dataset = $1", [dataset])
    corrections = _asked(
        con,
        f"""
        select
          correction,
          column_name,
          row_key,
          why_{language} as why
        from meta.corrections
        where dataset = $1
          and outcome = 'applied'""",
        [dataset],
    )
    has_place = _asked(con, "select place_column from meta.rows_behind where dataset = $1 and place is not null limit 1", [dataset])
    where = f"for {area} and what it was before" if has_place and len(area) == 4 else "for all places"
    return {
        **about,
        **done,
        "rows": sum(s["rows"] for s in snapshots),
        "scope": f"{where} in {' and '.join(map(str, sorted(years)))}",
        "snapshots": snapshots,
        "checks_passed": sum(bool(check["success"]) for check in checks),
        "checks_failed": [check["description"] for check in checks if not check["success"]],
        "corrections": corrections,
    }
