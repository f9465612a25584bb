"""The schemas that editors use accept what the product accepts, and nothing that it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from pipelines.authoring.schemas import WRITTEN, write_schemas

ROOT = Path(__file__).parents[2]
FILES = [(kind, path) for kind, (_, place) in WRITTEN.items() for path in sorted(ROOT.glob(place))]


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict]:
    folder = tmp_path_factory.mktemp("schemas") / ".schemas"
    return {path.stem: json.loads(path.read_text("utf-8")) for path in write_schemas(folder)}


@pytest.mark.parametrize(("kind", "path"), FILES, ids=[path.stem for _, path in FILES])
def test_every_file_of_the_product_is_valid_by_the_schema_of_its_kind(schemas: dict[str, dict], kind: str, path: Path) -> None:
    as_json = json.loads(json.dumps(yaml.safe_load(path.read_text("utf-8")), default=str))
    jsonschema.Draft202012Validator(schemas[kind]).validate(as_json)


def test_a_misspelt_key_and_a_missing_one_are_marked_in_the_editor(schemas: dict[str, dict]) -> None:
    dataset = json.loads(json.dumps(yaml.safe_load((ROOT / "pipelines/datasets/car_fleet.yaml").read_text("utf-8")), default=str))
    dataset["titel"] = dataset.pop("title")
    found = {error.message for error in jsonschema.Draft202012Validator(schemas["dataset"]).iter_errors(dataset)}
    assert any("titel" in message for message in found) and any("'title' is a required property" in message for message in found)


def test_editors_are_told_which_files_a_schema_holds_for(schemas: dict[str, dict]) -> None:
    assert schemas["settings"]["yaml.schemas"]["./.schemas/dataset.json"] == "pipelines/datasets/*.yaml"
