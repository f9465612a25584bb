"""YAML → model. A `MetadataError` names the file and the key that is wrong."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from catalog.errors import MetadataError
from catalog.model import Catalog, Dataset, Ethics, IndicatorEthics, Model, Text

M = TypeVar("M", bound=Model)

HERE = Path(__file__).parent


class Unit(Model):
    """A unit by its UCUM code: the sign that is shown, and its name."""

    symbol: Text
    name: Text


class _UniqueKeys(yaml.CSafeLoader):
    """YAML takes the last of two equal keys in silence; here the second one is an error."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=deep)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"key {key!r} stands twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def read_yaml(text: str, where: str) -> Any:
    """The value of a YAML text; `where` is what an error calls it."""
    try:
        return yaml.load(text, Loader=_UniqueKeys)
    except yaml.YAMLError as error:
        raise MetadataError(f"not readable as YAML: {error}", where=where, next_step="mend the file") from error


def build(model: type[M], values: Any, where: str) -> M:
    """An instance of `model`, or a `MetadataError` that lists every wrong key of the file."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        found = {".".join(map(str, e["loc"])) or "(top)": e for e in error.errors()}
        blank = [key for key, e in found.items() if _is_blank(e["input"])]
        listed = [key for key in blank if f"{key}.0" not in blank]
        wrong = "; ".join(
            [f"{', '.join(listed)}: still [FILL IN]"] * bool(blank) + [f"{key}: {e['msg']}" for key, e in found.items() if key not in blank]
        )
        raise MetadataError(wrong, where=where, effect="nothing is loaded", next_step="correct these keys") from error


def _is_blank(value: Any) -> bool:
    """Whether a scaffold's blank stands there, alone or as the only member of a list."""
    return value == "FILL IN" or (isinstance(value, list | tuple) and len(value) == 1 and _is_blank(value[0]))


def load_catalog(path: Path = HERE / "catalog.yaml") -> Catalog:
    return build(Catalog, read_yaml(path.read_text("utf-8"), path.name), path.name)


def load_dataset(path: Path) -> Dataset:
    """One dataset. The file's stem is its id, and every unit and target it names is known."""
    dataset = build(Dataset, read_yaml(path.read_text("utf-8"), path.name), path.name)
    if dataset.id != path.stem:
        raise MetadataError(f"id: {dataset.id} is not the name of the file", where=path.name)
    for column in dataset.columns:
        check_unit(column.unit, f"{path.name}: columns.{column.name}.unit")
    check_roles(dataset.ethics, path.name)
    return dataset


def load_datasets(folder: Path) -> dict[str, Dataset]:
    """All datasets of a folder, by id."""
    return {path.stem: load_dataset(path) for path in sorted(folder.glob("*.yaml"))}


@cache
def units() -> dict[str, Unit]:
    """Every unit that may be used, by UCUM code."""
    path = HERE / "units.yaml"
    return {code: build(Unit, value, f"units.yaml: {code}") for code, value in read_yaml(path.read_text("utf-8"), path.name).items()}


@cache
def vocabulary(name: str) -> dict[str, Text]:
    """A closed list of codes with their names: `obs_status`, `comparability`, `fidelity`, `warning` …"""
    path = HERE / "vocabularies.yaml"
    lists = read_yaml(path.read_text("utf-8"), path.name)
    return {str(code): build(Text, value, f"vocabularies.yaml: {name}.{code}") for code, value in lists[name].items()}


def role(code: str) -> Text:
    """What a role that assesses or decides is called; one that is not in the list `role`, which no file may name, is called by its code."""
    return vocabulary("role").get(code) or Text(nb=code, nn=code, en=code)


def check_roles(ethics: Ethics | IndicatorEthics | None, where: str) -> None:
    """Readers of every language see who assessed and decided, so a role has its name in all of them."""
    if ethics is None:
        return
    waived = [waiver.by for waiver in ethics.waivers] if isinstance(ethics, Ethics) else []
    named = {ethics.assessor, ethics.decision.by, *waived, *filter(None, [getattr(ethics, "reviewer", None)])}
    if unknown := sorted(named - set(vocabulary("role"))):
        raise MetadataError(
            f"ethics: role {', '.join(map(repr, unknown))} has no name",
            where=where, next_step="declare it under `role` in catalog/vocabularies.yaml, in all languages",
        )  # fmt: skip


def check_unit(unit: str | None, where: str) -> None:
    if unit is not None and unit not in units():
        raise MetadataError(f"unit {unit!r} is not declared", where=where, next_step="add it to catalog/units.yaml")
