"""Disks that are full, folders that cannot be written, files that are torn: each told in a line, and nothing lost."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from harness.execution.executors.sequential import sequential
from harness.records.run_folder import claimed, forget, tidy
from harness.records.store import (
    CHECKPOINT,
    PREDICTIONS,
    RECORD,
    TEMPORARY,
    is_done,
    read_predictions,
    read_record,
    write_text,
)
from harness.spec.errors import StorageError
from harness.spec.identity import run_id
from harness.spec.machine import Machine
from harness.spec.spec import Spec
from harness.training.checkpoint import UNFIT, UnfitError, read_checkpoint, write_checkpoint

Quick = Callable[..., Spec]
HERE = Machine(device="cpu", threads=1, monitors=False)
OFTEN = HERE.model_copy(update={"checkpoint_s": 0.0})


def probe(quick: Quick) -> Spec:
    return quick(transfer={"name": "linear_probe"}, data={"name": "made", "samples": 60})


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """No file of this process may grow beyond `size` bytes; the kernel refuses, as it does on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_the_old_file(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "old")
    (tmp_path / f"{TEMPORARY}a.txt.{os.getpid()}").symlink_to("/dev/full")
    with pytest.raises(StorageError, match=r"a\.txt: cannot be written: No space left on device"):
        write_text(tmp_path / "a.txt", "new")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.txt", "old")]


def test_a_checkpoint_that_cannot_be_written_ends_nothing(
    quick: Quick, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    spec = quick(data={"name": "made", "samples": 60})
    with largest_file(100_000):  # a record has its place, a checkpoint has not
        [record] = sequential([spec], OFTEN, tmp_path)
    assert record["status"] == "finished"
    assert (
        f"no checkpoint: {tmp_path / run_id(spec) / CHECKPOINT}: cannot be written: File too large"
        in capfd.readouterr().err
    )
    assert {path.name for path in (tmp_path / run_id(spec)).iterdir()} == {RECORD, PREDICTIONS}


def test_a_record_that_cannot_be_written_ends_the_sweep(quick: Quick, tmp_path: Path) -> None:
    spec = probe(quick)
    with largest_file(2_000), pytest.raises(StorageError, match="cannot be written: File too large"):
        list(sequential([spec], HERE, tmp_path))
    assert not is_done(tmp_path, run_id(spec))
    assert not list((tmp_path / run_id(spec)).iterdir())
    [record] = sequential([spec], HERE, tmp_path)
    assert record["status"] == "finished"


def test_a_folder_that_cannot_be_written(quick: Quick, tmp_path: Path) -> None:
    (tmp_path / "study").write_text("a file where the folder is to be")
    with pytest.raises(StorageError, match=r"study.*: cannot be written: Not a directory"):
        list(sequential([probe(quick)], HERE, tmp_path / "study"))


@pytest.mark.parametrize("file", [RECORD, PREDICTIONS])
def test_a_torn_file_is_told_and_the_run_trained_again(
    file: str, quick: Quick, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    spec = probe(quick)
    [first] = sequential([spec], HERE, tmp_path)
    path = tmp_path / run_id(spec) / file
    path.write_bytes(path.read_bytes()[:-100])
    assert not is_done(tmp_path, run_id(spec))
    assert file == RECORD or read_predictions(tmp_path, run_id(spec)) is None
    [second] = sequential([spec], HERE, tmp_path)
    assert f"{path} cannot be read; it is set aside and the run is trained again" in capfd.readouterr().err
    assert second["metrics"] == first["metrics"]
    assert {path.name for path in path.parent.iterdir()} == {RECORD, PREDICTIONS}


def test_torn_writes_of_a_dead_process_are_removed(quick: Quick, tmp_path: Path) -> None:
    folder = tmp_path / run_id(probe(quick))
    folder.mkdir()
    (folder / f"{TEMPORARY}{RECORD}.4711").write_text("{")
    [record] = sequential([probe(quick)], HERE, tmp_path)
    assert record["status"] == "finished"
    assert {path.name for path in folder.iterdir()} == {RECORD, PREDICTIONS}


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 torn"], ids=repr)
def test_a_checkpoint_that_cannot_be_read_is_set_aside(
    content: bytes, quick: Quick, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    spec = probe(quick)
    folder = tmp_path / run_id(spec)
    folder.mkdir()
    (folder / CHECKPOINT).write_bytes(content)
    [record] = sequential([spec], HERE, tmp_path)
    assert record["status"] == "finished"
    assert "resumed" not in record["provenance"]
    told = capfd.readouterr().err
    assert f"set aside as {UNFIT} and the run starts from its beginning: it cannot be read" in told
    assert told.count("\n") == 1


def test_a_changed_bit_is_seen(tmp_path: Path) -> None:
    """torch alone would load what was changed."""
    path = tmp_path / CHECKPOINT
    write_checkpoint(path, {"run": "a"}, {"weights": torch.arange(1000.0)})
    assert torch.equal(read_checkpoint(path, {"run": "a"})["weights"], torch.arange(1000.0))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(UnfitError, match="its content has changed since it was written"):
        read_checkpoint(path, {"run": "a"})


def test_a_checkpoint_of_another_torch_does_not_fit(tmp_path: Path) -> None:
    path = tmp_path / CHECKPOINT
    write_checkpoint(path, {"run": "a", "torch": "1.0"}, {})
    with pytest.raises(UnfitError, match=r"made with torch 1\.0, and here it is 2\.0"):
        read_checkpoint(path, {"run": "a", "torch": "2.0"})


def test_force_sets_the_old_record_aside_until_the_new_one_is_there(quick: Quick, tmp_path: Path) -> None:
    spec = probe(quick)
    [first] = sequential([spec], HERE, tmp_path)
    forget(tmp_path, run_id(spec))
    assert read_record(tmp_path, run_id(spec)) is None
    assert (tmp_path / run_id(spec) / f"{RECORD}.aside").is_file()
    [second] = sequential([spec], HERE, tmp_path)
    assert second["provenance"]["finished"] > first["provenance"]["finished"]
    assert not (tmp_path / run_id(spec) / f"{RECORD}.aside").exists()


def test_a_clock_set_back_disturbs_nothing(quick: Quick, tmp_path: Path) -> None:
    """Files from the future, and a record that another sweep writes with an earlier time than the one before it."""
    spec = probe(quick)
    [first] = sequential([spec], HERE, tmp_path)
    for file in (tmp_path / run_id(spec)).iterdir():
        os.utime(file, (4e9, 4e9))
    assert is_done(tmp_path, run_id(spec))
    [second] = sequential([spec], HERE, tmp_path)
    assert second["provenance"] == first["provenance"]
    forget(tmp_path, run_id(spec))
    [third] = sequential([spec], HERE, tmp_path)
    assert third["provenance"]["finished"] > first["provenance"]["finished"]


def test_a_claim_is_one_processs_and_dies_with_it(tmp_path: Path) -> None:
    hold, held = os.pipe()
    child = os.fork()
    if child == 0:
        with claimed(tmp_path / "run"):
            os.write(held, b"x")
            os.kill(os.getpid(), 19)  # stands still until it is killed
    os.read(hold, 1)
    with claimed(tmp_path / "run") as mine:
        assert not mine
    os.kill(child, 9)
    os.waitpid(child, 0)
    with claimed(tmp_path / "run") as mine:
        assert mine
    assert not list((tmp_path / "run").iterdir())


def test_what_is_left_of_a_run_that_is_done_is_removed(quick: Quick, tmp_path: Path) -> None:
    done, open_ = tmp_path / run_id(probe(quick)), tmp_path / "open"
    list(sequential([probe(quick)], HERE, tmp_path))
    for folder in (done, open_):
        folder.mkdir(exist_ok=True)
        for name in (CHECKPOINT, ".claim"):
            (folder / name).touch()
    tidy(tmp_path)
    assert {path.name for path in done.iterdir()} == {RECORD, PREDICTIONS}
    assert {path.name for path in open_.iterdir()} == {CHECKPOINT, ".claim"}
