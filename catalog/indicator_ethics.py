"""The ethics record of an indicator: what a person declared in its head, with all that follows from the datasets it rests on.

For the gate an indicator is a dataset like any other: `weighed` says it as one, so that the same rules judge it, on its own file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import orjson

from catalog.admission import assessed_before, unpublished
from catalog.described import Distribution, distribution, standing_tables
from catalog.draft import Draft, one_number, part_before
from catalog.duck import parquet
from catalog.errors import PrivacyError
from catalog.ethics import EthicsRecord, evaluate
from catalog.ethics_json import to_json
from catalog.hashes import digest, sha256
from catalog.lineage import column_lineage, rests_on
from catalog.measuring import Measured, measure
from catalog.model import LANGUAGES, Catalog, ColumnType, Dataset, Ethics, Indicator, Period, Risk, Source, Text
from catalog.publication import DatasetState, Publication
from catalog.rules import sentence
from catalog.withholding import Withholding

MEASURES = ("numerator", "denominator")
_CLOSENESS = ("none", "indirect", "aggregated", "individual")
_RELEVANCE = ("not_relevant", "possible", "relevant")


def weighed(indicator: Indicator, behind: Sequence[Dataset], catalog: Catalog, limits: Mapping[str, int], parts: Sequence[str]) -> Dataset:
    """The indicator as a dataset that the gate can judge. `limits` is the smallest group that numerator and denominator may show, where
    they count people; `parts` are the ways in which its values are divided, such as `age`."""
    standing = standing_tables()["observations"].columns
    columns = tuple(
        column.model_copy(update={"codes": dict.fromkeys(parts, indicator.title)}) if column.name == "breakdown" else column
        for column in standing
        if column.type is ColumnType.text or column.name in ("obs_value", *MEASURES)
    )
    dataset = Dataset(
        id=indicator.id, title=indicator.title, description=indicator.description, row=indicator.description, keywords=indicator.keywords,
        themes=indicator.themes, sdg=(indicator.sdg.target,), key=("ref_area", "time_period", "breakdown"), period=Period.all,
        columns=columns, source=_computed_here(indicator, catalog), issued=indicator.issued,
        ethics=_ethics(indicator, [it.ethics for it in behind if it.ethics], behind, limits),
    )  # fmt: skip
    return dataset.model_copy(update={"period_column": "time_period"})  # periods are years and months at once, which no dataset's are


def _computed_here(indicator: Indicator, catalog: Catalog) -> Source:
    return Source(
        publisher=catalog.publisher, service=catalog.base_uri, licence=catalog.licence, attribution=catalog.publisher.name,
        rhythm="P1M" if indicator.frequency == "month" else "P1Y", starts_on=indicator.issued, formats=("observations",),
    )  # fmt: skip


def _ethics(indicator: Indicator, all_of: Sequence[Ethics], behind: Sequence[Dataset], limits: Mapping[str, int]) -> Ethics | None:
    """The declared part with what follows from the datasets. An indicator about other indicators counts those, and is not about people."""
    own = indicator.ethics
    if own is None:
        return None
    people = all_of if indicator.counts_people else []
    about = min("aggregated", max((it.about_people for it in people), key=_CLOSENESS.index, default="none"), key=_CLOSENESS.index)
    is_about_people = about in ("aggregated", "individual")
    assessments = sorted((it.dpia for it in people if it.dpia and it.dpia.outcome != "required"), key=lambda it: it.outcome)
    return Ethics.model_validate(
        {
            "summary": indicator.description,
            "assessed_on": own.assessed_on,
            "review_due_on": own.review_due_on,
            "assessor": own.assessor,
            "purpose": _union((it.purpose for it in all_of), "dpv:PublicBenefit"),
            "benefit": own.intended_use,
            "legal_basis": _union((it.legal_basis for it in all_of), _RIGHT_TO_INFORMATION),
            "gdpr_basis": _union(it.gdpr_basis for it in people),
            "about_people": about,
            "counts_of": _union((it.counts_of for it in people), "measurements"),
            "data_category": "AnonymisedData" if any(it.data_category != "NonPersonalData" for it in people) else "NonPersonalData",
            "data_nature": _union([("DerivedData",), *(("InferredData",) for it in all_of if "InferredData" in it.data_nature)]),
            "people_concerned": _union(it.people_concerned for it in people),
            "vulnerable_groups": _union(it.vulnerable_groups for it in people),
            "indigenous_relevance": max((it.indigenous_relevance for it in people), key=_RELEVANCE.index, default="not_relevant"),
            "consulted": _union(it.consulted for it in people),
            "collection": _told(indicator.formula, behind, lambda ethics: ethics.collection),
            "limitations": indicator.does_not_say,
            "biases": _told(None, behind, lambda ethics: ethics.biases) if all_of else indicator.not_covered,
            "missing": indicator.not_covered,
            "intended_use": own.intended_use,
            "discouraged_use": own.discouraged_use,
            "maintenance": sentence("of_indicator", "maintenance", version=indicator.version),
            "quasi_identifiers": ("ref_area", "time_period", "breakdown"),
            "count_columns": tuple(limits),
            "threshold": max(limits.values(), default=5),
            "technical_measures": _union([("dpv:Aggregate",), *(it.technical_measures for it in people)]) if is_about_people else (),
            "dpia": assessments[0] if assessments else None,
            "care": next((it.care for it in people if it.care), None),
            "risks": _risks(indicator, people),
            "waivers": tuple({waiver.rule: waiver for it in all_of for waiver in it.waivers if waiver.rule == "B10"}.values()),
            "decision": own.decision,
        }
    )


_RIGHT_TO_INFORMATION = "https://lovdata.no/eli/lov/2006/05/19/16"
"""The Freedom of Information Act: what lets a public body publish what it computes from nothing but its own catalogue."""


def _union(found: Iterable[Sequence[str]], otherwise: str | None = None) -> tuple[str, ...]:
    """Everything once, in the order in which it comes first."""
    together = tuple(dict.fromkeys(one for each in found for one in each))
    return together or ((otherwise,) if otherwise is not None else ())


def _told(first: Text | None, behind: Sequence[Dataset], said: Callable[[Ethics], Text]) -> Text:
    """What each dataset says about itself, named, after what the indicator says."""
    told = {
        language: [f"{it.title.get(language)}: {said(it.ethics).get(language)}" for it in behind if it.ethics] for language in LANGUAGES
    }
    return Text(**{language: " ".join(([first.get(language)] if first else []) + told[language]) for language in LANGUAGES})


def _risks(indicator: Indicator, people: Sequence[Ethics]) -> tuple[Risk, ...]:
    """That the number misleads, that it is taken for the UN's, and what may happen to people whom the datasets are about."""
    own = indicator.ethics
    assert own is not None
    beside = sentence("of_indicator", "beside")
    risks = [_misread(own.misleads_when, beside)]
    if indicator.sdg.fidelity not in ("identical", "gap"):
        risks.append(_misread(indicator.sdg.why, sentence("of_indicator", "fidelity")))
    about = [risk for it in people if it.about_people != "none" for risk in it.risks]
    known = {risk.description.nb for risk in risks}
    return (*risks, *{risk.description.nb: risk for risk in about if risk.description.nb not in known}.values())


def _misread(description: Text, mitigation: Text) -> Risk:
    return Risk(type="risk:DataMisinterpretation", description=description, level="moderate", mitigation=mitigation, residual="low")


# --- which numbers count people ---


def counted(publication: Publication) -> dict[str, dict[str, int]]:
    """Indicator → the smallest group that its numerator and its denominator may show, for those that are counted from people.

    Asked of the queries: a measure counts people when a count column of a dataset goes into its value, also through tables between.
    """
    limits = {
        (f"validated.{state.dataset.id}", column): state.dataset.ethics.threshold
        for state in publication.datasets
        if state.dataset.ethics
        for column in state.dataset.ethics.count_columns
    }
    made_of: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for query, column, table, source in column_lineage(publication):
        made_of[query, column].append((table, source))

    def largest(query: str, column: str, seen: frozenset[tuple[str, str]]) -> int:
        found = [0]
        for table, source in made_of[query, column]:
            found.append(limits.get((table, source), 0))
            between = (table.removeprefix("tables."), source)
            if table.startswith("tables.") and between not in seen:
                found.append(largest(*between, seen | {between}))
        return max(found)

    told = {
        it.id: {measure: k for measure in MEASURES if (k := largest(it.id, measure, frozenset()))}
        for it in publication.indicators
        if it.counts_people
    }
    return {indicator: measures for indicator, measures in told.items() if measures}


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


# --- the gate ---


def held_back_indicators(draft: Draft, sources: Mapping[str, Sequence[str]]) -> dict[str, Text]:
    """Indicators that may not be published, and why: because of a dataset they rest on, or of what was declared about them.

    A dataset whose rows a named role refused to publish may still be used for sums, if that was weighed and is in date. One that nobody
    has weighed, whose assessment is overdue, or that holds personal identifiers, may not.
    """
    closed = {dataset for dataset in unpublished(draft) if _closes(draft.ethics[dataset])}
    found: dict[str, Text] = {}
    for indicator in draft.publication.indicators:
        blocking = [draft.ethics[dataset] for dataset in sources[indicator.id] if dataset in closed]
        names = {lang: ", ".join(record.title.get(lang) for record in blocking) for lang in LANGUAGES}
        reason = sentence("withheld", "rests_on", datasets=names["nb"], datasets_nn=names["nn"], datasets_en=names["en"])
        record = _judge(draft, indicator, sources, None, blocked=[reason] if blocking else [])
        if blocking or record.declared is None or any(check.blocks and check.outcome != "untested" for check in record.checks):
            found[indicator.id] = Text(**{lang: " ".join(reason.get(lang) for reason in record.reasons) for lang in LANGUAGES})
            draft.ethics[indicator.id] = record
    return found


def _closes(record: EthicsRecord) -> bool:
    """Whether indicators that rest on a withheld dataset are withheld with it."""
    if record.declared is None or record.declared.decision.status == "required":
        return True
    return any(check.blocks and check.rule in ("B01", "B02", "B05") for check in record.checks if check.outcome != "untested")


def add_record(draft: Draft, indicator: Indicator, sources: Mapping[str, Sequence[str]], path: Path) -> Distribution:
    """Measure an indicator on its own Parquet file, judge it and write its record. Raises PrivacyError when the file may not get out."""
    key = f"indicators/{indicator.id}"
    before, now = part_before(draft, key), sha256(path)
    said = before.get("measured") if before else None
    known = said is not None and said["sha256"] == now
    measured = Measured.from_json(said) if said and known else _measure(draft, indicator, sources, path, now)
    draft.parts[key]["measured"] = measured.as_json()
    record = _judge(draft, indicator, sources, _with_stations(draft, indicator, sources, measured), path=path)
    if not record.is_published:
        raise PrivacyError(
            "an indicator does not pass the gate",
            where=f"{indicator.id}: {'; '.join(reason.en for reason in record.reasons)}",
            effect="nothing is published; the current release stays",
            next_step="mend its query or its data, or refuse it in its own ethics.decision",
        )
    draft.ethics[indicator.id] = record
    return write_record(draft, indicator, sources)


def write_record(draft: Draft, indicator: Indicator, sources: Mapping[str, Sequence[str]]) -> Distribution:
    """The record of an indicator that was judged, also of one that is withheld; what its next assessment is compared with is kept."""
    key, record = f"indicators/{indicator.id}", draft.ethics[indicator.id]
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


def _measure(draft: Draft, indicator: Indicator, sources: Mapping[str, Sequence[str]], path: Path, now: str) -> Measured:
    """Every figure that the rules need. What was hidden was proved not to be recoverable when the observations were written."""
    hidden = one_number(draft.con, "select count(*) from hidden_observations where indicator = ?", [indicator.id])
    return measure(draft.con, path, now, as_dataset(draft, indicator, sources, path), Withholding(small=hidden))


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
