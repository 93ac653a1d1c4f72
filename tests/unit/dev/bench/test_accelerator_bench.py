"""What the measurements on a GPU are made of, as far as it can be seen without one."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
import torch

from harness.dev.bench.accelerator.__main__ import PARTS, main
from harness.dev.bench.accelerator.captures import STRUCTURES, check, specs_of
from harness.dev.bench.accelerator.precision import compare, faults
from harness.dev.bench.measure import speed_spec
from harness.dev.bench.throughput.measure import sides_of
from harness.dev.bench.throughput.task import TASKS
from harness.spec.machine import EXECUTORS, Machine
from harness.spec.variants import variants


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_without_a_cuda_device_one_line_tells(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--out", str(tmp_path)]) == 2
    assert capsys.readouterr().err == "error: needs a CUDA device, and torch finds none here\n"
    assert not list(tmp_path.iterdir())


def test_every_part_is_a_program() -> None:
    for module, *_ in PARTS.values():
        found = importlib.util.find_spec(module)
        assert found is not None
        assert found.submodule_search_locations is None or importlib.util.find_spec(f"{module}.__main__")


def test_captured_steps_are_timed_where_they_can_be() -> None:
    for task in TASKS:
        assert "graphed" in sides_of(task, "cuda:0")
        assert "graphed" not in sides_of(task, "cpu")
        assert set(sides_of(task, "cuda:0")[2:]) <= set(variants(EXECUTORS))


def test_sixteen_bits_train_as_thirty_two_do() -> None:
    spec = speed_spec("test_resnet", 1)
    spec = spec.model_copy(update={"data": spec.data.model_copy(update={"samples": 200})})
    told = compare([spec], Machine(device="cpu", threads=1))
    assert told["faults"] == []
    assert told["float32"]["initial_loss"] != told["bfloat16"]["initial_loss"], "they are other computations"


def test_another_beginning_and_another_end_are_told() -> None:
    wide = {"initial_loss": [2.3, 2.3], "test_loss": [0.50, 0.60]}
    assert faults(wide, {"initial_loss": [2.31, 2.3], "test_loss": [0.51, 0.59]}) == []
    assert len(faults(wide, {"initial_loss": [2.31, 2.5], "test_loss": [0.51, 0.59]})) == 1
    assert len(faults(wide, {"initial_loss": [2.31, 2.3], "test_loss": [0.81, 0.91]})) == 1
    assert len(faults(wide, {"initial_loss": [2.31, 2.3], "test_loss": [float("nan"), 0.6]})) == 1


def test_a_pack_that_cannot_be_captured_is_told() -> None:
    told = check(specs_of("test_resnet", STRUCTURES["test_resnet"][0])[:2], Machine(device="cpu", threads=1))
    assert told["program"] == "Widened"
    assert told["faults"] == ["pack: ValueError: Expected a cuda device, but got: cpu"]
