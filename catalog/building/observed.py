"""The observations of a release with small numbers withheld, and the files of each indicator."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from catalog.building.admission import unpublished
from catalog.building.draft import Draft, one_number, take_over
from catalog.database import Stored
from catalog.described import describe_indicator, describe_standing, distribution
from catalog.distributions import write_distributions
from catalog.duck import literal, parquet
from catalog.errors import PrivacyError
from catalog.ethics.measuring import Measured
from catalog.ethics.record import EthicsRecord
from catalog.ethics.rules import sentence
from catalog.formats.parquet import write_parquet
from catalog.formats.sdmx import sdmx_structure
from catalog.hashes import sha256
from catalog.lineage import formulas, rests_on
from catalog.model import Text
from catalog.privacy.hidden_observations import hide_observations
from catalog.privacy.withholding import WITHHELD_CODE, sums_by_area
from catalog.publication import Publication, datasets_of


def held_back_indicators(draft: Draft, sources: Mapping[str, Sequence[str]]) -> dict[str, Text]:
    """Indicators that may not be published because of a dataset they rest on, and why.

    A dataset whose rows a named role refused to publish may still be used for sums, if that was weighed and is in date. One that nobody
    has weighed, whose assessment is overdue, or that holds personal identifiers, may not.
    """
    closed = {dataset for dataset in unpublished(draft) if _closes(draft.ethics[dataset])}
    found: dict[str, Text] = {}
    for indicator, datasets in sources.items():
        behind = [draft.ethics[dataset] for dataset in datasets if dataset in closed]
        if behind:
            names = {lang: ", ".join(record.title.get(lang) for record in behind) for lang in ("nb", "nn", "en")}
            found[indicator] = sentence("withheld", "rests_on", datasets=names["nb"], datasets_nn=names["nn"], datasets_en=names["en"])
    return found


def _closes(record: EthicsRecord) -> bool:
    """Whether indicators that rest on a withheld dataset are withheld with it."""
    if record.declared is None or record.declared.decision.status == "required":
        return True
    return any(check.blocks and check.rule in ("B01", "B02", "B05") for check in record.checks if check.outcome != "untested")


def add_observations(draft: Draft, held_back: Mapping[str, Text]) -> Path:
    """The observations that may be published, with small numbers withheld, in one Parquet file.

    Where an indicator's query rests only on datasets that count people or meters, or on one whose rows are withheld, a numerator or
    denominator from 1 to k-1 is a count of so few: the observation loses its numbers and gets the status `Q`, and so do sums of rows that
    are withheld and whatever would give either away. An indicator about other indicators counts those, not people.
    Raises PrivacyError when a hidden number can be computed all the same.
    """
    con, publication = draft.con, draft.publication
    limits = {
        i.id: k for i in publication.indicators if i.counts_people and (k := _limit(draft, publication, rests_on(i.sql, publication)))
    }
    con.execute("create or replace temp table held_back as select unnest($1::varchar[]) as indicator", [sorted(held_back)])
    exposed = hide_observations(con, publication.observations, limits, _hidden_sums(draft), _of_the_release_before(draft))
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
    rows = con.sql(
        f"""with weighed as (
          select observed.*, (indicator, ref_area, time_period, breakdown) in (from hidden_observations) as hidden
          from {parquet([publication.observations])} as observed
          where observed.indicator not in (select indicator from held_back)
        )
        select {terms} from weighed"""
    )
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


def _limit(draft: Draft, publication: Publication, datasets: Collection[str]) -> int | None:
    """The smallest group that an indicator on these datasets may show, where it can show groups of people at all."""
    declared = {state.dataset.id: state.dataset.ethics for state in publication.datasets}
    weighed = [ethics for dataset in datasets if (ethics := declared[dataset])]
    from_rows = [e.threshold for d in datasets if (e := declared[d]) and not draft.ethics[d].is_published and e.about_people != "none"]
    only_counts = bool(weighed) and all(ethics.count_columns for ethics in weighed)
    return max([*from_rows, *(ethics.threshold for ethics in weighed if only_counts)], default=None)


def add_indicators(draft: Draft, sources: Mapping[str, Sequence[str]], observations: Path) -> None:
    """The observations of each indicator in every format. An indicator without observations has no files."""
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
            continue
        files = [] if indicator.id in changed else take_over(draft, key)
        if not files:
            behind = [datasets[dataset] for dataset in sources[indicator.id]]
            described = describe_indicator(indicator, behind, publication.catalog, synthetic=publication.synthetic)
            folder = draft.folder / key
            folder.mkdir(parents=True)
            rows = draft.con.sql(f"from {parquet([observations])} where indicator = {literal(indicator.id)}")
            write_parquet(draft.con, rows, described, folder / f"{indicator.id}.parquet")
            files = write_distributions(draft.con, described, folder, draft.folder, indicator=indicator)
        draft.files[key] = files
    shown = [indicator for indicator in publication.indicators if counts.get(indicator.id)]
    if shown:
        areas = dict(draft.con.execute(f"select ref_area, max(ref_area_name) from {parquet([observations])} group by ref_area").fetchall())
        described = describe_standing("observations", datasets_of(publication), publication.catalog, synthetic=publication.synthetic)
        path = draft.folder / "indicators" / "sdmx-structure.xml"
        path.write_bytes(sdmx_structure(shown, areas, described))
        draft.files["indicators"].append(distribution(path, draft.folder, "sdmx_structure", None))


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
