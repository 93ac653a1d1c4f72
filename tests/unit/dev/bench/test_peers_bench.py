"""Beside what people would run instead: the same images for all, and a side that did other work is told."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from harness.dev.bench.peers.__main__ import main
from harness.dev.bench.peers.measure import OURS, PROGRAMS, PeerTiming, unequal
from harness.dev.bench.peers.report import write
from harness.dev.bench.peers.sides.common import Told
from harness.dev.bench.peers.task import PARTS, PeerTask, command_words, program_words, write_set

TASK = PeerTask("digits, full", "digits", "full", 1)
EVALUATED = 160 + 200
EVALUATED_HERE = 6 * 160 + 200
"""The curve's points: before training, after 1, 2, 4 and 8 steps, and at the epoch's end after 10."""
DID = {
    "steps": 10,
    "images": 640,
    "shapes": [[64, 3, 96, 96]],
    "precision": ["float32"],
    "optimizer": "adamw",
    "test_loss": 1.0,
}


def timing(side: str, repeat: int, wall: float, **did: Any) -> PeerTiming:
    evaluated = EVALUATED_HERE if side == OURS else EVALUATED
    return PeerTiming(TASK.name, side, repeat, wall, 2 * wall, 1.0, 0, 0.5, [{**DID, "evaluated": evaluated, **did}])


def test_the_parts_share_no_image_and_have_each_class_alike(tmp_path: Path) -> None:
    folder = write_set("digits", tmp_path)
    files = {part: sorted((folder / part).glob("*/*.png")) for part in PARTS}
    assert {part: len(found) for part, found in files.items()} == PARTS
    stored = [file.resolve() for found in files.values() for file in found]
    assert len(set(stored)) == len(stored)
    for part, found in files.items():
        assert set(Counter(file.parent.name for file in found).values()) == {PARTS[part] // 10}


def test_both_sides_are_asked_for_the_same(tmp_path: Path) -> None:
    folder = write_set("digits", tmp_path)
    program = program_words(TASK, folder, seed=3, workers=1, threads=2)
    told = dict(zip(program[::2], program[1::2], strict=False))
    ours = dict(word.split("=", 1) for word in command_words(TASK, folder, tmp_path, 3))
    names = ("lr", "batch-size", "epochs", "weight-decay")
    pairs = {name: f"recipe.{name.replace('-', '_')}" for name in names}
    pairs |= {"size": "data.size", "model": "backbone", "seed": "seed", "data": "data.path"}
    assert {name: told[f"--{name}"] for name in pairs} == {name: ours[key] for name, key in pairs.items()}
    sweep = command_words(replace(TASK, runs=16), folder, tmp_path, 16)
    assert sweep[:2] == ["-m", "seed=range(16,32)"]


@pytest.mark.parametrize(
    ("did", "told"),
    [
        ({"steps": 9}, "steps is 9"),
        ({"evaluated": 200}, "evaluated is 200"),
        ({"optimizer": "sgd"}, "sgd"),
        ({"test_loss": 9.0}, "test loss"),
    ],
)
def test_other_work_is_told(did: dict[str, Any], told: str) -> None:
    equal = [timing(side, 0, 1.0) for side in (OURS, *PROGRAMS)]
    assert unequal([TASK], equal) == []
    assert any(told in line for line in unequal([TASK], [*equal[:-1], timing(equal[-1].side, 0, 1.0, **did)]))


def test_a_ratio_is_of_one_repeat_and_a_sweep_is_shared_by_its_runs(tmp_path: Path) -> None:
    repeats = [timing(OURS, 0, 2.0), timing("bare loop", 0, 4.0), timing("bare loop", 1, 9.0), timing(OURS, 1, 3.0)]
    assert write([TASK], {"trials": [], "repeats": repeats}, tmp_path) == 0
    told = json.loads((tmp_path / "peers.json").read_text())["tasks"][TASK.name]["ratios"]["bare loop"]
    assert told["whole command"]["raw"] == [2.0, 3.0]
    assert told["without start-up"]["raw"] == [3.0, 4.0]
    assert (tmp_path / "peers.png").stat().st_size > 5_000
    sweep = replace(timing(OURS, 0, 16.0), did=[DID] * 16)
    assert sweep.per_run == 1.0


def test_an_unknown_task_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--tasks", "cats"])
    assert "there is no 'cats'" in capsys.readouterr().err


def test_what_a_network_is_given_is_counted_by_what_it_is_for(capsys: pytest.CaptureFixture[str]) -> None:
    told, network, images = Told(), torch.nn.Conv2d(3, 1, 1), torch.zeros(4, 3, 8, 8)
    told.watch(network)
    network(images)
    with torch.no_grad():
        network(images[:3])
    told.end(1.0, torch.optim.AdamW(network.parameters()), (0.5, 90.0))
    said = json.loads(capsys.readouterr().out)
    assert {key: said[key] for key in ("steps", "images", "evaluated", "shapes", "precision", "optimizer")} == {
        "steps": 1, "images": 4, "evaluated": 3, "shapes": [[4, 3, 8, 8]], "precision": ["float32"],
        "optimizer": "adamw",
    }  # fmt: skip
