"""SDMX 2.1: indicators in the dimensions of the UN's structure for the SDGs, as CSV and as structure-specific XML, with the structure.

The structure is our own (`SDG_NO_MUN`), because the UN's list of areas has no municipalities: its dimensions and code lists are the UN's,
areas, series and units of ours begin with `NO` or `_L_`. What an indicator does not tell apart is `_T`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

import duckdb

from catalog.codes import LICENCES
from catalog.described import Described
from catalog.load import units, vocabulary
from catalog.model import LANGUAGES, Indicator, Text

AGENCY = "BYMAAL"
STRUCTURE, FLOW, VERSION = "SDG_NO_MUN", "DF_SDG_NO_MUN", "1.0"
DIMENSIONS = (
    "FREQ", "REPORTING_TYPE", "SERIES", "REF_AREA", "SEX", "AGE", "URBANISATION", "INCOME_WEALTH_QUANTILE", "EDUCATION_LEV", "OCCUPATION",
    "CUST_BREAKDOWN", "COMPOSITE_BREAKDOWN", "DISABILITY_STATUS", "ACTIVITY", "PRODUCT",
)  # fmt: skip
OF_OBSERVATIONS = ("OBS_STATUS", "UNIT_MULT", "UNIT_MEASURE", "NATURE", "CUST_BREAKDOWN_LB", "COMMENT_OBS")
_MANDATORY = ("OBS_STATUS", "UNIT_MULT", "UNIT_MEASURE")
_UNITS = {
    "%": "PT",
    "ug/m3": "GPERM3",
    "t{CO2eq}": "TCO2E",
    "1": "NUMBER",
    "{person}": "NUMBER",
    "t": "T",
    "/(10*5.{person})": "PER_100000_POP",
}
"""Units that the UN's list has; the others get a code of our own."""

Row = dict[str, str]


def series_code(indicator: str) -> str:
    """The code of an indicator's series: our own, because definitions differ from the UN's."""
    return f"_L_{indicator.upper()}"


def unit_code(unit: str) -> str:
    """The code of a unit: the UN's where it has one, else our own from its place in our list."""
    return _UNITS.get(unit) or f"_L_UNIT{list(units()).index(unit) + 1:02}"


def area_code(area: str) -> str:
    """`578` is the UN's number of Norway; a municipality or county has `NO` before its number."""
    return "578" if area == "NO" else f"NO{area}" if area.isdigit() else f"_L_{area.upper()}"


def breakdown_codes(breakdowns: Iterable[str]) -> dict[str, str]:
    """`C01`, `C02` … for the parts that an indicator is broken down into, in their order; their names stand in CUST_BREAKDOWN_LB."""
    return {"": "_T"} | {part: f"C{number:02}" for number, part in enumerate(sorted({*breakdowns} - {""}), start=1)}


def sdmx_csv(con: duckdb.DuckDBPyConnection, table: str, indicator: Indicator) -> bytes:
    """SDMX-CSV 1.0: one observation a line."""
    lines = io.StringIO(newline="")
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(["DATAFLOW", *DIMENSIONS, "TIME_PERIOD", "OBS_VALUE", *OF_OBSERVATIONS])
    for row in _rows(con, table, indicator):
        flow = f"{AGENCY}:{FLOW}({VERSION})"
        writer.writerow([flow, *(row[it] for it in (*DIMENSIONS, "TIME_PERIOD", "OBS_VALUE", *OF_OBSERVATIONS))])
    return lines.getvalue().encode()


def sdmx_ml(con: duckdb.DuckDBPyConnection, table: str, indicator: Indicator, described: Described) -> bytes:
    """SDMX-ML 2.1, structure-specific: observations by series. It needs the structure message of the release to be read."""
    ns = f"urn:sdmx:org.sdmx.infomodel.datastructure.DataStructure={AGENCY}:{STRUCTURE}({VERSION}):ObsLevelDim:TIME_PERIOD"
    message = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message"
    structure = (
        f"  <mes:Structure structureID='{STRUCTURE}' namespace={quoteattr(ns)} dimensionAtObservation='TIME_PERIOD'>\n"
        f"   <common:Structure><Ref agencyID='{AGENCY}' id='{STRUCTURE}' version='{VERSION}' class='DataStructure'/></common:Structure>\n"
        "  </mes:Structure>\n"
    )
    out = [
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<mes:StructureSpecificData xmlns:mes="{message}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xmlns:common="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/common" '
        f'xmlns:ss="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/data/structurespecific" xmlns:ns1={quoteattr(ns)}>\n'
        f"{_header(indicator.id, structure, described)}"
        f' <mes:DataSet ss:dataScope="DataStructure" xsi:type="ns1:DataSetType" ss:structureRef="{STRUCTURE}">\n'
    ]
    before: tuple[str, ...] | None = None
    for row in _rows(con, table, indicator):
        series = tuple(row[dimension] for dimension in DIMENSIONS)
        if series != before:
            out.append("  </Series>\n" if before else "")
            out.append("  <Series " + " ".join(f"{d}={_attribute(v)}" for d, v in zip(DIMENSIONS, series, strict=True)) + ">\n")
            before = series
        told = {key: row[key] for key in ("TIME_PERIOD", "OBS_VALUE", *OF_OBSERVATIONS) if row[key] != ""}
        out.append("   <Obs " + " ".join(f"{key}={_attribute(value)}" for key, value in told.items()) + "/>\n")
    out.append(("  </Series>\n" if before else "") + " </mes:DataSet>\n</mes:StructureSpecificData>\n")
    return "".join(out).encode()


def sdmx_structure(indicators: Sequence[Indicator], areas: Mapping[str, str], described: Described) -> bytes:
    """The structure message: our data structure, its dataflow, and the code lists with what this release uses of them."""
    total = {"_T": Text(nb="I alt", nn="I alt", en="Total")}
    lists: dict[str, Mapping[str, Text]] = {
        "CL_FREQ": {"A": Text(nb="År", nn="År", en="Annual"), "M": Text(nb="Måned", nn="Månad", en="Monthly")},
        "CL_REPORTING_TYPE": {"N": Text(nb="Nasjonal", nn="Nasjonal", en="National")},
        "CL_SERIES": {series_code(indicator.id): indicator.title for indicator in indicators},
        "CL_AREA": {area_code(area): Text(nb=area_name, nn=area_name, en=area_name) for area, area_name in sorted(areas.items())},
        "CL_CUST_BREAKDOWN": total | {f"C{n:02}": Text(nb=f"Del {n}", nn=f"Del {n}", en=f"Part {n}") for n in range(1, 100)},
        "CL_TOTAL": total,
        "CL_OBS_STATUS": vocabulary("obs_status"),
        "CL_UNIT_MULT": {"0": Text(nb="Enheter", nn="Einingar", en="Units")},
        "CL_UNIT_MEASURE": {unit_code(unit): units()[unit].name for unit in sorted({indicator.unit for indicator in indicators})},
        "CL_NATURE": {"C": Text(nb="Landets egne data", nn="Landet sine eigne data", en="Country data")},
    }
    of = {"FREQ": "CL_FREQ", "REPORTING_TYPE": "CL_REPORTING_TYPE", "SERIES": "CL_SERIES", "REF_AREA": "CL_AREA",
          "CUST_BREAKDOWN": "CL_CUST_BREAKDOWN", "OBS_STATUS": "CL_OBS_STATUS", "UNIT_MULT": "CL_UNIT_MULT",
          "UNIT_MEASURE": "CL_UNIT_MEASURE", "NATURE": "CL_NATURE"}  # fmt: skip
    concepts = (*DIMENSIONS, "TIME_PERIOD", "OBS_VALUE", *OF_OBSERVATIONS)

    def identity(concept: str) -> str:
        return (
            f"<str:ConceptIdentity><Ref maintainableParentID='CS_SDG_NO' maintainableParentVersion='{VERSION}' agencyID='{AGENCY}' "
            f"id='{concept}' package='conceptscheme' class='Concept'/></str:ConceptIdentity>"
        )

    def codes(concept: str) -> str:
        return (
            f"<str:LocalRepresentation><str:Enumeration><Ref agencyID='{AGENCY}' id='{of.get(concept, 'CL_TOTAL')}' version='{VERSION}' "
            "package='codelist' class='Codelist'/></str:Enumeration></str:LocalRepresentation>"
        )

    def named(text: Text) -> str:
        return "".join(f"<common:Name xml:lang='{lang}'>{escape(_plain(text.get(lang)))}</common:Name>" for lang in LANGUAGES)

    title = described.title
    ids = f"agencyID='{AGENCY}' version='{VERSION}' isFinal='true'"
    parts = [
        "<?xml version='1.0' encoding='UTF-8'?>\n<mes:Structure xmlns:mes='http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message' "
        "xmlns:str='http://www.sdmx.org/resources/sdmxml/schemas/v2_1/structure' "
        "xmlns:common='http://www.sdmx.org/resources/sdmxml/schemas/v2_1/common'>\n",
        _header(STRUCTURE, "", described),
        " <mes:Structures>\n",
        f"  <str:Dataflows><str:Dataflow id='{FLOW}' {ids}>{named(title)}<str:Structure><Ref agencyID='{AGENCY}' id='{STRUCTURE}' "
        f"version='{VERSION}' package='datastructure' class='DataStructure'/></str:Structure></str:Dataflow></str:Dataflows>\n",
        "  <str:Codelists>\n",
        *(
            f"   <str:Codelist id='{list_}' {ids}>{named(Text(nb=list_, nn=list_, en=list_))}"
            + "".join(f"\n    <str:Code id={_attribute(code)}>{named(text)}</str:Code>" for code, text in entries.items())
            + "\n   </str:Codelist>\n"
            for list_, entries in lists.items()
        ),
        "  </str:Codelists>\n",
        f"  <str:Concepts><str:ConceptScheme id='CS_SDG_NO' {ids}>{named(title)}"
        + "".join(f"\n   <str:Concept id='{it}'>{named(Text(nb=it, nn=it, en=it))}</str:Concept>" for it in concepts)
        + "\n  </str:ConceptScheme></str:Concepts>\n",
        f"  <str:DataStructures><str:DataStructure id='{STRUCTURE}' {ids}>{named(title)}<str:DataStructureComponents>\n"
        "   <str:DimensionList id='DimensionDescriptor'>\n",
        *(
            f"    <str:Dimension id='{d}' position='{n}'>{identity(d)}{codes(d)}</str:Dimension>\n"
            for n, d in enumerate(DIMENSIONS, start=1)
        ),
        f"    <str:TimeDimension id='TIME_PERIOD' position='{len(DIMENSIONS) + 1}'>{identity('TIME_PERIOD')}<str:LocalRepresentation>"
        "<str:TextFormat textType='ObservationalTimePeriod'/></str:LocalRepresentation></str:TimeDimension>\n   </str:DimensionList>\n",
        "   <str:AttributeList id='AttributeDescriptor'>\n",
        *(
            f"    <str:Attribute id='{a}' assignmentStatus='{'Mandatory' if a in _MANDATORY else 'Conditional'}'>"
            f"{identity(a)}{codes(a) if a in of else ''}<str:AttributeRelationship><str:PrimaryMeasure><Ref id='OBS_VALUE'/>"
            "</str:PrimaryMeasure></str:AttributeRelationship></str:Attribute>\n"
            for a in OF_OBSERVATIONS
        ),
        f"   </str:AttributeList>\n   <str:MeasureList id='MeasureDescriptor'><str:PrimaryMeasure id='OBS_VALUE'>{identity('OBS_VALUE')}"
        "</str:PrimaryMeasure></str:MeasureList>\n  </str:DataStructureComponents></str:DataStructure></str:DataStructures>\n",
        " </mes:Structures>\n</mes:Structure>\n",
    ]
    return "".join(parts).encode()


def _header(id_: str, structure: str, described: Described) -> str:
    """The header of a message. Its time is fixed, so that the same numbers give the same bytes; the release says when."""
    return (
        f" <mes:Header>\n  <mes:ID>{id_}</mes:ID>\n  <mes:Test>{str(described.synthetic).lower()}</mes:Test>\n"
        f"  <mes:Prepared>2000-01-01T00:00:00Z</mes:Prepared>\n  <mes:Sender id='{AGENCY}'/>\n{structure}"
        f"  <mes:Source xml:lang='nb'>{escape(_plain('; '.join(text.nb for text in described.attribution)))}</mes:Source>\n"
        f" </mes:Header>\n <!-- {escape(_plain(LICENCES[described.licence][1])).replace('--', '- -')} -->\n"
    )


def _rows(con: duckdb.DuckDBPyConnection, table: str, indicator: Indicator) -> list[Row]:
    """Every observation in the structure's terms, by series and time. A withheld or missing value is empty, and its status says why."""
    found = con.execute(
        f"""select ref_area, time_period, breakdown, obs_status, rtrim(rtrim(obs_value::varchar, '0'), '.'), warnings from {table}"""
    ).fetchall()
    parts = breakdown_codes(row[2] for row in found)
    fixed = dict.fromkeys(DIMENSIONS, "_T") | {
        "REPORTING_TYPE": "N",
        "SERIES": series_code(indicator.id),
        "UNIT_MULT": "0",
        "UNIT_MEASURE": unit_code(indicator.unit),
        "NATURE": "C",
    }
    rows = [
        fixed
        | {
            "FREQ": "M" if len(period) == 7 else "A",
            "REF_AREA": area_code(area),
            "CUST_BREAKDOWN": parts[breakdown],
            "TIME_PERIOD": period,
            "OBS_VALUE": value or "",
            "OBS_STATUS": status,
            "CUST_BREAKDOWN_LB": _plain(breakdown),
            "COMMENT_OBS": _plain(warnings or ""),
        }
        for area, period, breakdown, status, value, warnings in found
    ]
    return sorted(rows, key=lambda row: (*(row[dimension] for dimension in DIMENSIONS), row["TIME_PERIOD"]))


def _plain(text: str) -> str:
    """Text without the signs that XML cannot hold."""
    return "".join(
        sign for sign in text if sign in "\t\n" or (sign >= " " and not "\ud800" <= sign <= "\udfff" and sign not in "\ufffe\uffff")
    )


def _attribute(value: str) -> str:
    return quoteattr(_plain(value))
