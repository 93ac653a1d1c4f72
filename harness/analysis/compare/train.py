"""One run trained by the code of a commit, so that two states of this package can be compared."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from pathlib import Path

from harness.analysis.compare.side import GIT, Run, Sweep, find, git
from harness.spec.errors import RequestError

SMALL = ("data=made", "data.samples=200", "transfer=linear_probe", "recipe.epochs=2")
"""What is trained where nothing is asked for: a second or so, and every part of a run takes part."""

ALWAYS = ("tracking=none", "device=cpu", "threads=1", "study=compared")


def train(key: str, asked: str, overrides: Sequence[str]) -> Run:
    """Check out the commit of `git:COMMIT` into a folder that is gone afterwards, and do one run there.

    Both sides run in the interpreter and with the libraries of this process, on a CPU with one thread, where the same
    code gives the same numbers bit by bit.

    Raises:
        RequestError: `asked` is no commit of the working directory's repository, or its code refuses the run.
    """
    commit = asked.removeprefix(GIT)
    if not asked.startswith(GIT) or ":" in commit:
        raise RequestError(f"{key}: with train=true a side is git:COMMIT, got {asked}")
    full = git(key, "rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}", fault=f"git knows no commit {commit}")
    top = git(key, "rev-parse", "--show-toplevel").decode().strip()
    packed = git(key, "-C", top, "archive", "--format=tar", full.decode().strip(), fault=f"{commit} cannot be unpacked")
    with tempfile.TemporaryDirectory() as folder:
        code, out = Path(folder) / "code", Path(folder) / "out"
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(code, filter="data")
        if not (code / "harness" / "__main__.py").is_file():  # or an installed one would be taken for it
            raise RequestError(f"{key}: commit {commit} holds no package harness")
        done = subprocess.run(
            [sys.executable, "-m", "harness", *(overrides or SMALL), *ALWAYS, f"out={out}"],
            cwd=code, env={**os.environ, "PYTHONPATH": str(code)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        runs = sorted(out.glob("compared/*/record.json"))
        if done.returncode or not runs:
            said = done.stderr.strip().splitlines()
            raise RequestError(f"{key}: the code of {commit} does not train it: {said[-1] if said else 'no record'}")
        found = find(key, str(runs[0].parent), "", out)
    assert not isinstance(found, Sweep)
    found.record["provenance"]["git_commit"] = full.decode().strip()  # the unpacked code knows of no repository
    return Run(asked, found.record, found.predictions)
