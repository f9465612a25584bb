"""The tables of a release that are no datasets: intermediate tables, area tables, comparison with peers and progress."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from catalog.building.admission import unpublished
from catalog.building.draft import Draft, one_number, take_over
from catalog.building.plan import COMPARISONS
from catalog.database import Gap, Stored
from catalog.described import Described, describe_standing, describe_table
from catalog.distributions import write_distributions
from catalog.duck import parquet
from catalog.errors import PrivacyError
from catalog.ethics.rules import sentence
from catalog.formats.parquet import write_parquet
from catalog.hashes import digest
from catalog.lineage import behind_areas, rests_on
from catalog.model import Dataset, Table, Text
from catalog.privacy.withholding import WITHHELD_CODE, published_columns, withhold
from catalog.publication import datasets_of

WOULD_TELL = Text(
    nb="Rader som ville røpet et tall som holdes tilbake av personvernhensyn, er utelatt.",
    nn="Rader som ville ha røpt eit tal som blir halde tilbake av omsyn til personvern, er utelatne.",
    en="Rows that would reveal a number which is withheld for confidentiality are left out.",
)


def add_tables(draft: Draft) -> None:
    """Intermediate tables and area tables. A table that rests on a withheld dataset is withheld too: its rows are too close to those."""
    publication = draft.publication
    closed = unpublished(draft)
    by_id = {state.dataset.id: state.dataset for state in publication.datasets}
    for table in publication.tables:
        behind = rests_on(table.sql, publication)
        if table.id not in publication.table_files:
            continue
        if behind & closed:
            names = {lang: ", ".join(draft.ethics[d].title.get(lang) for d in sorted(behind & closed)) for lang in ("nb", "nn", "en")}
            reason = sentence("withheld", "rests_on", datasets=names["nb"], datasets_nn=names["nn"], datasets_en=names["en"])
            draft.gaps.append(Gap("withheld_table", table.id, reason))
            continue
        sources = [by_id[dataset] for dataset in sorted(behind)]
        described = describe_table(table, sources, publication.catalog, synthetic=publication.synthetic)
        rows = f"from {parquet([publication.table_files[table.id]])}"
        _add_table(draft, "tables", "indicators", described, rows, _counted(table, sources))
    for area, path in sorted(publication.area_files.items()):
        behind = behind_areas(publication)
        described = describe_standing(area, behind, publication.catalog, synthetic=publication.synthetic)
        _add_table(draft, "areas", "areas", described, f"from {parquet([path])}")


def add_comparisons(draft: Draft, observations: Path, held_back: Mapping[str, Text]) -> None:
    """The tables `peers` and `progress`, without the rows of indicators that are held back and without those that would tell a number
    which is withheld among the observations. Which those are is known only now, so they count for what may be taken over.
    """
    publication, con = draft.publication, draft.con
    con.execute(
        f"""create or replace temp table withheld as
        select indicator, ref_area, time_period
        from {parquet([observations])}
        where obs_status = '{WITHHELD_CODE}' and breakdown = ''"""
    )
    for table, tells_withheld in COMPARISONS.items():
        if table not in publication.table_files:
            continue
        con.execute(f"create or replace temp view compared as from {parquet([publication.table_files[table]])}")
        kept = "indicator not in (select indicator from held_back)"
        left_out = one_number(con, f"select count(*) from compared where {kept} and {tells_withheld}")
        if left_out:
            draft.gaps.append(Gap("withheld_table", table, WOULD_TELL, rows=left_out))
        key = f"tables/{table}"
        known_now = con.execute("from withheld order by all").fetchall()
        draft.plan = replace(draft.plan, parts=draft.plan.parts | {key: digest(draft.plan.parts[key], sorted(held_back), known_now)})
        described = describe_standing(table, datasets_of(publication), publication.catalog, synthetic=publication.synthetic)
        _add_table(draft, "tables", "indicators", described, f"from compared where {kept} and not ({tells_withheld})")


def _counted(table: Table, sources: Sequence[Dataset]) -> Dataset | None:
    """The table as a dataset that counts people, when it carries a count column of a dataset it rests on; else None."""
    columns = {column.name for column in table.columns}
    for dataset in sources:
        if dataset.ethics and (counts := tuple(column for column in dataset.ethics.count_columns if column in columns)):
            ethics = dataset.ethics.model_copy(update={"count_columns": counts})
            return dataset.model_copy(
                update={"id": table.id, "key": table.key, "columns": table.columns, "ethics": ethics, "period_column": None}
            )
    return None


def _add_table(draft: Draft, kind: str, schema: str, described: Described, rows_of: str, counted: Dataset | None = None) -> None:
    """Write or take over a table that is no dataset, from a query for its rows; one that counts people loses its small numbers."""
    key = f"{kind}/{described.id}"
    folder = draft.folder / key
    described = replace(described, columns=published_columns(counted)) if counted else described
    files = take_over(draft, key)
    if not files:
        folder.mkdir(parents=True)
        rows = draft.con.sql(rows_of)
        if counted:
            rows, withholding = withhold(draft.con, rows, counted)
            if withholding.recoverable:
                raise PrivacyError(
                    "hidden numbers can be computed from the sums of the table", where=described.id, effect="nothing is published",
                    next_step="take the total or the parts out of the table",
                )  # fmt: skip
        write_parquet(draft.con, rows, described, folder / f"{described.id}.parquet")
        files = write_distributions(draft.con, described, folder, draft.folder)
    draft.files[key] = files
    count = next(file.rows or 0 for file in files if file.format == "parquet")
    draft.parts[key] = {"fingerprint": draft.plan.parts[key], "rows": count}
    draft.tables.append(Stored(schema, folder / f"{described.id}.parquet", described, count))
