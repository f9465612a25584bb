"""JSON Schemas of the files that people write, derived from the models, so that an editor can complete and check them."""

from __future__ import annotations

import json
from pathlib import Path

from catalog.model import Catalog, Dataset, Model, Reference, RegistryGap

WRITTEN: dict[str, tuple[type[Model], str]] = {
    "catalog": (Catalog, "catalog/catalog.yaml"),
    "dataset": (Dataset, "pipelines/datasets/*.yaml"),
    "gap": (RegistryGap, "indicators/goal_*/*.yaml"),
    "reference": (Reference, "indicators/reference/*.yaml"),
}
"""Per kind of file its model, and where such files lie."""


def write_schemas(folder: Path) -> list[Path]:
    """One `<kind>.json` per kind of file, and `settings.json`: where each holds, as editors with yaml-language-server read it."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for kind, (model, _) in WRITTEN.items():
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema(mode="validation")}
        written.append(_write(folder / f"{kind}.json", schema))
    places = {f"./{folder.name}/{kind}.json": place for kind, (_, place) in WRITTEN.items()}
    return [*written, _write(folder / "settings.json", {"yaml.schemas": places})]


def _write(path: Path, value: dict) -> Path:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")
    return path


if __name__ == "__main__":
    for path in write_schemas(Path(".schemas")):
        print(path)
