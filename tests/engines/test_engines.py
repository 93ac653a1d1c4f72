"""A short form of `make engines`: the same few runs by one process, by two, by Slurm's launcher and by Ray's."""

from __future__ import annotations

import json
import os
from importlib.util import find_spec
from pathlib import Path

import pytest

from harness.records.store import read_record
from tests.command import harness
from tests.engines.prove import faults
from tests.equality import OF_ITS_OWN, compared, differences

RUNS = 4
STUDY = (
    "-m", "creation=create_model,swap_head", f"seed=range(0,{RUNS // 2})", "data=made", "data.samples=60",
    "recipe.epochs=1", "recipe.batch_size=16", "transforms=none", "threads=1", "tracking=none", "device=cpu",
    "study=proof",
)  # fmt: skip
JOBS = ("workers=1", "hydra.sweeper.jobs=2")
LAUNCHERS = {
    "hydra_submitit_launcher": ("clusters", (*JOBS, "hydra/launcher=submitit_local")),
    "hydra_ray_launcher": ("ray", (*JOBS, "hydra/launcher=ray", "+hydra.launcher.ray.init.num_cpus=2")),
}
EDITED = ("provenance.git_commit", "provenance.git_dirty")
"""What may change under a test of minutes, where somebody works in the checkout."""


@pytest.fixture(scope="module")
def one_process(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What one process leaves."""
    return swept(tmp_path_factory.mktemp("sequential"), "executor=sequential")


def swept(folder: Path, *how: str) -> Path:
    """The study, swept in a fork of this process; returns where its records lie."""
    captured = folder / "captured"
    captured.mkdir()
    done = harness((*STUDY, *how, f"out={folder}"), folder, captured)
    assert done.returncode == 0, done.stderr
    return folder / "proof"


def assert_equal(one: Path, other: Path) -> None:
    differing = differences(one, other, EDITED)
    assert not differing, json.dumps(differing, indent=1)
    assert len(list(other.glob("*/record.json"))) == RUNS


def test_two_processes_leave_what_one_leaves(one_process: Path, tmp_path: Path) -> None:
    assert_equal(one_process, swept(tmp_path, "executor=processes", "workers=2"))


@pytest.mark.parametrize("package", LAUNCHERS)
@pytest.mark.long
def test_jobs_of_a_launcher_leave_what_one_process_leaves(package: str, one_process: Path, tmp_path: Path) -> None:
    extra, how = LAUNCHERS[package]
    if find_spec(f"hydra_plugins.{package}") is None:
        pytest.skip(f"{package} is not installed: the extra `{extra}`")
    assert_equal(one_process, swept(tmp_path, *how))


def test_a_number_that_differs_is_told(one_process: Path, tmp_path: Path) -> None:
    """Whatever the field is, and if nobody has heard of it; what belongs to one execution is not."""
    other = tmp_path / "proof"
    [first, second, third, *_] = sorted(folder.name for folder in one_process.glob("*/"))
    for run in (folder for folder in one_process.iterdir() if folder.is_dir()):
        (other / run.name).mkdir(parents=True)
        for file in run.iterdir():
            os.link(file, other / run.name / file.name)
    assert differences(one_process, other) == {}

    record = read_record(other, first)
    assert record is not None
    loss = record["curve"][-1]["val_loss"]
    record["curve"][-1]["val_loss"] = loss + 1
    record["provenance"] |= {"usage": [], "started": "earlier", "weather": "rain"}
    record["timing"] = {}
    _replace(other / first / "record.json", json.dumps(record))
    (other / second / "predictions.npz").unlink()
    (other / third / "record.json").unlink()
    found = differences(one_process, other)
    point = len(record["curve"]) - 1
    assert found == {
        first: [f"curve[{point}].val_loss: {loss!r} against {loss + 1!r}", "provenance.weather: only in the second"],
        second: ["predictions: only in the first"],
        third: [f"no record in {other}"],
    }
    told = faults({"slurm": {"exit_code": 1, "records": 3, "of_these_written_again": 1, "differences": found}}, RUNS)
    assert told[:3] == ["slurm: exit code 1", "slurm: 3 records of 4", "slurm: 1 records were written again"]
    assert f"slurm: {third}: no record in {other}" in told


def test_what_is_not_compared_is_there(one_process: Path) -> None:
    """A name that no record has any more would leave out nothing, or some day a field that is to be compared."""
    [record, *_] = (read_record(one_process, folder.name) for folder in one_process.glob("*/"))
    assert record is not None
    always = {name for name in OF_ITS_OWN if not name.endswith(("resumed", "earlier_attempts"))}
    fields = {*record, *(f"provenance.{name}" for name in record["provenance"])}
    assert always <= fields
    assert fields - set(compared(record)) == always | {"provenance"}


def _replace(file: Path, text: str) -> None:
    file.unlink()  # it is a link to that of the other side
    file.write_text(text, encoding="utf-8")
