"""What things *are*: catalogue, dataset, column, source, ethics record, indicator. Values only, no behaviour beyond refusing nonsense.

Everything else (checks, column types, comments, dictionaries, RDF, pages) is derived from these. Everybody imports them from here; in which
file each is written is the business of this package alone.
"""

from catalog.model.catalogue import Catalog, MunicipalityCode, Target
from catalog.model.column import Column, ColumnType
from catalog.model.dataset import Correction, Dataset, Drift, Period, Provider, RowRule, Rule, SwitchedOff
from catalog.model.ethics import Care, Decision, Dpia, Ethics, IndicatorEthics, PublishedSum, Report, Risk, Waiver
from catalog.model.indicator import Benchmark, Crosswalk, Example, Indicator, Reference, RegistryGap, Sdg, Table
from catalog.model.source import (
    Calendar,
    DeclaredFile,
    End,
    FileColumn,
    FileSeries,
    FileTime,
    Source,
    StatisticsTable,
    TableDimension,
    TableMeasure,
    TableVersion,
)
from catalog.model.values import LANGUAGES, Agent, Contact, Id, Iri, Keywords, Model, RegistryId, Text, Words

__all__ = [
    "LANGUAGES",
    "Agent",
    "Benchmark",
    "Calendar",
    "Care",
    "Catalog",
    "Column",
    "ColumnType",
    "Contact",
    "Correction",
    "Crosswalk",
    "Dataset",
    "Decision",
    "DeclaredFile",
    "Dpia",
    "Drift",
    "End",
    "Ethics",
    "Example",
    "FileColumn",
    "FileSeries",
    "FileTime",
    "Id",
    "Indicator",
    "IndicatorEthics",
    "Iri",
    "Keywords",
    "Model",
    "MunicipalityCode",
    "Period",
    "Provider",
    "PublishedSum",
    "Reference",
    "RegistryGap",
    "RegistryId",
    "Report",
    "Risk",
    "RowRule",
    "Rule",
    "Sdg",
    "Source",
    "StatisticsTable",
    "SwitchedOff",
    "Table",
    "TableDimension",
    "TableMeasure",
    "TableVersion",
    "Target",
    "Text",
    "Waiver",
    "Words",
]
