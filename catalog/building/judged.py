"""Each indicator of a release: judged before its numbers are let in, and on its own file; its ethics record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import orjson

from catalog.building.admission import assessed_before, unpublished
from catalog.building.draft import Draft, one_number, part_before
from catalog.described import Distribution, distribution
from catalog.duck import parquet
from catalog.errors import PrivacyError
from catalog.ethics.as_json import to_json
from catalog.ethics.measuring import Measured, measure
from catalog.ethics.of_indicator import MEASURES, counted, weighed
from catalog.ethics.record import EthicsRecord, evaluate
from catalog.ethics.rules import sentence
from catalog.hashes import digest, sha256
from catalog.lineage import rests_on
from catalog.model import LANGUAGES, Dataset, Indicator, Text
from catalog.privacy.withholding import Withholding
from catalog.publication import DatasetState, Publication


def smallest_groups(draft: Draft) -> dict[str, dict[str, int]]:
    """Indicator → the smallest group that its numerator and denominator may show, where they count people.

    Beside what the queries tell: where all datasets of an indicator count people or meters, or the rows of one are withheld because they
    are too close to people, whatever it counts is counted from them.
    """
    publication = draft.publication
    declared = {state.dataset.id: state.dataset.ethics for state in publication.datasets}
    found = counted(publication)
    for indicator in publication.indicators:
        datasets = rests_on(indicator.sql, publication) if indicator.counts_people else set()
        known = [ethics for dataset in datasets if (ethics := declared[dataset])]
        closed = [e for d in datasets if (e := declared[d]) and not draft.ethics[d].is_published and e.about_people != "none"]
        only_counts = known if known and all(ethics.count_columns for ethics in known) else []
        if limits := [ethics.threshold for ethics in (*closed, *only_counts)]:
            own = found.setdefault(indicator.id, {})
            found[indicator.id] = {measure: max(*limits, own.get(measure, 0)) for measure in MEASURES}
    return found


def held_back_indicators(draft: Draft, sources: Mapping[str, Sequence[str]]) -> dict[str, Text]:
    """Indicators that may not be published, and why: because of a dataset they rest on, or of what was declared about them.

    A dataset whose rows a named role refused to publish may still be used for sums, if that was weighed and is in date. One that nobody
    has weighed, whose assessment is overdue, or that holds personal identifiers, may not.
    """
    found: dict[str, Text] = {}
    for indicator in draft.publication.indicators:
        blocked = _closed_behind(draft, indicator, sources)
        record = _judge(draft, indicator, sources, None, blocked=blocked)
        if blocked or record.declared is None or any(check.blocks and check.outcome != "untested" for check in record.checks):
            found[indicator.id] = Text(**{lang: " ".join(reason.get(lang) for reason in record.reasons) for lang in LANGUAGES})
            draft.ethics[indicator.id] = record
    return found


def _closed_behind(draft: Draft, indicator: Indicator, sources: Mapping[str, Sequence[str]]) -> list[Text]:
    """One sentence that names the datasets for whose sake an indicator is withheld, where there are any."""
    without_rows = unpublished(draft)
    closing = [draft.ethics[it] for it in sources[indicator.id] if it in without_rows and _closes(draft.ethics[it])]
    names = {lang: ", ".join(record.title.get(lang) for record in closing) for lang in LANGUAGES}
    return [sentence("withheld", "rests_on", datasets=names["nb"], datasets_nn=names["nn"], datasets_en=names["en"])] if closing else []


def _closes(record: EthicsRecord) -> bool:
    """Whether indicators that rest on a withheld dataset are withheld with it."""
    if record.declared is None or record.declared.decision.status == "required":
        return True
    return any(check.blocks and check.rule in ("B01", "B02", "B05") for check in record.checks if check.outcome != "untested")


def add_record(draft: Draft, indicator: Indicator, sources: Mapping[str, Sequence[str]], path: Path) -> Distribution:
    """Measure an indicator on its own Parquet file, judge it and write its record. Raises PrivacyError when the file may not get out."""
    record = _judge(draft, indicator, sources, _measured(draft, indicator, sources, path), path=path)
    if not record.is_published:
        raise PrivacyError(
            "an indicator does not pass the gate",
            where=f"{indicator.id}: {'; '.join(reason.en for reason in record.reasons)}",
            effect="nothing is published; the current release stays",
            next_step="mend its query or its data, or refuse it in its own ethics.decision",
        )
    return _write_record(draft, indicator, sources, record)


def add_withheld_record(draft: Draft, indicator: Indicator, sources: Mapping[str, Sequence[str]], path: Path) -> None:
    """The record of an indicator that `held_back_indicators` told of, with what is measured on the file that it would have had."""
    measured = _measured(draft, indicator, sources, path)
    record = _judge(draft, indicator, sources, measured, path=path, blocked=_closed_behind(draft, indicator, sources))
    _write_record(draft, indicator, sources, record)


def _write_record(draft: Draft, indicator: Indicator, sources: Mapping[str, Sequence[str]], record: EthicsRecord) -> Distribution:
    """Keep and write a record; what the next assessment is compared with goes into the manifest."""
    key = f"indicators/{indicator.id}"
    draft.ethics[indicator.id] = record
    draft.parts[key] |= {
        "contract": _terms(indicator, _behind(draft.publication, indicator, sources)),
        "assessed_on": str(record.declared.assessed_on) if record.declared else None,
        "is_published": record.is_published,
    }
    path = draft.folder / key / "ethics.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(orjson.dumps(to_json(record), option=orjson.OPT_INDENT_2) + b"\n")
    return distribution(path, draft.folder, "ethics", None)


def _judge(
    draft: Draft, indicator: Indicator, sources: Mapping[str, Sequence[str]], measured: Measured | None,
    *, path: Path | None = None, blocked: Sequence[Text] = (),
) -> EthicsRecord:  # fmt: skip
    """The record of an indicator. Without `measured` the rules about data count as not run."""
    states, publication = _behind(draft.publication, indicator, sources), draft.publication
    return evaluate(
        as_dataset(draft, indicator, sources, path),
        measured,
        catalog=publication.catalog,
        release=draft.release,
        synthetic=publication.synthetic,
        now=publication.built_at,
        licences=sorted({snapshot.licence for state in states for snapshot in state.snapshots}),
        previous=assessed_before(draft, f"indicators/{indicator.id}"),
        terms=_terms(indicator, states),
        blocked=blocked,
        kind="indicators",
    )


def as_dataset(draft: Draft, indicator: Indicator, sources: Mapping[str, Sequence[str]], path: Path | None = None) -> Dataset:
    """The indicator as a dataset, with the ways in which its values are divided where its file is at hand."""
    behind = [state.dataset for state in _behind(draft.publication, indicator, sources)]
    parts: list[str] = []
    if path is not None:
        rows = draft.con.execute(f"select distinct breakdown from {parquet([path])} where breakdown <> ''").fetchall()
        parts = sorted({pair.partition("=")[0] for (breakdown,) in rows for pair in breakdown.split(";")})
    return weighed(indicator, behind, draft.publication.catalog, draft.limits.get(indicator.id, {}), parts)


def _measured(draft: Draft, indicator: Indicator, sources: Mapping[str, Sequence[str]], path: Path) -> Measured:
    """Every figure that the rules need, taken over where the file is as it was in the release before.

    What was hidden was proved not to be recoverable when the observations were written.
    """
    key = f"indicators/{indicator.id}"
    before, now = part_before(draft, key), sha256(path)
    said = before.get("measured") if before else None
    if said and said["sha256"] == now:
        measured = Measured.from_json(said)
    else:
        hidden = one_number(draft.con, "select count(*) from hidden_observations where indicator = ?", [indicator.id])
        measured = measure(draft.con, path, now, as_dataset(draft, indicator, sources, path), Withholding(small=hidden))
    draft.parts[key]["measured"] = measured.as_json()
    return _with_stations(draft, indicator, sources, measured)


def _with_stations(draft: Draft, indicator: Indicator, sources: Mapping[str, Sequence[str]], measured: Measured) -> Measured:
    """How many people live near the stations that the values are from: as few as for any dataset behind."""
    said = [draft.parts[f"data/{state.dataset.id}"]["measured"] for state in _behind(draft.publication, indicator, sources)]
    near = [Measured.from_json(one) for one in said if one and one["population_coverage"] is not None]
    if not near:
        return measured
    least = min(near, key=lambda one: one.population_coverage or 0)
    return replace(measured, population_coverage=least.population_coverage, coverage_gap=least.coverage_gap)


def _behind(publication: Publication, indicator: Indicator, sources: Mapping[str, Sequence[str]]) -> list[DatasetState]:
    """The datasets that an indicator's own query reads, or those that the observations rest on which it reads."""
    direct = rests_on(indicator.sql, publication) or set(sources.get(indicator.id, ()))
    return [state for state in publication.datasets if state.dataset.id in direct]


def _terms(indicator: Indicator, behind: Sequence[DatasetState]) -> str:
    """A fingerprint of what an assessment rests on: the version of the formula, its unit and its datasets."""
    return digest(indicator.version, indicator.unit, [state.dataset.id for state in behind])
