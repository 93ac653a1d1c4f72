"""What all tests share: one thread, no network, small runs."""

from __future__ import annotations

import os
import tempfile

os.environ["HF_HUB_OFFLINE"] = "1"  # read when the hub's library is imported, so it comes before
os.environ["HARNESS_DATA"] = tempfile.mkdtemp(prefix="harness-tests-")  # what a user keeps stays out of tests

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from harness.records.record import Record
from harness.spec.identity import run_id
from harness.spec.machine import Machine
from harness.spec.spec import Spec
from harness.training.run import run
from tests.command import harness

CPU = Machine(device="cpu", threads=1)

torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Whatever a test or what it calls sets: a fork would wait for threads that are not there."""
    yield
    torch.set_num_threads(1)


_cache = tempfile.TemporaryDirectory(prefix="harness-cache-")  # of decoded images: not the user's own
os.environ["HARNESS_CACHE"] = _cache.name


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reports without figures, which are most of a small report's time; commands that are forked have none either."""
    monkeypatch.setattr("harness.analysis.answer.begin_figures", lambda found, folder: dict)


@pytest.fixture(scope="session")
def assets() -> Path:
    """The folder of real images and weights."""
    folder = os.environ.get("HARNESS_ASSETS")
    if not folder:
        pytest.skip("HARNESS_ASSETS does not name the folder of real images and weights")
    return Path(folder)


@pytest.fixture
def command(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`harness ...` in a process of its own and an empty folder, spared the imports."""
    captured = tmp_path_factory.mktemp("captured")
    return lambda *arguments: harness(arguments, tmp_path, captured)


def _quick(**groups: Any) -> Spec:
    defaults: dict[str, Any] = {
        "data": {"name": "made", "samples": 200},
        "recipe": {"epochs": 1, "batch_size": 32, **groups.pop("recipe", {})},
    }
    return Spec.model_validate({**defaults, **groups})


@pytest.fixture(scope="session")
def quick() -> Callable[..., Spec]:
    """A spec of one epoch on 200 made images, with any group changed."""
    return _quick


@pytest.fixture(scope="session")
def afresh() -> Callable[..., Record]:
    """Trains on the CPU, anew every time."""

    def train(spec: Spec, probes: bool = True) -> Record:
        return run(spec, CPU.model_copy(update={"monitors": probes}))

    return train


@pytest.fixture(scope="session")
def trained(afresh: Callable[..., Record]) -> Callable[[Spec], Record]:
    """Trains a spec the first time that any test asks for it."""
    known: dict[str, Record] = {}

    def train(spec: Spec) -> Record:
        name = run_id(spec)
        if name not in known:
            known[name] = afresh(spec)
        return known[name]

    return train


@pytest.fixture(scope="session")
def assert_same() -> Callable[[Record, Record], None]:
    """Two records whose numbers agree bit by bit, from the first loss to the last prediction."""

    def check(first: Record, second: Record) -> None:
        assert first.curve == second.curve
        assert first.metrics == second.metrics
        assert first.statistics == second.statistics
        assert first.predictions is not None
        assert second.predictions is not None
        arrays, others = first.predictions.arrays(), second.predictions.arrays()
        assert {name: each.tobytes() for name, each in arrays.items()} == {
            name: each.tobytes() for name, each in others.items()
        }

    return check
