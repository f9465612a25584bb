"""The observations of a release with small numbers withheld, and the files of each indicator."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from catalog.building.draft import Draft, one_number, take_over
from catalog.building.judged import add_record, add_withheld_record, as_dataset
from catalog.database import Stored
from catalog.described import describe_indicator, describe_standing, distribution
from catalog.distributions import write_distributions
from catalog.duck import literal, parquet
from catalog.errors import PrivacyError
from catalog.ethics.measuring import Measured
from catalog.formats.parquet import write_parquet
from catalog.formats.sdmx import sdmx_structure
from catalog.hashes import sha256
from catalog.lineage import formulas, rests_on
from catalog.model import Indicator, Text
from catalog.privacy.hidden_observations import hide_observations
from catalog.privacy.withholding import WITHHELD_CODE, sums_by_area
from catalog.publication import datasets_of


def add_observations(draft: Draft, held_back: Mapping[str, Text]) -> Path:
    """The observations that may be published, with small numbers withheld, in one Parquet file.

    A numerator or denominator that counts people (`Draft.limits`) and lies below k is a count of so few: the observation loses its
    numbers and gets the status `Q`, and so do sums of rows that are withheld and whatever would give either away.
    Raises PrivacyError when a hidden number can be computed all the same.
    """
    con, publication = draft.con, draft.publication
    con.execute("create or replace temp table held_back as select unnest($1::varchar[]) as indicator", [sorted(held_back)])
    exposed = hide_observations(con, publication.observations, draft.limits, _hidden_sums(draft), _of_the_release_before(draft))
    if exposed:
        raise PrivacyError(
            "hidden numbers can be computed from sums of the observations", where=f"{exposed} observations", effect="nothing is published",
            next_step="take the sums or their parts out of the indicators",
        )  # fmt: skip
    described = describe_standing("observations", datasets_of(publication), publication.catalog, synthetic=publication.synthetic)
    numbers = ("obs_value", "n_units", "numerator", "denominator")
    terms = ", ".join(
        f"case when hidden then null else {c.name} end as {c.name}"
        if c.name in numbers
        else f"case when hidden then '{WITHHELD_CODE}' else obs_status end as obs_status"
        if c.name == "obs_status"
        else "case when hidden then concat_ws(';', nullif(warnings, ''), 'redacted') else warnings end as warnings"
        if c.name == "warnings"
        else c.name
        for c in described.columns
    )
    con.execute(
        f"""create or replace temp view shown_observations as
        with weighed as (
          select observed.*, (indicator, ref_area, time_period, breakdown) in (from hidden_observations) as hidden
          from {parquet([publication.observations])} as observed
        )
        select {terms} from weighed"""
    )
    rows = con.sql("from shown_observations where indicator not in (select indicator from held_back)")
    path = draft.folder / "indicators" / "observations.parquet"
    path.parent.mkdir(parents=True)
    write_parquet(con, rows, described, path)
    count = one_number(con, f"select count(*) from {parquet([path])}")
    draft.files["indicators"] = write_distributions(con, described, path.parent, draft.folder)
    draft.tables.append(Stored("indicators", path, described, count))
    return path


def _hidden_sums(draft: Draft) -> dict[str, list[tuple[str, str, Any]]]:
    """By indicator: area, period and value of every sum of withheld rows that it could show."""
    publication = draft.publication
    found: dict[str, list[tuple[str, str, Any]]] = defaultdict(list)
    for state in publication.datasets:
        said = draft.parts[f"data/{state.dataset.id}"]["measured"]
        hidden = Measured.from_json(said).sums if said else ()
        if not hidden:
            continue
        rows = draft.con.sql(f"from {parquet([period.path for period in state.periods])}")
        totals = sums_by_area(draft.con, rows, state.dataset, hidden)
        for indicator in publication.indicators:
            if state.dataset.id in rests_on(indicator.sql, publication):
                found[indicator.id] += totals
    return found


def _of_the_release_before(draft: Draft) -> Path | None:
    path = draft.before.folder / "indicators" / "observations.parquet" if draft.before else None
    return path if path and path.is_file() else None


def add_indicators(draft: Draft, sources: Mapping[str, Sequence[str]], observations: Path, held_back: Mapping[str, Text]) -> None:
    """The observations of each indicator in every format, and its ethics record. One that is withheld has its record alone, and one without
    observations has no files."""
    publication = draft.publication
    changed = _changed_indicators(draft, observations)
    formula = formulas(publication)
    datasets = {state.dataset.id: state.dataset for state in publication.datasets}
    counts = dict(draft.con.execute(f"select indicator, count(*) from {parquet([observations])} group by all").fetchall())
    for indicator in publication.indicators:
        key = f"indicators/{indicator.id}"
        draft.parts[key] = {
            "fingerprint": draft.plan.parts[key],
            "rows": counts.get(indicator.id, 0),
            "version": indicator.version,
            "formula": formula[indicator.id],
        }
        if not counts.get(indicator.id):
            if indicator.id in held_back:
                _add_withheld(draft, indicator, sources)
            continue
        path = draft.folder / key / f"{indicator.id}.parquet"
        files = [] if indicator.id in changed else take_over(draft, key)
        if not files:
            behind = [datasets[dataset] for dataset in sources[indicator.id]]
            weighed = as_dataset(draft, indicator, sources).ethics
            described = describe_indicator(indicator, behind, publication.catalog, synthetic=publication.synthetic, ethics=weighed)
            path.parent.mkdir(parents=True)
            rows = draft.con.sql(f"from {parquet([observations])} where indicator = {literal(indicator.id)}")
            write_parquet(draft.con, rows, described, path)
            files = write_distributions(draft.con, described, path.parent, draft.folder, indicator=indicator)
        draft.files[key] = [*files, add_record(draft, indicator, sources, path)]
    shown = [indicator for indicator in publication.indicators if counts.get(indicator.id)]
    if shown:
        areas = dict(draft.con.execute(f"select ref_area, max(ref_area_name) from {parquet([observations])} group by ref_area").fetchall())
        described = describe_standing("observations", datasets_of(publication), publication.catalog, synthetic=publication.synthetic)
        path = draft.folder / "indicators" / "sdmx-structure.xml"
        path.write_bytes(sdmx_structure(shown, areas, described))
        draft.files["indicators"].append(distribution(path, draft.folder, "sdmx_structure", None))


def _add_withheld(draft: Draft, indicator: Indicator, sources: Mapping[str, Sequence[str]]) -> None:
    """The record of an indicator that is withheld, with what was measured on the file that it would have had, which is gone afterwards."""
    publication = draft.publication
    path = draft.folder / "indicators" / indicator.id / f"{indicator.id}.parquet"
    path.parent.mkdir(parents=True)
    described = describe_indicator(indicator, datasets_of(publication), publication.catalog, synthetic=publication.synthetic)
    write_parquet(draft.con, draft.con.sql(f"from shown_observations where indicator = {literal(indicator.id)}"), described, path)
    add_withheld_record(draft, indicator, sources, path)
    path.unlink()


def _changed_indicators(draft: Draft, observations: Path) -> set[str]:
    """Indicators with any row that differs from the release before, found by comparing every row."""
    before = observations_before(draft)
    if before is None:
        return {indicator.id for indicator in draft.publication.indicators}
    new, old = parquet([observations]), parquet([before])
    rows = draft.con.execute(
        f"select distinct indicator from ((from {new} except all from {old}) union all (from {old} except all from {new}))"
    ).fetchall()
    return {indicator for (indicator,) in rows}


def observations_before(draft: Draft) -> Path | None:
    """The observations of the release before, if they are what its manifest says and have the same columns."""
    if draft.before is None:
        return None
    path = draft.before.folder / "indicators" / "observations.parquet"
    known = draft.before.files.get("indicators/observations.parquet")
    if not known or not path.is_file() or sha256(path) != known["sha256"]:
        return None
    columns = draft.con.sql(f"from {parquet([path])}").columns
    return path if columns == draft.con.sql(f"from {parquet([draft.folder / 'indicators' / 'observations.parquet'])}").columns else None
