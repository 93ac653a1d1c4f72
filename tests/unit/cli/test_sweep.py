"""A sweep, started twice, with more seeds, and with a configuration that is unavailable."""

from __future__ import annotations

import csv
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.usefixtures("undrawn")

Command = Callable[..., subprocess.CompletedProcess[str]]
SWEEP = ["-m", "creation=create_model,swap_head", "init=keep,zeros", "recipe.epochs=1", "data.samples=100"]
SWEEP += ["study=tried", "tracking=none"]


@pytest.mark.slow
def test_a_second_start_trains_nothing_and_more_seeds_add(command: Command, tmp_path: Path) -> None:
    first = command(*SWEEP, "seed=0,1")
    assert first.returncode == 0, first.stderr
    assert "0 done already, 8 to train" in first.stderr
    folder = tmp_path / "runs" / "tried"
    records = {path: path.stat().st_mtime_ns for path in folder.glob("*/record.json")}
    assert len(records) == 8

    second = command(*SWEEP, "seed=0,1")
    assert second.returncode == 0
    assert "8 done already, 0 to train; nothing is trained" in second.stderr

    third = command(*SWEEP, "seed=range(0,3)")
    assert "8 done already, 4 to train" in third.stderr
    assert all(path.stat().st_mtime_ns == time for path, time in records.items())

    with (folder / "summary.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    assert {(row["creation"], row["init"]) for row in rows} == {
        (creation, init) for creation in ("create_model", "swap_head") for init in ("keep", "zeros")
    }
    assert all(row["n"] == "3" for row in rows)
    zeros = {row["creation"]: row["top1_mean"] for row in rows if row["init"] == "zeros"}
    assert zeros["create_model"] == zeros["swap_head"]
    baseline = next(row for row in rows if row["creation"] == "create_model" and row["init"] == "keep")
    assert baseline["diff_mean"] == ""
    assert (folder / "report.html").is_file()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["runs"]


@pytest.mark.slow
def test_a_cell_that_cannot_be_is_skipped_with_its_reason(command: Command, tmp_path: Path) -> None:
    done = command(
        "-m", "backbone=test_resnet,test_vit", "regularization.attn_drop_rate=0.1", "recipe.epochs=1",
        "data.samples=100", "tracking=none",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "skipped" in done.stderr
    assert "test_resnet has none" in done.stderr
    study = json.loads(next(tmp_path.glob("runs/*/study.json")).read_text())
    assert len(study["skipped"]) == 1
    assert len(list(tmp_path.rglob("record.json"))) == 1


@pytest.mark.long
def test_splits_crossed_with_seeds_reach_the_report_and_the_archive(command: Command, tmp_path: Path) -> None:
    sweep = ["-m", "creation=create_model,swap_head", "seed=range(0,2)", "data.split=0,1", "recipe.epochs=1"]
    done = command(*sweep, "data.samples=100", "study=crossed", "tracking=none")
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "runs" / "crossed"
    assert "8 runs in 2 configurations" in (folder / "report.md").read_text()
    with (folder / "summary.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    assert [(row["creation"], row["n"]) for row in rows] == [("create_model", "4"), ("swap_head", "4")]
    assert rows[1]["pairs"] == "2"

    packed = command("archive", "study=crossed", "to=packed")
    assert packed.returncode == 0, packed.stderr
    assert "8 records in packed" in packed.stdout


def test_an_archive_of_nothing_is_no_success(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "tried"
    folder.mkdir(parents=True)
    (folder / "study.json").write_text(json.dumps({"name": "tried", "cells": ["a" * 12]}))
    empty = command("archive", "study=tried", "to=packed")
    assert (empty.returncode, empty.stderr.count("\n")) == (2, 1)
    assert "holds no record" in empty.stderr

    run = folder / ("b" * 12)
    run.mkdir()
    (run / "record.json").write_text(json.dumps({"run_id": run.name, "cell_id": "c" * 12, "status": "finished"}))
    other = command("archive", "study=tried", "to=packed")
    assert (other.returncode, other.stderr.count("\n")) == (2, 1)
    assert "none of the 1 records" in other.stderr
    assert not (tmp_path / "packed").exists()


@pytest.mark.slow
def test_a_function_and_images_of_ones_own(command: Command, tmp_path: Path) -> None:
    from PIL import Image

    for part, count in (("train", 10), ("val", 3)):
        for label, grey in (("dark", 40), ("light", 200)):
            folder = tmp_path / "pictures" / part / label
            folder.mkdir(parents=True)
            for index in range(count):
                Image.new("RGB", (40, 32), (grey + index, grey, grey)).save(folder / f"{index}.png")
    (tmp_path / "mine.py").write_text(
        "import torch\n\n"
        "def build(num_classes, width):\n"
        "    return torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(),\n"
        "        torch.nn.Linear(3, width), torch.nn.ReLU(), torch.nn.Linear(width, num_classes))\n"
    )
    done = command(
        "creation=custom", "creation.target=mine.build", "creation.kwargs.width=8", "data=imagefolder",
        "data.path=pictures", "recipe.lr=0.05", "recipe.epochs=20", "recipe.batch_size=8", "transforms=none",
        "tracking=none",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    [file] = tmp_path.rglob("record.json")
    record = json.loads(file.read_text())
    assert record["metrics"]["top1"] == 100
    assert record["spec"]["data"]["label"] == "pictures"
    assert str(tmp_path) not in file.read_text()
