"""A job goes on where it stopped, and its table is the same whichever way it came about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from harness.diagnose.atlas import job
from harness.diagnose.atlas.job import carry_out, named
from harness.diagnose.atlas.table import AtlasTable
from harness.spec.errors import RequestError

EVERY = ("broken", "mlp", "plain", "wide")


class Synthetic:
    """A small library whose faults are known, and which counts what is built."""

    name, version = "synthetic", "1.0"
    options: dict[str, Any] = {"drop_rate": 0.25}  # noqa: RUF012

    def __init__(self) -> None:
        self.built: list[str] = []

    def architectures(self) -> list[str]:
        return list(EVERY)

    def family(self, architecture: str) -> str:
        return "synthetic"

    def create(self, architecture: str, num_classes: int | None, **options: Any) -> nn.Module:
        self.built.append(architecture)
        if architecture == "broken":
            raise ValueError("a part is missing")
        model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, num_classes or 1000))
        if architecture == "wide":
            nn.init.normal_(model[2].weight, 0, 3)
        return model

    def side(self, model: nn.Module) -> tuple[int, int, int]:
        return 3, 4, 8

    def features(self, model: nn.Module, images: torch.Tensor) -> Any:
        return images[:, 0, 0]

    def logits(self, model: nn.Module, features: Any) -> Any:
        return model(features)


def test_a_second_start_builds_nothing_and_leaves_the_same_file(tmp_path: Path) -> None:
    library = Synthetic()
    first = carry_out(library, EVERY, tmp_path)
    assert (first.measured, first.known, len(first.failed)) == (4, 0, 1)
    content = first.path.read_bytes()
    library.built.clear()
    second = carry_out(library, EVERY, tmp_path)
    assert (second.measured, second.known, library.built) == (0, 4, [])
    assert first.path.read_bytes() == content
    third = carry_out(library, EVERY, tmp_path, force=True)
    assert (third.measured, library.built[0]) == (4, "broken")
    assert first.path.read_bytes() == content


def test_an_interrupted_job_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = carry_out(Synthetic(), EVERY, tmp_path / "whole").path.read_bytes()

    def interrupted(library: Synthetic, architecture: str) -> dict[str, Any]:
        if architecture == "plain":
            raise KeyboardInterrupt
        return measure(library, architecture)

    measure = job.measure
    monkeypatch.setattr(job, "measure", interrupted)
    with pytest.raises(KeyboardInterrupt):
        carry_out(Synthetic(), EVERY, tmp_path)
    monkeypatch.undo()
    [partial] = tmp_path.glob("*.jsonl")
    partial.write_text(partial.read_text() + '{"name": "plain", "torn')  # as a killed process leaves it
    again = carry_out(Synthetic(), EVERY, tmp_path)
    assert (again.measured, again.known) == (2, 2)
    assert again.path.read_bytes() == whole
    assert not list(tmp_path.glob("*.jsonl"))


def test_rows_of_another_torch_are_measured_anew(tmp_path: Path) -> None:
    done = carry_out(Synthetic(), ["plain"], tmp_path)
    text = done.path.read_text().replace(f",{torch.__version__.partition('+')[0]},", ",2.0.0,", 1)
    done.path.write_text(text)
    assert carry_out(Synthetic(), ["plain"], tmp_path).measured == 1


def test_what_cannot_be_built_is_a_row_with_its_reason(tmp_path: Path) -> None:
    [failed] = carry_out(Synthetic(), EVERY, tmp_path).failed
    assert (failed["name"], failed["error"], failed["traps"]) == ("broken", "ValueError: a part is missing", "")


def test_a_torn_line_does_not_swallow_the_next(tmp_path: Path) -> None:
    table = AtlasTable(tmp_path, "synthetic", "1.0")
    (tmp_path / "synthetic-1.0.partial.jsonl").write_text('{"name": "torn')
    table.add({"name": "plain"})
    assert list(table.rows()) == ["plain"]


def test_a_pattern_that_names_nothing_is_refused() -> None:
    with pytest.raises(RequestError, match=r"name: synthetic 1\.0 has no 'plane'; did you mean plain"):
        named([Synthetic()], "plane")
