"""CONTRIBUTING says which config groups have variants in code, and where: it holds for conf/ and for the package."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from harness.spec.paths import configuration_folder
from harness.spec.spec import Spec, Variant
from harness.spec.variants import variants

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| `(\w+)` \| (variants|presets)\b[^|]*\| (?:`([\w.]+)`)?[^|]*\|$", re.MULTILINE)
OUTSIDE = {"hydra"}
"""Hydra's own groups."""


def table() -> dict[str, str | None]:
    """The place in the package of each group in CONTRIBUTING's table; None for presets."""
    rows = ROW.findall((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    return {group: place if kind == "variants" else None for group, kind, place in rows}


def named(group: str) -> set[str]:
    """The variants that the choices of a group name."""
    found = set()
    for file in (configuration_folder() / group).glob("*.yaml"):
        content = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
        found.add(content.get("name") or content[group]["name"])
    return found


def test_every_group_stands_in_the_table() -> None:
    groups = {path.name for path in configuration_folder().iterdir() if path.is_dir()} - OUTSIDE
    assert table().keys() == groups


def test_every_variant_in_code_is_a_choice_and_every_choice_a_variant() -> None:
    for group, place in table().items():
        if place is not None:
            assert named(group) == set(variants(place)), group


def test_the_spec_reads_the_variants_where_the_table_says() -> None:
    kinds = {name: type(field.default) for name, field in Spec.model_fields.items()}
    places = {name: kind.package for name, kind in kinds.items() if issubclass(kind, Variant)}
    told = table()
    assert places == {group: place for group, place in told.items() if place is not None and group in places}
    assert not [group for group, place in told.items() if place is None and group in places]
