"""A study on two nodes of a real Slurm, one of which dies half-way: nothing is lost, and every number is the same.

Needs Debian and root (or sudo): `make slurm`. Everything lies in a folder of its own and on the loopback; the daemons
are ended afterwards. Writes what it found to `results/slurm/proof.json`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from cluster import NODE_TIMEOUT_S, Cluster, cluster

from harness.jobs.watch import stamps
from harness.records.archive import read_records
from harness.records.provenance import surroundings

RUNS = 20
STUDY = [
    "creation=create_model,swap_head", f"seed=range(0,{RUNS // 2})", "data=made", "data.samples=400", "recipe.epochs=6",
    "recipe.batch_size=32", "transforms=none", "threads=1", "workers=1", "tracking=none", "study=proof",
]  # fmt: skip
LAUNCHER = ["hydra/launcher=submitit_slurm", "hydra.sweeper.jobs=2", "hydra.launcher.cpus_per_task=1"]
BEFORE_THE_KILL = 6
RESULT = Path("results/slurm/proof.json")


def sweep(folder: Path, *overrides: str) -> subprocess.Popen[str]:
    """The command, with its records in `folder`."""
    command = [sys.executable, "-m", "harness", "-m", *STUDY, *overrides, f"out={folder}"]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def numbers(study: Path) -> dict[str, dict[str, Any]]:
    """The records without what says when, where and how fast."""
    return {
        record["run_id"]: {key: value for key, value in record.items() if key not in ("timing", "provenance")}
        for record in read_records(study)
    }


def written(study: Path) -> dict[str, int]:
    """The records that are there, with their times."""
    return stamps(study, [folder.parent.name for folder in study.glob("*/record.json")])


def on_slurm(slurm: Cluster, out: Path) -> dict[str, Any]:
    """Sweep on both nodes, kill the second one half-way, and tell what happened."""
    began = time.monotonic()
    study = out / "proof"
    with sweep(out, *LAUNCHER) as command:
        try:
            while len(written(study)) < BEFORE_THE_KILL or not (jobs := slurm.jobs("node2")):
                assert command.poll() is None, command.communicate()[1]
                time.sleep(0.2)
            slurm.kill("node2")
            before, killed_s = written(study), time.monotonic() - began
            _, said = command.communicate()
        finally:
            command.kill()
    after = written(study)
    shown = dict(word.split("=", 1) for word in slurm.ask("scontrol", "show", "job", jobs[0]).split() if "=" in word)
    return {
        "exit_code": command.returncode,
        "seconds": round(time.monotonic() - began),
        "killed_after_s": round(killed_s),
        "records_before_the_kill": len(before),
        "of_these_written_again": sum(after[run] != stamp for run, stamp in before.items()),
        "records": len(after),
        "killed_job": {name: shown.get(name) for name in ("JobState", "Restarts", "NodeList")},
        "said": [line for line in said.splitlines() if "lost" in line or "runs done" in line],
    }


def main() -> int:
    """Prove it; 0 if nothing was lost and all is equal."""
    with tempfile.TemporaryDirectory(prefix="harness-slurm-") as name:
        folder = Path(name)
        with cluster(folder) as slurm:
            found = on_slurm(slurm, folder / "slurm")
            version = slurm.ask("slurmctld", "-V") or slurm.ask("/usr/sbin/slurmctld", "-V")
        assert sweep(folder / "here").wait() == 0
        there, here = numbers(folder / "slurm" / "proof"), numbers(folder / "here" / "proof")
    found["equal_to_those_of_one_process"] = sum(there.get(run) == record for run, record in here.items())
    proof = {
        "command": "harness -m " + " ".join([*STUDY, *LAUNCHER]),
        "nodes": f"2 of one CPU on the loopback; a silent node is down after {NODE_TIMEOUT_S} s; no accounting",
        "versions": {"slurm": version.removeprefix("slurm-wlm "), **surroundings()["versions"]},
        "found": found,
    }
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps(proof, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1))
    whole = found["records"] == found["equal_to_those_of_one_process"] == len(here) == RUNS
    return 0 if whole and found["exit_code"] == 0 and found["of_these_written_again"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
