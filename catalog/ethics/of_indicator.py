"""What is weighed about an indicator: what a person declared in its head, with all that follows from the datasets it rests on.

For the gate an indicator is a dataset like any other: `weighed` says it as one, so that the same rules judge it, on its own file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from catalog.described import standing_tables
from catalog.ethics.rules import sentence
from catalog.lineage import column_lineage
from catalog.model import LANGUAGES, Catalog, ColumnType, Dataset, Ethics, Indicator, Period, Risk, Source, Text
from catalog.publication import Publication

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
            "risks": _risks(indicator, people, max(limits.values(), default=5)),
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


def _risks(indicator: Indicator, people: Sequence[Ethics], k: int) -> tuple[Risk, ...]:
    """That the number misleads, that it is taken for the UN's, and what may happen to people whom the datasets are about.

    A risk that stays high is why the rows of its dataset are withheld; of their sums it is another one.
    """
    own = indicator.ethics
    assert own is not None
    beside = sentence("of_indicator", "beside")
    risks = [_misread(own.misleads_when, beside)]
    if indicator.sdg.fidelity not in ("identical", "gap"):
        risks.append(_misread(indicator.sdg.why, sentence("of_indicator", "fidelity")))
    if any(risk.residual == "high" for it in people for risk in it.risks):
        risks.append(
            Risk(
                type="risk:Reidentification", description=sentence("of_indicator", "sums_of_withheld", k=k), level="moderate",
                mitigation=sentence("of_indicator", "small_sums_hidden", k=k), residual="low",
            )
        )  # fmt: skip
    about = [risk for it in people if it.about_people != "none" for risk in it.risks if risk.residual != "high"]
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
