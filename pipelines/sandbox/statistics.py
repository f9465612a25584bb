"""Statistics Norway's stand-in: tables of PxWebApi v2, and municipalities and their KOSTRA groups in KLASS.

Kept from the real service: zeros instead of nothing in the years in which a code did not exist, counties and the whole country among
the regions, one wrong code refuses the whole question, `.` and `..` beside nulls, XML unless JSON is asked for, `9999 Uoppgitt`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from itertools import product
from typing import Any

from pipelines.sandbox.chance import between
from pipelines.sandbox.places import COUNTIES, MUNICIPALITIES, Municipality, changes, codes, members, valid_on
from pipelines.sandbox.shapes import WHOLE_COUNTRY, Dimension, Table, Value, inhabitants
from pipelines.sandbox.tables import declared_tables
from pipelines.sandbox.wire import Question, Reply, absent, as_json

AGES = [*(f"{age:03}" for age in range(105)), "105+"]
FUELS = {"1": "Bensin", "2": "Diesel", "3": "Parafin", "4": "Gass", "5": "El.", "6": "Annet drivstoff"}
USES = {
    "1": "Egentransport", "2": "Annen transport", "3": "Utleie", "4": "Drosjetransport",
    "5": "Utrykning", "6": "Rutetransport", "7": "Ukjent",
}  # fmt: skip
USE_SHARES = (0.90, 0.035, 0.03, 0.012, 0.003, 0.0, 0.02)


def share_of(total: int, share: float, before: float) -> int:
    """The part of `total` from `before` to `before + share`: parts rounded so that they always add up to the whole."""
    return round(total * (before + share)) - round(total * before)


def in_code(code: str, year: int, count: Callable[[Municipality], int]) -> int:
    """What `count` gives for each municipality, cut to the borders that `code` had in `year`. Parts add up to the whole; 0 without any."""
    total = 0
    for m, share in members(code, year):
        if year >= 2020:
            total += count(m)
            continue
        places = [old for old, _, _ in m.parts]
        before = sum(s for _, _, s in m.parts[: places.index(code)])
        total += share_of(count(m), share, before)
    return total


def in_region(region: str, year: int, count: Callable[[Municipality], int]) -> int:
    """As `in_code`, for a municipality, for a county of today in the years it exists, or for the whole country."""
    if region == WHOLE_COUNTRY:
        return sum(count(m) for m in MUNICIPALITIES)
    if len(region) == 2:
        of_the_county = [code for code in codes() if code[:2] == region]
        return sum(in_code(code, year, count) for code in of_the_county)
    return in_code(region, year, count)


def population(Region: str, ContentsCode: str, Tid: str, Kjonn: str | None, Alder: str | None) -> Value:
    year = int(Tid)

    def count(m: Municipality) -> int:
        total = inhabitants(m, year)
        if Kjonn is not None:
            total = share_of(total, 0.503, 0.0) if Kjonn == "2" else share_of(total, 0.497, 0.503)
        if Alder is not None:
            before, share = _age_shares()[AGES.index(Alder)]
            total = share_of(total, share, before)
        return total

    return in_region(Region, year, count), None


@cache
def _age_shares() -> list[tuple[float, float]]:
    """For each age, the share of younger people and its own: level up to 65, then falling in a straight line to nothing."""
    weights = [max(0.0, min(1.0, (106 - age) / 41)) for age in range(106)]
    total = sum(weights)
    return [(sum(weights[:age]) / total, weights[age] / total) for age in range(106)]


def cars(Region: str, KjoringensArt: str, DrivstoffType: str, ContentsCode: str, Tid: str) -> Value:
    """Registered passenger cars on 31 December. Electric ones grow from year to year, faster in some places than in others."""
    if KjoringensArt == "7" and DrivstoffType == "3":
        return None, "."
    if Region == "1875" and DrivstoffType == "4" and Tid == "2021":
        return None, ".."
    year = int(Tid)
    use = USE_SHARES[int(KjoringensArt) - 1]
    use_before = sum(USE_SHARES[: int(KjoringensArt) - 1])

    def count(m: Municipality) -> int:
        shares = _fuel_shares(m, year)
        fuel = int(DrivstoffType) - 1
        stock = round(inhabitants(m, year + 1) * between(f"{m.code} cars", 0.40, 0.62))
        return share_of(share_of(stock, shares[fuel], sum(shares[:fuel])), use, use_before)

    return in_region(Region, year, count), None


@cache
def _fuel_shares(m: Municipality, year: int) -> tuple[float, ...]:
    pace = between(f"{m.code} electric", 0.012, 0.048)
    electric = min(0.9, pace * max(0.0, year - 2016) * (1 + 0.04 * max(0, year - 2018)))
    hybrid = min(0.2, 0.014 * max(0, year - 2014))
    rest = 1 - electric - hybrid - 0.0004
    diesel = rest * between(f"{m.code} diesel", 0.48, 0.62)
    return (rest - diesel, diesel, 0.0002, 0.0002, electric, hybrid)


@cache
def tables() -> dict[str, Table]:
    regions = {WHOLE_COUNTRY: "Hele landet", **COUNTIES, **codes()}
    region = Dimension("region", regions, may_be_left_out=True)

    def years(first: int, last: int) -> Dimension:
        return Dimension("år", {str(year): str(year) for year in range(first, last + 1)})

    return {
        "07459": Table(
            "07459",
            "07459: Befolkning, etter region, kjønn, alder, statistikkvariabel og år",
            "personer",
            {
                "Region": region,
                "Kjonn": Dimension("kjønn", {"2": "Kvinner", "1": "Menn"}, may_be_left_out=True),
                "Alder": Dimension("alder", {age: f"{age.lstrip('0') or '0'} år" for age in AGES}, may_be_left_out=True),
                "ContentsCode": Dimension("statistikkvariabel", {"Personer1": "Personer"}),
                "Tid": years(2015, 2025),
            },
            population,
        ),
        "07849": Table(
            "07849",
            "07849: Registrerte kjøretøy, etter region, type kjøring, drivstofftype, statistikkvariabel og år",
            "kjøretøy",
            {
                "Region": region,
                "KjoringensArt": Dimension("type kjøring", USES),
                "DrivstoffType": Dimension("drivstofftype", FUELS),
                "ContentsCode": Dimension("statistikkvariabel", {"Personbil1": "Personbiler"}),
                "Tid": years(2015, 2024),
            },
            cars,
        ),
    }


def answer(question: Question) -> Reply:
    """The answer to any question to data.ssb.no."""
    if match := re.fullmatch(r"/api/pxwebapi/v2/tables/(\w+)/data", question.path):
        return _table(match[1], question)
    if match := re.fullmatch(r"/api/pxwebapi/v2/tables/(\w+)/metadata", question.path):
        return _description(match[1])
    if match := re.fullmatch(r"/api/klass/v1/classifications/131/(codesAt|changes)", question.path):
        return _klass(match[1], question)
    if question.path == "/api/klass/v1/classifications/112/corresponds":
        return _groups(question)
    return absent()


def _known(id: str) -> Table | None:
    return tables().get(id) or declared_tables().get(id)


def _description(id: str) -> Reply:
    """A table without its numbers, as the service describes it."""
    table = _known(id)
    if table is None:
        return _no_table()
    described = _json_stat(table, {name: list(dimension.codes) for name, dimension in table.dimensions.items()}, with_values=False)
    return as_json(described)


def _no_table() -> Reply:
    """The real service says 400 in the status line and 404 in the body."""
    return as_json({"type": "Parameter error", "title": "Non-existent table", "status": 404}, 400)


def _table(id: str, question: Question) -> Reply:
    table = _known(id)
    if table is None:
        return _no_table()
    wanted = {entry["variableCode"]: entry["valueCodes"] for entry in json.loads(question.body or b"{}").get("selection", [])}
    if set(wanted) - set(table.dimensions):
        return as_json({"type": "Parameter error", "title": "Non-existent variable", "status": 400}, 400)
    chosen: dict[str, list[str]] = {}
    for name, dimension in table.dimensions.items():
        if name not in wanted:
            if not dimension.may_be_left_out:
                return as_json({"type": "Parameter error", "title": "Missing selection for mandantory variable", "status": 400}, 400)
            continue
        picked = list(dict.fromkeys(code for term in wanted[name] for code in _matching(term, list(dimension.codes))))
        if not picked or any(not _matching(term, list(dimension.codes)) for term in wanted[name]):
            return as_json({"type": "Parameter error", "title": "Non-existent value", "status": 400}, 400)
        chosen[name] = [code for code in dimension.codes if code in picked]
    return as_json(_json_stat(table, chosen))


def _matching(term: str, known: Sequence[str]) -> list[str]:
    """The codes that one value expression stands for: a code, `*` and `?`, `top(n)`, `from(x)`, `to(x)`."""
    if match := re.fullmatch(r"top\((\d+)\)", term):
        return list(known[-int(match[1]) :])
    if match := re.fullmatch(r"(from|to)\((.+)\)", term):
        if match[2] not in known:
            return []
        place = known.index(match[2])
        return list(known[place:] if match[1] == "from" else known[: place + 1])
    pattern = re.escape(term).replace(r"\*", ".*").replace(r"\?", ".")
    return [code for code in known if re.fullmatch(pattern, code)]


def _json_stat(table: Table, chosen: Mapping[str, Sequence[str]], *, with_values: bool = True) -> dict[str, Any]:
    left_out = {name: None for name in table.dimensions if name not in chosen}
    combinations = product(*chosen.values()) if with_values else ()
    cells = [table.value(**dict(zip(chosen, combination, strict=True)), **left_out) for combination in combinations]
    status = {str(place): sign for place, (_, sign) in enumerate(cells) if sign}
    return {
        "version": "2.0",
        "class": "dataset",
        "label": table.label,
        "source": "Statistisk sentralbyrå",
        "updated": table.updated,
        "note": ["Syntetiske tall."],
        "role": {"time": ["Tid"], "metric": ["ContentsCode"], **({"geo": ["Region"]} if "Region" in chosen else {})},
        "id": list(chosen),
        "size": [len(picked) for picked in chosen.values()],
        "dimension": {name: _dimension(table, name, picked) for name, picked in chosen.items()},
        "extension": {
            "px": {"tableid": table.id, "decimals": 0, "official-statistics": True, "language": "no", "matrix": table.id},
            "contact": [{"name": "Sandkassen", "organization": "Sandkassen", "mail": "sandkasse@example.org"}],
        },
        **({"value": [value for value, _ in cells]} if with_values else {}),
        **({"status": status} if status else {}),
    }


def _dimension(table: Table, name: str, picked: Sequence[str]) -> dict[str, Any]:
    dimension = table.dimensions[name]
    category: dict[str, Any] = {
        "index": {code: place for place, code in enumerate(picked)},
        "label": {code: dimension.codes[code] for code in picked},
    }
    if name == "ContentsCode":
        units = {code: table.units.get(code, (table.unit, 0)) for code in picked}
        category["unit"] = {code: {"base": base, "decimals": decimals} for code, (base, decimals) in units.items()}
    return {"label": dimension.label, "category": category, "extension": {"elimination": dimension.may_be_left_out, "show": "value"}}


def _klass(kind: str, question: Question) -> Reply:
    if "json" not in question.headers.get("accept", ""):
        return Reply(b'<?xml version="1.0" encoding="UTF-8"?><codeList></codeList>', "application/xml")
    if kind == "codesAt":
        named = {**valid_on(date.fromisoformat(question.parameters["date"])), "9999": "Uoppgitt"}
        return as_json({"codes": [_code(code, name) for code, name in named.items()]})
    first, last = (date.fromisoformat(question.parameters.get(side, "9999-12-31")) for side in ("from", "to"))
    return as_json({"codeChanges": list(_changes(first, last))})


GROUPS = (
    (2_000, "EKG01"),
    (5_000, "EKG03"),
    (12_000, "EKG05"),
    (30_000, "EKG07"),
    (60_000, "EKG09"),
    (150_000, "EKG11"),
    (500_000, "EKG12"),
)
"""KOSTRA groups by inhabitants. Their codes are real; which municipality is in which of the smaller ones is invented."""


def _groups(question: Question) -> Reply:
    """KOSTRA groups from 2020: one span for a municipality that kept its code, two for one that got another in 2024."""
    if "json" not in question.headers.get("accept", ""):
        return Reply(b'<?xml version="1.0" encoding="UTF-8"?><correspondenceItemList></correspondenceItemList>', "application/xml")
    end = question.parameters.get("to")
    sizes: dict[tuple[str, str, str | None], int] = {}
    for m in MUNICIPALITIES:
        whole = [(m.code, "2020-01-01", end)]
        spans = whole if m.code == m.code_2020 else [(m.code_2020, "2020-01-01", "2024-01-01"), (m.code, "2024-01-01", end)]
        for span in spans:
            sizes[span] = sizes.get(span, 0) + m.size
    items = [(next((code for limit, code in GROUPS if size <= limit), "EKG13"), *span) for span, size in sorted(sizes.items())]
    return as_json(
        {
            "correspondenceItems": [
                {
                    "sourceCode": group, "sourceName": f"KOSTRA-gruppe {int(group[3:])}", "sourceShortName": "", "targetCode": code,
                    "targetName": "", "targetShortName": "", "validFrom": first, "validTo": after,
                }
                for group, code, first, after in items
            ]
        }
    )  # fmt: skip


def _code(code: str, name: str) -> dict[str, Any]:
    return {
        "code": code, "parentCode": None, "level": "1", "name": name, "shortName": "", "presentationName": "",
        "validFrom": None, "validTo": None, "notes": "",
    }  # fmt: skip


def _changes(first: date, last: date) -> Iterator[dict[str, str]]:
    for day, old_code, old_name, new_code, new_name in changes():
        if first <= day < last:
            yield {
                "oldCode": old_code, "oldName": old_name, "oldShortName": "", "newCode": new_code, "newName": new_name,
                "newShortName": "", "changeOccurred": day.isoformat(),
            }  # fmt: skip
