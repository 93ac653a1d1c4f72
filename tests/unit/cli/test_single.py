"""A single run makes once what it needs, whether or not its check was made before."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.cli.single import run_one


@pytest.mark.parametrize("checked_before", [False, True])
def test_a_run_opens_its_data_and_builds_its_model_once(
    checked_before: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    calls = Counter[str]()
    for name in ("harness.data.datasets.digits.digits", "harness.model.creation.swap_head.swap_head"):
        _counted(name, calls, monkeypatch)

    def config(seed: int) -> dict[str, Any]:
        return {
            "out": str(tmp_path),
            "seed": seed,
            "creation": {"name": "swap_head"},
            "data": {"name": "digits", "samples": 101 + checked_before},  # a set that no other test has opened
            "recipe": {"epochs": 1},
            "tracking": {"name": "none"},
        }

    if checked_before:
        assert run_one(config(seed=0)) == 0
        calls.clear()
    assert run_one(config(seed=1)) == 0
    assert calls == ({"swap_head": 1} if checked_before else {"digits": 1, "swap_head": 1})


def _counted(name: str, calls: Counter[str], monkeypatch: pytest.MonkeyPatch) -> None:
    place, _, function = name.rpartition(".")
    original: Callable[..., Any] = getattr(importlib.import_module(place), function)

    def counting(*arguments: Any) -> Any:
        calls[function] += 1
        return original(*arguments)

    monkeypatch.setattr(name, counting)
