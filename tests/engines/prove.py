"""One study by four engines: one process, four workers, Slurm and Ray. Every record is the same, times aside.

Needs Debian and root (or sudo): `make engines`. Slurm has two nodes on the loopback, one of which dies half-way; Ray
comes from an environment of its own. All of it lies in a temporary folder, and daemons are ended afterwards. What it
found takes the place of `results/engines/proof.json` if all of it holds; else it says what differs. A small form of it
is `test_engines.py` beside this file. Words name the engines to try, by default all; some of them write nothing.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.dev.publish import publish
from harness.execution.launching import stamps
from harness.records.record import surroundings
from tests.engines.environment import with_ray
from tests.engines.slurm import NODE_TIMEOUT_S, Cluster, cluster
from tests.equality import OF_ITS_OWN, differences

RUNS = 20
STUDY = [
    "creation=create_model,swap_head", f"seed=range(0,{RUNS // 2})", "data=made", "data.samples=300", "recipe.epochs=4",
    "recipe.batch_size=32", "transforms=none", "threads=1", "tracking=none", "study=proof",
]  # fmt: skip
ENGINES = {
    "sequential": ["executor=sequential"],
    "processes": ["executor=processes", "workers=4"],
    "slurm": ["workers=1", "hydra/launcher=submitit_slurm", "hydra.sweeper.jobs=2", "hydra.launcher.cpus_per_task=1"],
    "ray": ["workers=1", "hydra/launcher=ray", "hydra.sweeper.jobs=2", "+hydra.launcher.ray.init.num_cpus=2",
            "+hydra.launcher.ray.init.include_dashboard=false"],
}  # fmt: skip
REFERENCE = "sequential"
BEFORE_THE_KILL = 6
RAY_STARTS = 3
"""On a busy machine Ray may not come up within the 30 s that it gives itself."""
RESULT = Path("results/engines/proof.json")


def sweep(engine: str, out: Path, python: Path | str = sys.executable) -> subprocess.Popen[str]:
    """The command, with its records in `out`."""
    command = [str(python), "-m", "harness", "-m", *STUDY, *ENGINES[engine], f"out={out}"]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def written(study: Path) -> dict[str, int]:
    """The records that are there, with their times."""
    return stamps(study, [folder.parent.name for folder in study.glob("*/record.json")])


def conducted(engine: str, out: Path, python: Path | str = sys.executable, most: int = 1) -> dict[str, Any]:
    """Sweep by an engine that is left in peace, started `most` times until it does something, and tell how it ended."""
    began, starts, said = time.monotonic(), 0, ""
    while starts < most and not written(out / "proof"):
        starts += 1
        with sweep(engine, out, python) as command:
            _, said = command.communicate()
    return {**_told(command, out / "proof", began, said), "starts": starts}


def conducted_on_slurm(slurm: Cluster, out: Path) -> dict[str, Any]:
    """Sweep on both nodes, kill the second one half-way, and tell what happened."""
    began, study = time.monotonic(), out / "proof"
    with sweep("slurm", out) as command:
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
        **_told(command, study, began, said),
        "node_killed_after_s": round(killed_s),
        "records_before_the_kill": len(before),
        "of_these_written_again": sum(after[run] != stamp for run, stamp in before.items()),
        "killed_job": {name: shown.get(name) for name in ("JobState", "Restarts", "NodeList")},
    }


def _told(command: subprocess.Popen[str], study: Path, began: float, said: str) -> dict[str, Any]:
    found = {
        "exit_code": command.returncode,
        "seconds": round(time.monotonic() - began),
        "records": len(written(study)),
        "said": [line for line in said.splitlines() if any(word in line for word in ("lost", "error", "failed:"))],
    }
    print(f"{study.parent.name}: {json.dumps(found)}", file=sys.stderr, flush=True)
    return found


def _version(python: Path | str, package: str) -> str:
    ask = f"from importlib.metadata import version; print(version({package!r}))"
    return subprocess.run([str(python), "-c", ask], capture_output=True, text=True, check=True).stdout.strip()


def conduct_all(folder: Path, engines: Sequence[str]) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """What became of the study under each engine, and the versions of Slurm and Ray."""
    found, versions = {}, {}
    for engine in engines:
        if engine == "ray":
            python = with_ray(folder / "environment")
            found[engine] = conducted(engine, folder / engine, python, RAY_STARTS)
            versions["ray"] = _version(python, "ray")
        elif engine == "slurm":
            with cluster(folder) as slurm:
                found[engine] = conducted_on_slurm(slurm, folder / engine)
                said = slurm.ask("slurmctld", "-V") or slurm.ask("/usr/sbin/slurmctld", "-V")
            versions["slurm"] = said.removeprefix("slurm-wlm ")
        else:
            found[engine] = conducted(engine, folder / engine)
    return found, versions


def faults(found: Mapping[str, Mapping[str, Any]], runs: int = RUNS) -> list[str]:
    """What does not hold: an engine that failed, lost a run, trained one twice, or left other numbers."""
    told = []
    for engine, each in found.items():
        if each["exit_code"] != 0:
            told.append(f"{engine}: exit code {each['exit_code']}")
        if each["records"] != runs:
            told.append(f"{engine}: {each['records']} records of {runs}")
        if each.get("of_these_written_again"):
            told.append(f"{engine}: {each['of_these_written_again']} records were written again")
        told += [f"{engine}: {run}: {line}" for run, lines in each["differences"].items() for line in lines]
    return told


def main(words: Sequence[str]) -> int:
    """Prove it; 0 if under every engine nothing was lost, and all is equal to what one process left."""
    if unknown := sorted(set(words) - set(ENGINES)):
        print(f"error: there is no engine {unknown[0]}; use some of {', '.join(ENGINES)}", file=sys.stderr)
        return 2
    engines = [name for name in ENGINES if not words or name in words or name == REFERENCE]
    with tempfile.TemporaryDirectory(prefix="harness-engines-") as name:
        folder = Path(name)
        found, versions = conduct_all(folder, engines)
        for engine, told in found.items():
            differing = differences(folder / REFERENCE / "proof", folder / engine / "proof")
            told["equal_to_those_of_one_process"] = RUNS - len(differing)
            told["differences"] = differing
    proof = {
        "study": "harness -m " + " ".join(STUDY),
        "engines": {engine: {"overrides": " ".join(ENGINES[engine]), **found[engine]} for engine in engines},
        "left_out_of_the_comparison": OF_ITS_OWN,
        "slurm": f"2 nodes of one CPU on the loopback; a silent node is down after {NODE_TIMEOUT_S} s; no accounting",
        "versions": {**versions, **surroundings()["versions"]},
    }
    if len(engines) == len(ENGINES):
        return publish(RESULT, proof, faults(found))
    print(json.dumps(proof, indent=1))
    print(*faults(found), sep="\n", file=sys.stderr)
    return 1 if faults(found) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
