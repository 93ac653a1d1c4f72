"""The benchmark's two sides do the same work, and what it writes holds every value."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest
import torch

from harness.dev.bench.pipeline.measure import EPOCHS, PipelineTiming, measure
from harness.dev.bench.pipeline.report import HARNESS, HARNESS_AGAIN, PipelineFigures, write
from harness.dev.bench.pipeline.sides import BATCH, harness_side, torchvision_side, write_photographs


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_photographs(tmp_path_factory.mktemp("photographs"), BATCH + 1)


def test_both_sides_give_whole_batches_of_the_same_images(folder: Path, tmp_path: Path) -> None:
    sides = [harness_side(folder, 32, tmp_path), torchvision_side(folder, 32, 0, True)]
    ours, theirs = (torch.cat(list(side())) for side in sides)
    assert ours.shape == theirs.shape == (BATCH, 3, 32, 32)
    assert abs(ours.mean() - theirs.mean()) < 0.1
    assert abs(ours.std() - theirs.std()) < 0.1


def test_a_side_is_measured_in_a_process_of_its_own(folder: Path, tmp_path: Path) -> None:
    measured = measure(HARNESS, 1, partial(harness_side, folder, 32, tmp_path))
    assert measured.images == BATCH
    assert len(measured.seconds) == EPOCHS
    assert min(measured.seconds) > 0
    assert measured.later > measured.first, "decoding is left to the first epoch"
    with pytest.raises(RuntimeError, match="missing failed"):
        measure("missing", 1, partial(torchvision_side, tmp_path / "missing", 32, 0, True))


def test_ratios_are_those_of_the_same_repeat(tmp_path: Path) -> None:
    def repeats(variant: str, *seconds: float) -> list[PipelineTiming]:
        return [
            PipelineTiming(variant, number, 60, [9.0, each, each, each], 1, 0.5) for number, each in enumerate(seconds)
        ]

    measured = repeats(HARNESS, 1, 2, 4) + repeats(HARNESS_AGAIN, 1, 1, 1) + repeats("torchvision", 4, 6, 8)
    findings = PipelineFigures({"made": []}, {"made": measured})
    data, figure = write(findings, tmp_path)
    told = json.loads(data.read_text())["sets"]["made"]
    assert told["ratios"]["harness, later"]["raw"] == [4.0, 3.0, 2.0]
    assert told["ratios"]["harness, first"]["median"] == 1.0
    assert [each["repeat"] for each in told["repeats"]] == [0, 1, 2] * 3
    assert figure.stat().st_size > 10_000
