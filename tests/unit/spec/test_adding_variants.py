"""Variants that somebody is about to add: what is missing is said in one line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hydra.errors import MissingConfigException
from torch import nn

from harness.cli.messages import EXTENDED, explain
from harness.model.build import check_heads
from harness.spec.errors import RequestError
from harness.spec.spec import Spec
from harness.spec.variants import load_variant, variants


def test_a_function_not_named_as_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "package_of_variants"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "wide.py").write_text("def narrow():\n    pass\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(RequestError, match=r"^wide: package_of_variants\.wide has no function wide; "):
        load_variant("package_of_variants", "wide")
    assert "package_of_variants.wide" in sys.modules


@pytest.mark.parametrize("group", EXTENDED)
def test_a_function_without_its_yaml(group: str) -> None:
    name = variants(EXTENDED[group])[0]
    error = MissingConfigException("", f"{group}/{name}", [])
    assert explain(error) == f"{group}: '{name}' has its function, and no file conf/{group}/{name}.yaml names it"


def test_a_head_that_is_no_layer() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Sequential(nn.BatchNorm1d(256), nn.Linear(256, 10)))
    check_heads(Spec(), model, ("1.1",))
    with pytest.raises(
        RequestError, match=r"the head '1' of create_model is a Sequential; Created\.heads names layers"
    ):
        check_heads(Spec(), model, ("1",))
