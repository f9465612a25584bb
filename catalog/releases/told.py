"""What changed between two releases, told to a reader: names for codes, and numbers as they are written in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from catalog.model import Text
from catalog.releases.changes import Change, DatasetChange, Diff
from catalog.releases.ledger import folder_of

MOST = 20
SMALL = Decimal("0.1")
"""Changes below so many per cent are told as such."""

BETWEEN = Text(nb="Fra utgave {} til {}", nn="Frå utgåve {} til {}", en="From release {} to {}")
DATASETS = Text(nb="Datasett", nn="Datasett", en="Datasets")
INDICATORS = Text(nb="Indikatorer", nn="Indikatorar", en="Indicators")
REVISED = Text(
    nb="De største endringene i tall som var gitt ut",
    nn="Dei største endringane i tal som var gjevne ut",
    en="The largest changes to published numbers",
)
NO_VALUE = Text(nb="uten verdi: {}", nn="utan verdi: {}", en="no value: {}")
NEW_COLUMNS = Text(nb="Nye kolonner: {}.", nn="Nye kolonnar: {}.", en="New columns: {}.")
OLD_COLUMNS = Text(nb="Kolonner som er borte: {}.", nn="Kolonnar som er borte: {}.", en="Columns that are gone: {}.")
WITHHELD = Text(
    nb="Blir holdt tilbake; grunnen står på siden om datasettet.",
    nn="Blir halde tilbake; grunnen står på sida om datasettet.",
    en="Is withheld; its page says why.",
)
PER_CENT = Text(nb="{} %", nn="{} %", en="{}%")
LESS = Text(nb="under {} %", nn="under {} %", en="less than {}%")
MORE = Text(nb="og {} til", nn="og {} til", en="and {} more")


@dataclass(frozen=True)
class Names:
    """What datasets, indicators, places, units and statuses of two releases are called. A code without a name is shown as it is."""

    titles: dict[str, str]
    areas: dict[str, str]
    units: dict[str, str]
    statuses: dict[str, str]


def in_words(changed: Diff, public: Path, language: str) -> str:
    """A sentence on the whole, one for each dataset and indicator, and the largest revisions."""
    names = _names(public, changed, language)
    notes = changed.notes()
    of_dataset = {it.dataset: it for it in changed.datasets}
    about = {name: f"{names.titles.get(name, name)} – {note.get(language)}" for name, note in notes.items()}
    datasets = [" ".join([about[name], *_more(it, language)]) for name, it in sorted(of_dataset.items())]
    indicators = [said for name, said in sorted(about.items()) if name not in of_dataset]
    lines = [BETWEEN.get(language).format(changed.old, changed.new), changed.summary().get(language)]
    for heading, found in ((DATASETS, datasets), (INDICATORS, indicators), (REVISED, list(_revised(changed, names, language)))):
        lines += ["", f"{heading.get(language)}:", *(f"  {one}" for one in found)] if found else []
    return "\n".join(lines)


def _names(public: Path, changed: Diff, language: str) -> Names:
    """Names of both releases; where they differ, those of the newer one."""
    import duckdb

    found = Names({}, {}, {}, {})
    for release in (changed.old, changed.new):
        path = folder_of(public, release) / "bymaal.duckdb"
        with duckdb.connect(str(path), read_only=True) as con:
            for table, key in (("meta.datasets", "dataset"), ("meta.indicators", "indicator")):
                found.titles.update(con.execute(f"select {key}, title_{language} from {table}").fetchall())
            found.areas.update(
                con.execute("select ref_area, any_value(ref_area_name) from indicators.observations group by all").fetchall()
            )
            found.statuses.update(con.execute(f"select code, name_{language} from meta.codes where list = 'obs_status'").fetchall())
            found.units.update(con.execute(f"select indicator, any_value(unit_{language}) from indicators.named group by all").fetchall())
    return found


def _more(it: DatasetChange, language: str) -> Iterator[str]:
    """What its number of rows does not tell."""
    if it.columns_added:
        yield NEW_COLUMNS.get(language).format(", ".join(it.columns_added))
    if it.columns_withdrawn:
        yield OLD_COLUMNS.get(language).format(", ".join(it.columns_withdrawn))
    if it.what == "withdrawn":
        yield WITHHELD.get(language)


def _revised(changed: Diff, names: Names, language: str) -> Iterator[str]:
    """The largest revisions, first those by which a value came or went."""
    revised = [it for it in changed.observations if it.kind == "revised"]
    revised.sort(key=lambda it: (_share(it) is not None, -abs(_share(it) or 0), it.indicator, it.ref_area, it.time_period, it.breakdown))
    for it in revised[:MOST]:
        part = f" ({it.breakdown})" if it.breakdown else ""
        old, new = (_value(*side, names, language) for side in ((it.old_value, it.old_status), (it.new_value, it.new_status)))
        unit = f" {names.units.get(it.indicator) or ''}".rstrip() if it.new_value is not None else ""
        where = f"{names.titles.get(it.indicator, it.indicator)}, {names.areas.get(it.ref_area) or it.ref_area} {it.time_period}{part}"
        yield f"{where}: {old} → {new}{unit}{_as_share(it, language)}"
    if len(revised) > MOST:
        yield MORE.get(language).format(len(revised) - MOST)


def _value(value: Decimal | None, status: str | None, names: Names, language: str) -> str:
    return NO_VALUE.get(language).format(names.statuses.get(status or "", status)) if value is None else _number(value, language)


def _as_share(it: Change, language: str) -> str:
    """How large the change is beside the old value; nothing where only the status changed, or a value came or went."""
    share = _share(it)
    if not share or not it.old_value:
        return ""
    small = abs(share) < SMALL
    number = _number(SMALL if small else round(share, 1), language, sign=not small)
    return f" ({(LESS if small else PER_CENT).get(language).format(number)})"


def _share(it: Change) -> Decimal | None:
    """How large a revision is, in per cent of the old value; 100 where that was nothing. None where there was no value, or is none."""
    if it.old_value is None or it.new_value is None:
        return None
    difference = it.new_value - it.old_value
    return 100 * difference / abs(it.old_value) if it.old_value else Decimal(100 * bool(difference))


def _number(value: Decimal, language: str, *, sign: bool = False) -> str:
    """With as many decimals as it has: 1 234,5 in Norwegian, 1,234.5 in English."""
    text = format(value.normalize(), f"{'+' if sign else ''},f").replace("-", "−")
    return text if language == "en" else text.replace(",", "\u00a0").replace(".", ",")
