"""A run that is broken off and goes on ends bitwise equal to one that is not."""

from __future__ import annotations

import signal
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch

from harness.execution.packing.capture import StaticStep
from harness.records.record import Record
from harness.records.store import CHECKPOINT
from harness.spec.machine import MONITORS, Machine
from harness.spec.spec import Spec
from harness.spec.variants import variants
from harness.training.run import RunContext, run
from harness.training.step import Step
from harness.training.stop import Interrupted, Stop
from tests.equality import of_records

Quick = Callable[..., Spec]
CPU = Machine(device="cpu", threads=1)
ALL = CPU.model_copy(update={"monitors": variants(MONITORS)})
OFTEN = ALL.model_copy(update={"checkpoint_s": 0.0})

RUNS: dict[str, dict[str, Any]] = {
    "adamw": {"regularization": {"drop_rate": 0.3, "drop_path_rate": 0.2}},
    "momentum": {"recipe": {"optimizer": "sgd", "momentum": 0.9, "lr": 0.05}, "transforms": {"name": "crop_flip"}},
    "crops": {"recipe": {"optimizer": "nadamw"}, "transforms": {"name": "random_resized_crop"}},
    "average": {"recipe": {"ema_decay": 0.9, "clip_grad": 1.0, "grad_accum_steps": 2, "balance": "sampling"}},
    "early_stopping": {"recipe": {"early_stopping": 1, "ema_decay": 0.5, "lr": 0.05, "epochs": 3}},
    "plateau": {"recipe": {"schedule": "plateau", "patience_epochs": 0, "monitor": "val_top1", "epochs": 3}},
    "mixing": {
        "recipe": {"mixup": 0.5, "cutmix": 1.0},
        "transforms": {"name": "mild", "random_erasing": 0.5, "rand_augment": 5.0},
    },
    "float16": {"transfer": {"name": "linear_probe"}, "machine": {"precision": "float16"}},
    "gradual_unfreezing": {"transfer": {"name": "gradual_unfreezing"}, "recipe": {"epochs": 3}},
    "linear_probe": {"transfer": {"name": "linear_probe"}, "regularization": {"drop_rate": 0.3}},
    "reestimated": {"transfer": {"name": "full", "batchnorm": "reestimated"}},
}


class Breaks(Stop):
    """Asks for the end after so many steps that a run has looked at; never, where they are None."""

    def __init__(self, steps: int | None) -> None:
        self._left = steps
        super().__init__()

    def deferred(self) -> AbstractContextManager[None]:
        """Only the run itself looks."""
        return nullcontext()

    @property
    def requested(self) -> int | None:
        if self._left is not None:
            self._left -= 1
        return signal.SIGTERM if self._left is not None and self._left < 0 else None

    @requested.setter
    def requested(self, value: int | None) -> None:
        assert value is None


def assert_equal(first: Record, second: Record) -> None:
    assert of_records(first, second) == []


def asked(quick: Quick, name: str) -> tuple[Spec, dict[str, Any]]:
    groups = {**RUNS[name]}
    machine = groups.pop("machine", {})
    recipe = {"epochs": 2, "batch_size": 26, **groups.get("recipe", {})}
    return quick(**{**groups, "data": {"name": "made", "samples": 100}, "recipe": recipe}), machine


def broken_off(spec: Spec, machine: Machine, folder: Path, every: int, step: type[Step] = Step) -> Record:
    """Broken off after `every` steps, again and again, each time in what could be another process."""
    for _ in range(100):
        torch.manual_seed(7)  # whatever was drawn before
        try:
            return run(spec, machine, place=RunContext(folder, Breaks(every - 1)), step=step)
        except Interrupted:
            continue
    raise AssertionError("it does not come to its end")


@pytest.mark.parametrize("name", RUNS)
def test_broken_off_again_and_again(name: str, quick: Quick, tmp_path: Path) -> None:
    """With three steps an epoch and two at a time: at evaluation points, and in the midst of an epoch."""
    spec, more = asked(quick, name)
    machine = (ALL if name == "adamw" else CPU).model_copy(update=more)
    every = 1 if name == "adamw" else 2
    whole = run(spec, machine)
    broken = broken_off(spec, machine, tmp_path, every)
    assert_equal(whole, broken)
    steps, told = whole.metrics["steps"], broken.provenance["resumed"]
    assert told == list(range(every, steps + every, every))[: len(told)]
    assert len(told) >= steps // every - 1
    assert "resumed" not in whole.provenance
    assert broken.timing["total_s"] > broken.timing["train_s"]


@pytest.mark.parametrize("name", ["adamw", "momentum"])
def test_static_steps_go_on_bitwise(name: str, quick: Quick, tmp_path: Path) -> None:
    spec, _ = asked(quick, name)
    broken = broken_off(spec, CPU, tmp_path, 2, StaticStep)
    assert_equal(run(spec, CPU, step=StaticStep), broken)
    assert broken.provenance["resumed"]


def test_another_kind_of_step_starts_anew(quick: Quick, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run is not trained half by the one and half by the other."""
    spec, _ = asked(quick, "momentum")
    with pytest.raises(Interrupted):
        run(spec, CPU, place=RunContext(tmp_path, Breaks(1)))
    other = run(spec, CPU, place=RunContext(tmp_path, Breaks(None)), step=StaticStep)
    assert "resumed" not in other.provenance
    assert "made with step ordinary" in capsys.readouterr().err


def test_checkpoints_change_nothing(quick: Quick, tmp_path: Path) -> None:
    spec, _ = asked(quick, "average")
    seen = run(spec, OFTEN, place=RunContext(tmp_path, Breaks(None)))
    assert (tmp_path / CHECKPOINT).is_file()
    assert_equal(run(spec, ALL), seen)


def test_a_short_run_writes_none(quick: Quick, tmp_path: Path) -> None:
    run(quick(), CPU, place=RunContext(tmp_path, Breaks(None)))
    assert not list(tmp_path.iterdir())


def test_none_asked_for_none_written(quick: Quick, tmp_path: Path) -> None:
    machine = CPU.model_copy(update={"checkpoint_s": "none"})
    with pytest.raises(Interrupted):
        run(quick(), machine, place=RunContext(tmp_path, Breaks(2)))
    assert not list(tmp_path.iterdir())
