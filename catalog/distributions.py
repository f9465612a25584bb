"""One published table → files in every format, each with its size and SHA-256.

The Parquet file is written first and everything else is made from it, so no format can hold a value that another lacks. Nothing
here reads a clock: the same table gives the same bytes.
"""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import orjson

from catalog.codes import FORMATS, LICENCES
from catalog.duck import literal, name, parquet
from catalog.errors import MetadataError
from catalog.load import HERE, build, read_yaml, units, vocabulary
from catalog.model import LANGUAGES, Catalog, Column, ColumnType, Dataset, Indicator, Model, Table, Text
from catalog.withholding import published_columns

XLSX_ROWS = 100_000
"""A workbook with more rows takes longer to open than it is worth."""
EXCEL_ROWS = 1_048_575
"""What a sheet of Excel holds below its header."""
XLSX_TEXT = 32_767
"""The longest text that a cell of Excel holds."""

MEDIA_TYPES = {
    "parquet": "application/vnd.apache.parquet",
    "csv": "text/csv",
    "csv_excel": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json_stat": "application/json",
    "datapackage": "application/json",
    "readme_nb": "text/plain",
    "readme_nn": "text/plain",
    "readme_en": "text/plain",
    "ethics": "application/ld+json",
}


@dataclass(frozen=True)
class Distribution:
    """One published file of a dataset or an indicator."""

    path: str
    """Relative to the release's folder, with forward slashes: `data/air_quality_hourly/air_quality_hourly.parquet`."""
    media_type: str
    format: str
    """What readers choose by: a key of `MEDIA_TYPES`."""
    bytes: int
    sha256: str
    rows: int | None
    """Rows of data in the file; None for a file that describes data and holds none."""


@dataclass(frozen=True)
class Described:
    """What travels with a table into every format: its meaning, its terms, and whether it is made up."""

    id: str
    title: Text
    description: Text
    row: Text
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    licence: str
    attribution: tuple[Text, ...]
    sources: tuple[tuple[str, str], ...]
    """Name and address of each source."""
    synthetic: bool

    @property
    def notice(self) -> Text | None:
        """The sentence that every file of made-up data carries."""
        return SYNTHETIC if self.synthetic else None


SYNTHETIC = Text(
    nb="Syntetiske data: laget for prøving, sier ingenting om virkeligheten.",
    nn="Syntetiske data: laga for prøving, seier ingenting om røyndomen.",
    en="Synthetic data: made for trying out, says nothing about reality.",
)


class _StandingTable(Model):
    """A table that every release has, as `tables.yaml` describes it."""

    title: Text
    description: Text
    row: Text
    key: tuple[str, ...]
    columns: tuple[Column, ...]


@cache
def standing_tables() -> dict[str, _StandingTable]:
    """Observations, area tables and the tables about the release itself, by name."""
    path = HERE / "tables.yaml"
    found = read_yaml(path.read_text("utf-8"), path.name)
    return {table: build(_StandingTable, values, f"{path.name}: {table}") for table, values in found.items()}


# --- what is said about a table ---


def describe_dataset(dataset: Dataset, *, synthetic: bool) -> Described:
    """A dataset with the columns it is published with and the terms of its source."""
    return Described(
        id=dataset.id,
        title=dataset.title,
        description=dataset.description,
        row=dataset.row,
        key=dataset.key,
        columns=published_columns(dataset),
        licence=dataset.source.licence,
        attribution=(dataset.source.attribution,),
        sources=((dataset.source.publisher.name.nb, dataset.source.service),),
        synthetic=synthetic,
    )


def describe_indicator(indicator: Indicator, sources: Sequence[Dataset], catalog: Catalog, *, synthetic: bool) -> Described:
    """The observations of one indicator; they carry the attribution of every dataset they rest on."""
    observations = standing_tables()["observations"]
    return _derived(indicator.id, indicator.title, indicator.description, observations.row, observations.key, observations.columns,
                    sources, catalog, synthetic)  # fmt: skip


def describe_table(table: Table, sources: Sequence[Dataset], catalog: Catalog, *, synthetic: bool) -> Described:
    """An intermediate table and the attribution of every dataset it rests on."""
    return _derived(table.id, table.title, table.description, table.row, table.key, table.columns, sources, catalog, synthetic)


def describe_standing(table: str, sources: Sequence[Dataset], catalog: Catalog, *, synthetic: bool) -> Described:
    """A table that every release has: `observations` or an area table."""
    if table not in standing_tables():
        raise MetadataError(f"the table {table} is not described", where="catalog/tables.yaml", next_step="describe it there")
    it = standing_tables()[table]
    return _derived(table, it.title, it.description, it.row, it.key, it.columns, sources, catalog, synthetic)


def _derived(
    id: str, title: Text, description: Text, row: Text, key: tuple[str, ...], columns: tuple[Column, ...],
    sources: Sequence[Dataset], catalog: Catalog, synthetic: bool,
) -> Described:  # fmt: skip
    attribution = {dataset.source.attribution.nb: dataset.source.attribution for dataset in sources}
    services = {dataset.source.service: dataset.source.publisher.name.nb for dataset in sources}
    credit = (catalog.publisher.name, *attribution.values())
    return Described(
        id=id, title=title, description=description, row=row, key=key, columns=columns, licence=catalog.licence,
        attribution=credit, sources=tuple((publisher, service) for service, publisher in services.items()), synthetic=synthetic,
    )  # fmt: skip


# --- files ---


def write_parquet(con: duckdb.DuckDBPyConnection, relation: duckdb.DuckDBPyRelation, described: Described, path: Path) -> None:
    """The table sorted by its key, compressed with zstd, with its meaning and terms in the file's metadata.

    Raises MetadataError when the table has a column that is not described, or lacks one that is.
    """
    declared = [column.name for column in described.columns]
    if set(declared) != set(relation.columns):
        wrong = ", ".join(sorted(set(declared) ^ set(relation.columns)))
        raise MetadataError(f"described columns and those of the table differ: {wrong}", where=described.id, effect="nothing is published")
    about = {
        "title": described.title.nb,
        "title_en": described.title.en,
        "description": described.description.nb,
        "description_en": described.description.en,
        "licence": LICENCES[described.licence][1],
        "attribution": "; ".join(text.nb for text in described.attribution),
        "synthetic": str(described.synthetic).lower(),
        "columns": orjson.dumps({c.name: _about_column(c) for c in described.columns}).decode(),
    }
    facts = ", ".join(f"{key}: {literal(value)}" for key, value in about.items())
    terms = ", ".join(f"{name(column.name)}::{column.sql_type} as {name(column.name)}" for column in described.columns)
    order = ", ".join(name(key) for key in described.key)
    relation.create_view("to_write", replace=True)
    con.execute(
        f"""copy (select {terms} from to_write order by {order})
        to {literal(str(path))} (format parquet, compression zstd, row_group_size 122880, kv_metadata {{{facts}}})"""
    )
    con.execute("drop view to_write")


def _about_column(column: Column) -> dict[str, str]:
    about = {"title": column.title.nb, "title_en": column.title.en, "description": column.description.nb}
    about["description_en"] = column.description.en
    return about | ({"unit": column.unit} if column.unit else {})


def write_distributions(
    con: duckdb.DuckDBPyConnection, described: Described, folder: Path, root: Path, *, indicator: Indicator | None = None
) -> list[Distribution]:
    """Every format of the table whose Parquet file lies in `folder` as `<id>.parquet`, described relative to `root`.

    `-excel.csv` is left out above what a sheet holds, `.xlsx` above `XLSX_ROWS` rows or where a text is too long for a cell.
    """
    source = folder / f"{described.id}.parquet"
    table = parquet([source])
    rows, longest = _size(con, table, described)
    written = [distribution(source, root, "parquet", rows)]

    path = folder / f"{described.id}.csv"
    con.execute(f"copy (select {_csv_terms(described)} from {table}) to {literal(str(path))} (format csv, header, delimiter ',')")
    written.append(distribution(path, root, "csv", rows))
    if rows <= EXCEL_ROWS:
        path = folder / f"{described.id}-excel.csv"
        terms = _csv_terms(described, decimal_comma=True)
        con.execute(f"copy (select {terms} from {table}) to {literal(str(path))} (format csv, header, delimiter ';')")
        written.append(distribution(path, root, "csv_excel", rows))
    if rows <= XLSX_ROWS and longest <= XLSX_TEXT:
        path = folder / f"{described.id}.xlsx"
        _write_xlsx(con, table, described, path)
        written.append(distribution(path, root, "xlsx", rows))
    if indicator is not None:
        path = folder / f"{described.id}.json"
        path.write_bytes(json_stat(con, source, indicator, described))
        written.append(distribution(path, root, "json_stat", rows))

    for language in LANGUAGES:
        path = folder / f"README.{language}.txt"
        path.write_text(readme(described, written, language), "utf-8", newline="\n")
        written.append(distribution(path, root, f"readme_{language}", None))
    path = folder / "datapackage.json"
    path.write_bytes(_datapackage(described, written))
    written.append(distribution(path, root, "datapackage", None))
    return written


def distribution(path: Path, root: Path, format: str, rows: int | None) -> Distribution:
    """A file as it lies there now."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Distribution(path.relative_to(root).as_posix(), MEDIA_TYPES[format], format, path.stat().st_size, digest, rows)


def _size(con: duckdb.DuckDBPyConnection, table: str, described: Described) -> tuple[int, int]:
    """Number of rows and length of the longest text."""
    texts = [f"max(length({name(c.name)}))" for c in described.columns if c.type is ColumnType.text]
    longest = f"coalesce(greatest({', '.join(texts)}), 0)" if texts else "0"
    row = con.execute(f"select count(*), {longest} from {table}").fetchone()
    assert row is not None
    return row[0], row[1]


# --- CSV ---

FORMULA_START = r"^[=+\-@\t\r\n＝＋－＠]"
"""A text cell that starts so would be run as a formula by a spreadsheet. In CSV an apostrophe is put before it; numbers stay numbers,
and Parquet and JSON keep the exact text."""


def _csv_terms(described: Described, *, decimal_comma: bool = False) -> str:
    """Select terms that write every value as readers of CSV expect it. With `decimal_comma` also the mark that tells Excel it is UTF-8."""
    mark = "\ufeff" if decimal_comma else ""
    terms = []
    for index, column in enumerate(described.columns):
        it = name(column.name)
        header = name((mark if index == 0 else "") + column.name)
        match column.type:
            case ColumnType.text:
                term = f"case when regexp_matches({it}, {literal(FORMULA_START)}) then '''' || {it} else {it} end"
            case ColumnType.decimal:
                term = f"rtrim(rtrim({it}::varchar, '0'), '.')" if column.scale else f"{it}::varchar"
                term = f"replace({term}, '.', ',')" if decimal_comma else term
            case ColumnType.datetime:
                term = f"{it}::varchar" if decimal_comma else f"replace({it}::varchar, ' ', 'T') || 'Z'"
            case _:
                term = it
        terms.append(f"{term} as {header}")
    return ", ".join(terms)


# --- XLSX ---


def _write_xlsx(con: duckdb.DuckDBPyConnection, table: str, described: Described, path: Path) -> None:
    """A sheet of data below a frozen header and a sheet `Les meg`. Texts, codes among them, are text and never formulas or links."""
    import xlsxwriter
    import xlsxwriter.exceptions

    book = xlsxwriter.Workbook(
        str(path),
        {
            "constant_memory": True,
            "tmpdir": str(path.parent),
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"title": described.title.nb, "subject": described.notice.nb if described.notice else "",
                         "company": described.attribution[0].nb, "created": datetime(2000, 1, 1)})  # fmt: skip
    bold = book.add_format({"bold": True})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})

    sheet = book.add_worksheet("Data")
    sheet.freeze_panes(1, 0)
    for index, column in enumerate(described.columns):
        sheet.set_column(index, index, max(10, min(30, len(column.name) + 2)))
        sheet.write_string(0, index, column.name, bold)
    cells = {
        ColumnType.text: lambda row, index, value: sheet.write_string(row, index, value),
        ColumnType.integer: lambda row, index, value: sheet.write_number(row, index, value),
        ColumnType.decimal: lambda row, index, value: sheet.write_number(row, index, value),
        ColumnType.boolean: lambda row, index, value: sheet.write_boolean(row, index, value),
        ColumnType.date: lambda row, index, value: sheet.write_datetime(row, index, datetime(value.year, value.month, value.day), day),
        ColumnType.datetime: lambda row, index, value: sheet.write_datetime(row, index, value, moment),
    }
    writers = [cells[column.type] for column in described.columns]
    terms = ", ".join(f"{name(c.name)}::double" if c.type is ColumnType.decimal else name(c.name) for c in described.columns)
    for number, row in enumerate(_rows(con, f"select {terms} from {table}"), start=1):
        for index, value in enumerate(row):
            if value is not None:
                writers[index](number, index, value)

    about = book.add_worksheet("Les meg")
    about.set_column(0, 0, 110)
    texts = [line for language in LANGUAGES for line in (*readme(described, (), language).splitlines(), "")]
    for number, line in enumerate(texts):
        about.write_string(number, 0, line)
    try:
        book.close()
    except xlsxwriter.exceptions.FileCreateError as error:
        raise OSError(errno.EIO, str(error), str(path)) from error


def _rows(con: duckdb.DuckDBPyConnection, sql: str) -> Iterator[tuple[Any, ...]]:
    cursor = con.execute(sql)
    while batch := cursor.fetchmany(10_000):
        yield from batch


# --- JSON-stat ---


def json_stat(con: duckdb.DuckDBPyConnection, source: Path, indicator: Indicator, described: Described) -> bytes:
    """The indicator's observations as a JSON-stat 2.0 dataset: area × period (× breakdown), numbers with the digits they have.

    A status other than `A` stands in `status`; a cell that no observation fills is null and has none.
    """
    dimensions = ["ref_area", "time_period", "breakdown"]
    categories = {
        dimension: [row[0] for row in con.execute(f"select distinct {dimension} from {parquet([source])} order by 1").fetchall()]
        for dimension in dimensions
    }
    if categories["breakdown"] in ([], [""]):
        dimensions.remove("breakdown")
    place = {dimension: {code: index for index, code in enumerate(categories[dimension])} for dimension in dimensions}
    size = [len(categories[dimension]) for dimension in dimensions]
    values: list[orjson.Fragment | None] = [None] * _product(size)
    status: dict[str, str] = {}
    names: dict[str, str] = {}
    observations = con.execute(
        f"""select ref_area, time_period, breakdown, ref_area_name, obs_status, rtrim(rtrim(obs_value::varchar, '0'), '.')
        from {parquet([source])}"""
    ).fetchall()
    for area, period, breakdown, area_name, obs_status, value in observations:
        index = 0
        for dimension, code in zip(dimensions, (area, period, breakdown), strict=False):
            index = index * len(categories[dimension]) + place[dimension][code]
        names[area] = area_name or area
        values[index] = None if value is None else orjson.Fragment(value)
        if obs_status != "A":
            status[str(index)] = obs_status
    labels = {
        "ref_area": (standing_column("ref_area"), names),
        "time_period": (standing_column("time_period"), {code: code for code in categories["time_period"]}),
        "breakdown": (standing_column("breakdown"), {code: code or "–" for code in categories["breakdown"]}),
    }
    unit = units()[indicator.unit]
    document = {
        "version": "2.0",
        "class": "dataset",
        "label": indicator.title.nb,
        "source": "; ".join(text.nb for text in described.attribution),
        "note": [note.nb for note in (described.notice, indicator.description, indicator.does_not_say, indicator.not_covered) if note],
        "id": dimensions,
        "size": size,
        "role": {"geo": ["ref_area"], "time": ["time_period"]},
        "dimension": {
            dimension: {
                "label": labels[dimension][0].title.nb,
                "category": {"index": categories[dimension], "label": {code: labels[dimension][1][code] for code in categories[dimension]}},
            }
            for dimension in dimensions
        },
        "value": values,
        "status": dict(sorted(status.items(), key=lambda item: int(item[0]))),
        "extension": {
            "indicator": indicator.id,
            "unit": {"code": indicator.unit, "symbol": unit.symbol.nb, "name": unit.name.nb, "decimals": indicator.decimals},
            "status": {code: text.nb for code, text in vocabulary("obs_status").items()},
            "licence": LICENCES[described.licence][1],
            "synthetic": described.synthetic,
        },
    }
    return orjson.dumps(document) + b"\n"


def standing_column(column: str) -> Column:
    """A column of the observations."""
    return next(it for it in standing_tables()["observations"].columns if it.name == column)


def _product(sizes: Sequence[int]) -> int:
    total = 1
    for size in sizes:
        total *= size
    return total


# --- what is said beside the data ---

_WORDS: dict[str, Text] = {
    "row": Text(nb="Én rad", nn="Éi rad", en="One row"),
    "files": Text(nb="Filer", nn="Filer", en="Files"),
    "columns": Text(nb="Kolonner", nn="Kolonnar", en="Columns"),
    "terms": Text(nb="Vilkår", nn="Vilkår", en="Terms"),
    "licence": Text(nb="Lisens", nn="Lisens", en="Licence"),
    "credit": Text(nb="Oppgi kilden slik", nn="Oppgje kjelda slik", en="Give credit like this"),
    "source": Text(nb="Kilde", nn="Kjelde", en="Source"),
    "reading": Text(nb="Slik leser du tallene", nn="Slik les du tala", en="How to read the numbers"),
    "empty": Text(
        nb="En tom celle betyr at verdien mangler. Den betyr aldri null.",
        nn="Ei tom celle tyder at verdien manglar. Ho tyder aldri null.",
        en="An empty cell means that the value is missing. It never means zero.",
    ),
    "time": Text(
        nb="Klokkeslett er i UTC. Norsk normaltid er én time senere.",
        nn="Klokkeslett er i UTC. Norsk normaltid er éin time seinare.",
        en="Times of day are in UTC. Norwegian standard time is one hour later.",
    ),
    "formula": Text(
        nb="I CSV-filene har tekst som begynner med =, +, -, @, tabulator eller linjeskift fått en apostrof (') foran, slik at et "
        "regneark ikke kjører den som formel. Parquet og JSON har den nøyaktige teksten.",
        nn="I CSV-filene har tekst som byrjar med =, +, -, @, tabulator eller linjeskift fått ein apostrof (') framfor, slik at eit "
        "rekneark ikkje køyrer han som formel. Parquet og JSON har den nøyaktige teksten.",
        en="In the CSV files, text that begins with =, +, -, @, a tab or a line break has an apostrophe (') before it, so that a "
        "spreadsheet does not run it as a formula. Parquet and JSON hold the exact text.",
    ),
    "digits": Text(
        nb="Excel viser høyst 15 sifre. De andre filene har alle sifrene.",
        nn="Excel viser høgst 15 siffer. Dei andre filene har alle sifra.",
        en="Excel shows at most 15 digits. The other files hold all of them.",
    ),
}


def readme(described: Described, files: Sequence[Distribution], language: str) -> str:
    """What the table is, how to read it and on which terms, in one language."""

    def say(word: str) -> str:
        return _WORDS[word].get(language)

    licence, address = LICENCES[described.licence]
    lines = [described.title.get(language), "=" * len(described.title.get(language)), ""]
    lines += [described.notice.get(language), ""] if described.notice else []
    lines += [described.description.get(language), "", f"{say('row')}: {described.row.get(language)}", ""]
    if files:
        lines += [say("files"), *(f"- {Path(f.path).name}: {FORMATS[f.format][2].get(language)}" for f in files if f.rows is not None), ""]
    lines.append(say("columns"))
    for column in described.columns:
        unit = f" ({units()[column.unit].symbol.get(language)})" if column.unit else ""
        lines.append(f"- {column.name}{unit}: {column.title.get(language)}. {column.description.get(language)}")
    lines += ["", say("reading"), f"- {say('empty')}"]
    lines += [f"- {say('time')}"] if any(column.type is ColumnType.datetime for column in described.columns) else []
    lines += [f"- {say('formula')}", f"- {say('digits')}", "", say("terms"), f"- {say('licence')}: {licence.get(language)}, {address}"]
    lines += [f"- {say('credit')}: {'; '.join(text.get(language) for text in described.attribution)}"]
    lines += [f"- {say('source')}: {source}, {service}" for source, service in described.sources]
    return "\n".join(lines) + "\n"


_FIELD_TYPES = {
    ColumnType.text: "string",
    ColumnType.integer: "integer",
    ColumnType.decimal: "number",
    ColumnType.boolean: "boolean",
    ColumnType.date: "date",
    ColumnType.datetime: "datetime",
}


def _datapackage(described: Described, files: Sequence[Distribution]) -> bytes:
    """The files and columns as a Frictionless Data Package (version 2). Texts are Norwegian, all languages beside them."""
    licence, address = LICENCES[described.licence]
    package: dict[str, Any] = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": described.id.replace("_", "-"),
        "title": described.title.nb,
        "titles": described.title.model_dump(),
        "description": described.description.nb,
        "descriptions": described.description.model_dump(),
        "synthetic": described.synthetic,
        "licenses": [{"name": described.licence.replace("_", "-"), "title": licence.nb, "path": address}],
        "attribution": [text.nb for text in described.attribution],
    }
    if described.sources:
        package["sources"] = [{"title": source, "path": service} for source, service in described.sources]
    package["resources"] = [_resource(described, file) for file in files if file.rows is not None]
    return orjson.dumps(package, option=orjson.OPT_INDENT_2) + b"\n"


def _resource(described: Described, file: Distribution) -> dict[str, Any]:
    resource: dict[str, Any] = {
        "name": f"{described.id}-{file.format}".replace("_", "-"),
        "path": Path(file.path).name,
        "title": FORMATS[file.format][1].nb,
        "description": FORMATS[file.format][2].nb,
        "format": Path(file.path).suffix[1:],
        "mediatype": file.media_type,
        "bytes": file.bytes,
        "hash": f"sha256:{file.sha256}",
    }
    if file.format == "json_stat":
        return resource
    if file.format in ("csv", "csv_excel"):
        resource |= {"encoding": "utf-8", "dialect": {"delimiter": "," if file.format == "csv" else ";"}}
    fields = [_field(column, decimal_comma=file.format == "csv_excel") for column in described.columns]
    return resource | {"type": "table", "schema": {"fields": fields, "primaryKey": list(described.key), "missingValues": [""]}}


def _field(column: Column, *, decimal_comma: bool) -> dict[str, Any]:
    field: dict[str, Any] = {
        "name": column.name,
        "type": _FIELD_TYPES[column.type],
        "title": column.title.nb,
        "titles": column.title.model_dump(),
        "description": column.description.nb,
        "descriptions": column.description.model_dump(),
    }
    if column.unit:
        field |= {"unit": column.unit, "unit_symbol": units()[column.unit].symbol.nb}
    if column.type is ColumnType.decimal and decimal_comma:
        field["decimalChar"] = ","
    if column.type is ColumnType.datetime and decimal_comma:
        field["format"] = "any"
    constraints: dict[str, Any] = {} if column.nullable else {"required": True}
    if column.type in (ColumnType.integer, ColumnType.decimal):
        constraints |= {key: value for key, value in (("minimum", column.minimum), ("maximum", column.maximum)) if value is not None}
    if column.pattern:
        constraints["pattern"] = column.pattern
    if column.codes:
        constraints["enum"] = list(column.codes)
        field["codes"] = {code: text.model_dump() for code, text in column.codes.items()}
    return field | ({"constraints": constraints} if constraints else {})
