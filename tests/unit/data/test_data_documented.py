"""What docs/data.md says of endings, names and fields is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image

from harness.data.datasets.huggingface import TEST
from harness.data.depth import DEPTHS
from harness.data.layout import COMMON, ROLES, endings
from harness.spec.paths import is_hidden
from harness.spec.spec import Data

PAGE = (Path(__file__).parents[3] / "docs" / "data.md").read_text(encoding="utf-8")
TEXT = " ".join(PAGE.split())


def test_the_names_of_the_parts() -> None:
    for names in ROLES.values():
        assert all(f"`{name}/`" in TEXT or f"`{name}`" in TEXT for name in names)


def test_the_endings() -> None:
    listed = re.search(r"endings beyond (.*?);", TEXT)
    assert listed is not None
    assert set(re.findall(r"`(\.\w+)`", listed.group(1))) == set(COMMON)
    others = re.search(r"decodes are read \((.*?)\.\.\.;", TEXT)
    assert others is not None
    assert set(re.findall(r"`(\.\w+)`", others.group(1))) <= endings()
    assert not {".eps", ".ps", ".pdf", ".h5", ".mpg"} & endings()


def test_what_is_hidden() -> None:
    listed = re.search(r"no data: (.*?) torchvision reads", TEXT)
    assert listed is not None
    named = re.findall(r"`([^`]+)`", listed.group(1))
    assert [name for name in named if not is_hidden(name)] == ["Thumbs.db", "desktop.ini"]
    assert not endings() & {".db", ".ini"}


def test_the_depths() -> None:
    assert f"largest that {', '.join(map(str, DEPTHS[:-1]))} or {DEPTHS[-1]} bits hold" in TEXT


def test_the_splits_of_a_table() -> None:
    assert f"the first of {', '.join(f'`{name}`' for name in TEST)} that has labels" in TEXT


def test_every_field_is_one() -> None:
    known = {*Data.model_fields, "notes", "parts", "intensity"}
    assert set(re.findall(r"`data\.(\w+)", TEXT)) <= known


@pytest.mark.parametrize("mode", ["I", "F"])
def test_modes_without_a_range_have_no_place_in_it(mode: str) -> None:
    from harness.data.resize import to_rgb

    with pytest.raises(ValueError, match="no fixed range"):
        to_rgb(Image.new(mode, (8, 8)))
