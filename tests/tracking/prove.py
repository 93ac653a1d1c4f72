"""Eight processes and an MLflow server that is well, slow, killed half-way, or away: nothing is lost, nothing twofold.

Needs PostgreSQL and some ten minutes: `make tracking`. Four studies of small runs, each swept by two processes at
once, once for each state of the server; then `harness sync`, and all that the server holds is compared with the
records. What it found takes the place of
`results/tracking/proof.json` if all of it holds.
"""

from __future__ import annotations

import itertools
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mlflow import MlflowClient

from harness.dev.publish import publish
from harness.execution.mlflow.queued import RETRY_SECONDS
from harness.records.archive import read_records
from harness.records.record import surroundings
from tests.tracking.held import held
from tests.tracking.service import Service
from tests.tracking.slow import slow
from tests.tracking.swept import command

STUDIES, PROCESSES_EACH, RUNS_EACH = 4, 2, 12
SWEEP = [
    "creation=create_model,swap_head", f"seed=range(0,{RUNS_EACH // 2})", "data=digits", "transfer=linear_probe",
    "recipe.epochs=60", "threads=1", "workers=1", "executor=sequential",
]  # fmt: skip
ANSWER_S, SILENCE_S, SILENT_EVERY = 3.0, 30.0, 15
"""Of the slow server: seconds to an answer, and to every fifteenth one, for which the client does not wait."""
BEFORE_THE_KILL, AWAY_S = 10, 10
LONGEST_WAIT_S = 1.0
RESULT = Path("results/tracking/proof.json")

Trouble = Callable[[Service], Any]
"""A context manager that does something to the server, and yields the address at which the sweeps find it."""


@contextmanager
def well(service: Service) -> Iterator[str]:
    """A server as it should be."""
    service.start()
    yield service.address


@contextmanager
def held_back(service: Service) -> Iterator[str]:
    """Every answer comes late, and some come when the client has given up."""
    service.start()
    answers = itertools.count(1)
    with slow(service.port, lambda: ANSWER_S if next(answers) % SILENT_EVERY else SILENCE_S) as port:
        yield f"http://127.0.0.1:{port}"


@contextmanager
def away(service: Service) -> Iterator[str]:
    """Nothing listens until all sweeps have ended."""
    yield service.address
    service.start()


@contextmanager
def restarted(service: Service) -> Iterator[str]:
    """Killed when it holds some runs, and started again."""
    service.start()
    yield service.address


def kill_half_way(service: Service, alive: Callable[[], bool]) -> dict[str, float]:
    """Kill the server when it holds some runs; start it again after a while."""
    client = MlflowClient(service.address)
    began = time.monotonic()
    while (there := _children(client)) < BEFORE_THE_KILL:
        assert alive(), "the sweeps ended before the server could be killed"
        time.sleep(0.2)
    service.kill()
    killed = time.monotonic() - began
    time.sleep(AWAY_S)
    took = service.start()
    return {"runs_before_the_kill": there, "killed_after_s": round(killed, 1), "away_s": round(AWAY_S + took, 1)}


def _children(client: MlflowClient) -> int:
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    return len(client.search_runs(experiments, "tags.`harness.sent` LIKE '%'"))


def sweeps(folder: Path, address: str, meanwhile: Callable[[Callable[[], bool]], Any]) -> dict[str, Any]:
    """All sweeps at once; what they waited for, and how they ended."""
    began = time.monotonic()
    processes = {}
    for study, process in itertools.product(range(STUDIES), range(PROCESSES_EACH)):
        words = ["-m", *SWEEP, f"study=proof{study}", f"out={folder / 'runs'}", f"tracking.uri={address}"]
        processes[f"sweep-{study}-{process}"] = command(words, folder, f"sweep-{study}-{process}")
    happened = meanwhile(lambda: any(process.is_alive() for process in processes.values()))
    for process in processes.values():
        process.join()
    told = [json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in processes]
    runs = [record for study in _studies(folder) for record in read_records(study)]
    return {
        **(happened or {}),
        "processes": len(processes),
        "seconds": round(time.monotonic() - began),
        "exit_codes": Counter(str(process.exitcode) for process in processes.values()),
        "runs_finished": sum(record["status"] == "finished" for record in runs),
        "longest_wait_of_a_run_s": round(max(wait for each in told for wait in each["waits_s"]), 4),
        "longest_wait_of_a_sweep_at_its_end_s": round(max(end for each in told for end in each["end_s"]), 1),
    }


def _studies(folder: Path) -> list[Path]:
    return [folder / "runs" / f"proof{number}" for number in range(STUDIES)]


def sync(folder: Path, address: str) -> int:
    """Send what is missing of all studies at once; the number of runs sent."""
    processes = {}
    for study in _studies(folder):
        words = ["sync", f"study={study.name}", f"out={folder / 'runs'}", f"tracking.uri={address}"]
        processes[study.name] = command(words, folder, study.name)
    sent = 0
    for name, process in processes.items():
        process.join()
        said = (folder / f"{name}.log").read_text(encoding="utf-8")
        assert process.exitcode == 0, said
        sent += int(said.split()[0])
    return sent


def tried(trouble: Trouble, folder: Path) -> dict[str, Any]:
    """The sweeps under one trouble, and what the server holds after a `sync`."""
    folder.mkdir(mode=0o755)
    service = Service("server", f"folder={folder / 'server'}")
    try:
        with trouble(service) as address:
            half_way = trouble is restarted
            found = sweeps(folder, address, lambda alive: kill_half_way(service, alive) if half_way else None)
        found["sent_by_sync"] = sync(folder, service.address)
        found["sent_by_a_second_sync"] = sync(folder, service.address)
        there: Counter[str] = Counter()
        for study in _studies(folder):
            there.update(held(service.address, study))
    finally:
        service.stop()
    return {**found, **there}


def faults(found: dict[str, Any]) -> list[str]:
    """Where something was lost, is there twice, failed, or waited."""
    asked = STUDIES * RUNS_EACH
    wanted = {
        **dict.fromkeys(("records", "runs", "runs_finished", "runs_with_all_settings_files_and_data_sets"), asked),
        **dict.fromkeys(("runs_twofold", "metric_points_lost", "metric_points_twofold", "sent_by_a_second_sync"), 0),
        **dict.fromkeys(("parents", "reports"), STUDIES),
    }
    told = [f"{name} is {found[name]}, and not {number}" for name, number in wanted.items() if found[name] != number]
    if set(found["exit_codes"]) != {"0"}:
        told.append(f"exit codes are {dict(found['exit_codes'])}")
    if (wait := found["longest_wait_of_a_run_s"]) > LONGEST_WAIT_S:
        told.append(f"a run waited {wait} s for the tracker, more than {LONGEST_WAIT_S:g}")
    return told


def main() -> int:
    """Prove it; 0 if all is there once and no run waited. Words name the troubles to try, by default all."""
    troubles: dict[str, Trouble] = {"well": well, "slow": held_back, "restarted": restarted, "away": away}
    found = {}
    with tempfile.TemporaryDirectory(prefix="harness-tracking-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # or the user that PostgreSQL runs as could not enter
        for trouble in sys.argv[1:] or troubles:
            found[trouble] = tried(troubles[trouble], folder / trouble)
            print(json.dumps({trouble: found[trouble]}, indent=1), flush=True)
    proof = {
        "command": "harness -m " + " ".join(SWEEP),
        "server": "harness server: MLflow with 4 workers, PostgreSQL, artifacts in a folder",
        "slow": f"each answer after {ANSWER_S:g} s, every {SILENT_EVERY}th after {SILENCE_S:g} s",
        "tried_again_every_s": RETRY_SECONDS,
        **{name: surroundings()[name] for name in ("versions", "hardware")},
        "found": found,
    }
    told = [f"{trouble}: {fault}" for trouble, each in found.items() for fault in faults(each)]
    if list(found) == list(troubles):
        return publish(RESULT, proof, told)
    print(*told, sep="\n", file=sys.stderr)
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
