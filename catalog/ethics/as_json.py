"""The ethics record in its JSON form, which is JSON-LD with its context inside."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from catalog.codes import slug
from catalog.ethics.measuring import Measurement
from catalog.ethics.record import EthicsRecord
from catalog.ethics.rules import RuleResult
from catalog.load import read_yaml, role
from catalog.model import LANGUAGES, Agent, Dpia, Text

_STATUS = {
    "approved": "dpv:AuditApproved",
    "conditionally_approved": "dpv:AuditConditionallyApproved",
    "rejected": "dpv:AuditRejected",
    "required": "dpv:AuditRequired",
}
_PEOPLE = {"not_relevant": "eth:notRelevant", "possible": "eth:possible", "relevant": "eth:relevant"}
_LEVEL = {"low": "risk:LowRisk", "moderate": "risk:ModerateRisk", "high": "risk:HighRisk"}
GATE = Text(nb="Porten til publisering", nn="Porten til publisering", en="The gate to publication")


@cache
def _context() -> dict[str, Any]:
    path = Path(__file__).with_name("context.yaml")
    return read_yaml(path.read_text("utf-8"), path.name)


def to_json(record: EthicsRecord) -> dict[str, Any]:
    """The record in its JSON form, which is JSON-LD with its context inside. A withheld dataset never says that it was approved.

    Where no ethics were declared there is only the decision: nobody has weighed anything yet, and nothing is made up.
    """
    base, ethics = record.base_uri, record.declared
    about = f"{base}{record.kind}/{record.dataset}"
    common: dict[str, Any] = {
        "@context": {"eth": f"{base}ns/ethics#"} | _context(),
        "id": f"{about}/ethics",
        "type": "EthicsRecord",
        "about": about,
        "release": record.release,
        "title": _labelled(record.title),
        "responsible": _organisation(record.responsible),
        "contact": record.contact,
        "checks": [_check(check) for check in record.checks],
        "decision": _decided(record),
    }
    if ethics is None:
        return common
    optional = {
        "gdprBasis": list(ethics.gdpr_basis),
        "peopleConcerned": list(ethics.people_concerned),
        "vulnerableGroups": list(ethics.vulnerable_groups),
        "consulted": [_role(base, who) for who in ethics.consulted],
        "quasiIdentifiers": list(ethics.quasi_identifiers),
        "sensitiveColumns": list(ethics.sensitive_columns),
        "technicalMeasures": list(ethics.technical_measures),
        "dpia": _dpia(f"{about}/ethics", ethics.dpia) if ethics.dpia else None,
        "care": ethics.care.model_dump() if ethics.care else None,
        "waivers": [
            {"rule": f"eth:{waiver.rule}", "reason": waiver.reason.nb, "decidedBy": _role(base, waiver.by), "until": str(waiver.until)}
            for waiver in record.waivers
        ],
    }
    always = {"peopleConcerned", "quasiIdentifiers", "technicalMeasures"} if ethics.about_people in ("aggregated", "individual") else set()
    return (
        common
        | {
            "summary": ethics.summary.model_dump(),
            "assessed": str(ethics.assessed_on),
            "reviewDue": str(ethics.review_due_on),
            "assessor": _role(base, ethics.assessor),
            "purpose": list(ethics.purpose),
            "benefit": ethics.benefit.model_dump(),
            "legalBasis": list(ethics.legal_basis),
            "aboutPeople": f"eth:{ethics.about_people}",
            "countsOf": [f"eth:{unit}" for unit in ethics.counts_of],
            "dataCategory": f"dpv:{ethics.data_category}",
            "dataNature": [f"dpv:{nature}" for nature in ethics.data_nature],
            "dataSource": ["dpv:PublicDataSource"],
            "indigenousRelevance": _PEOPLE[ethics.indigenous_relevance],
            "collection": ethics.collection.model_dump(),
            "limitations": _joined(ethics.limitations, ethics.missing),
            "biases": ethics.biases.model_dump(),
            "intendedUse": ethics.intended_use.model_dump(),
            "discouragedUse": ethics.discouraged_use.model_dump(),
            "maintenance": ethics.maintenance.model_dump(),
            "threshold": ethics.threshold,
            "organisationalMeasures": list(ethics.organisational_measures),
            "risks": [_risk(risk) for risk in ethics.risks],
            "measurements": [_measurement(measurement, record.measured_at) for measurement in record.measurements],
        }
        | {key: value for key, value in optional.items() if value or key in always}
    )


_RECORD_OF = Text(nb="Etikkpost", nn="Etikkpost", en="Ethics record")
_PROPOSAL = Text(
    nb="Forslag til vedtak, ikke bekreftet av en person ennå.",
    nn="Framlegg til vedtak, ikkje stadfesta av ein person enno.",
    en="Proposed decision, not confirmed by a person yet.",
)
_SYNTHETIC = Text(nb="syntetiske data", nn="syntetiske data", en="synthetic data")


def _labelled(title: Text) -> dict[str, str]:
    return {language: f"{_RECORD_OF.get(language)}: {title.get(language)}" for language in LANGUAGES}


def _joined(*texts: Text) -> dict[str, str]:
    return {language: " ".join(text.get(language) for text in texts) for language in LANGUAGES}


def _role(base: str, code: str) -> dict[str, str]:
    return {"id": f"{base}roles/{slug(code)}", "type": "foaf:Agent", "name": role(code).nb}


def _organisation(agent: Agent) -> dict[str, str]:
    known = {"type": "foaf:Agent", "name": agent.name.nb}
    if agent.organisation_number:
        address = f"https://data.brreg.no/enhetsregisteret/api/enheter/{agent.organisation_number}"
        known |= {"id": address, "identifier": agent.organisation_number}
    return known


def _dpia(record: str, weighed: Dpia) -> dict[str, str]:
    """The assessment where it was made; otherwise what was found about the need for one, which is part of this record."""
    if weighed.document:
        return {"id": weighed.document, "type": "dpv:DPIA"}
    return {"id": f"{record}#impact-assessment", "type": "gdpr:DPIANecessityAssessment"}


def _risk(risk: Any) -> dict[str, Any]:
    return {
        "type": risk.type,
        "description": risk.description.model_dump(),
        "level": _LEVEL[risk.level],
        "impactOn": risk.impact_on,
        "mitigation": [{"description": risk.mitigation.model_dump()}],
        "residual": {"level": _LEVEL[risk.residual]},
    }


def _measurement(measurement: Measurement, at: datetime) -> dict[str, Any]:
    whole = measurement.value == measurement.value.to_integral_value()
    said: dict[str, Any] = {
        "type": "dqv:QualityMeasurement",
        "metric": f"eth:{measurement.metric}",
        "value": int(measurement.value) if whole else float(measurement.value),
        "generatedAt": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    if measurement.parameter:
        said["parameter"] = measurement.parameter.nb
    return said | ({"sha256": measurement.sha256} if measurement.sha256 else {})


def _check(check: RuleResult) -> dict[str, Any]:
    return {
        "type": "earl:Assertion",
        "rule": f"eth:{check.rule}",
        "mode": f"earl:{check.mode}",
        "result": {"type": "earl:TestResult", "outcome": f"earl:{check.outcome}", "info": check.info.nb},
    }


def _decided(record: EthicsRecord) -> dict[str, Any]:
    """The named role's decision; where the gate holds a dataset back although it was approved, the gate's own."""
    declared = record.declared.decision if record.declared else None
    if declared is not None and (record.is_published or not record.declared.is_publishable):  # type: ignore[union-attr]
        who, on, status, reason = _role(record.base_uri, declared.by), declared.on, _STATUS[declared.status], declared.reason.nb
    else:
        who, on, status = {"type": "foaf:Agent", "name": GATE.nb}, record.measured_at.date(), "dpv:AuditRequired"
        reason = "Holdt tilbake. " + " ".join(reason.nb for reason in record.reasons)
    if declared is not None and declared.is_proposal:
        reason = f"{_PROPOSAL.nb} {reason}"
    synthetic = f" ({_SYNTHETIC.nb})" if record.synthetic else ""
    return {"status": status, "decidedBy": who, "decided": str(on), "reason": reason + synthetic}
