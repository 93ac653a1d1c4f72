"""The search of one method's space, by Optuna."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, Trial, TrialState

from harness.execution.choose import deal
from harness.execution.search.settings import Search, Space, draw
from harness.records.record import now
from harness.records.store import is_done, read_record, rounded, write_record
from harness.spec.identity import configuration_id, run_id
from harness.spec.machine import Machine
from harness.spec.spec import Spec
from harness.training.recording import failure
from harness.training.run import run

AS_IN_A_SWEEP = 2
"""Each of several runs has one thread on a CPU, and so the numbers of any sweep."""


class Pruned(Exception):  # noqa: N818  no error: it ends a run on purpose
    """The curve of this run is not promising."""


def train(spec: Spec, machine: Machine, study: Path, told: Callable[[int, dict[str, Any]], None]) -> dict[str, Any]:
    """The record of a run, from the study's folder where it has been made before.

    `told` hears of the end of each epoch (from 1) with that point of the curve, in a run made before too; numbers have
    the digits that records keep, so that it makes no difference.

    Raises:
        Pruned: `told` raised it; there is no record then.
    """
    identity = run_id(spec)
    record = read_record(study, identity) if is_done(study, identity) else None
    if record is not None:
        for point in record["curve"]:
            _tell(told, point)
        return record
    started = now()
    try:
        made = run(spec, deal(machine, AS_IN_A_SWEEP)[1], on_point=lambda point: _tell(told, point.as_json()))
    except Pruned:
        raise
    except Exception as error:  # whatever ends one run must not end the search
        made = failure(spec, error, started)
    write_record(study, made)
    record = read_record(study, identity)
    assert record is not None
    return record


def _tell(told: Callable[[int, dict[str, Any]], None], point: dict[str, Any]) -> None:
    if point["step"] and float(point["epoch"]).is_integer():
        told(round(point["epoch"]), rounded(point))


JOURNAL = "search.journal"
TRIALS = "trials"
RANDOM_SHARE = 3

SpecOf = Callable[[Mapping[str, str], int], Spec]
"""The spec of a method at a point of the space, with a seed."""


@dataclass(frozen=True)
class Tried:
    """A trial: its point, how it ended (`complete`, `pruned`, `fail`), its value and the epochs that it took."""

    number: int
    state: str
    values: dict[str, str]
    value: float | None
    epochs: int
    runs: tuple[str, ...]


@dataclass(frozen=True)
class SearchOutcome:
    """What the search of one method has found; `best` is the first of the best trials that ran to their end."""

    method: str
    trials: tuple[Tried, ...]
    best: Tried | None


def search(
    method: str, spec_of: SpecOf, space: Space, asked: Search, machine: Machine, study: Path,
    ended: Callable[[Tried], None],
) -> SearchOutcome:  # fmt: skip
    """Try `asked.trials` points; what the study's folder holds of this search already is taken up.

    The journal in the folder tells what was drawn and how it went, the records beside it the runs. Each draw depends on
    the trials before it and on its number alone, so a search that was killed goes on as if it had not been.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    folder = study / TRIALS
    folder.mkdir(parents=True, exist_ok=True)
    found = optuna.create_study(
        study_name=_name(method, spec_of, space, asked),
        storage=JournalStorage(JournalFileBackend(str(study / JOURNAL))),
        direction="minimize" if asked.monitor == "val_loss" else "maximize",
        pruner=_pruner(asked),
        load_if_exists=True,
    )
    for frozen in found.get_trials(deepcopy=False):
        if frozen.state.is_finished() and frozen.number < asked.trials:
            ended(_tried(frozen))
    while (trial := _next(found, asked)) is not None:
        _try(trial, found, spec_of, space, asked, machine, folder)
        ended(_tried(found.get_trials(deepcopy=False)[trial.number]))
    trials = tuple(_tried(frozen) for frozen in found.get_trials(deepcopy=False)[: asked.trials])
    sign = -1 if asked.monitor == "val_loss" else 1
    complete = [tried for tried in trials if tried.state == "complete" and tried.value is not None]
    return SearchOutcome(method, trials, max(complete, key=lambda tried: sign * (tried.value or 0.0), default=None))


def _name(method: str, spec_of: SpecOf, space: Space, asked: Search) -> str:
    """Another space, sampler or recipe is another search; more trials are the same one."""
    low = {key: dimension.ends()[0] for key, dimension in space.items()}
    dimensions = {key: asdict(dimension) for key, dimension in space.items()}
    lowest = configuration_id(spec_of(low, 0))
    told = [lowest, dimensions, asked.model_dump(exclude={"trials"}), asked.trials // RANDOM_SHARE]
    return f"{method} {hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:12]}"


def _pruner(asked: Search) -> optuna.pruners.BasePruner:
    if asked.pruner == "none":
        return optuna.pruners.NopPruner()
    return optuna.pruners.MedianPruner(n_startup_trials=max(1, asked.trials // RANDOM_SHARE))


def _next(found: optuna.Study, asked: Search) -> Trial | None:
    """The trial that a killed search had begun, or else a new one, or None where the budget is spent."""
    trials = found.get_trials(deepcopy=False)
    begun = [frozen for frozen in trials if not frozen.state.is_finished()]
    number = begun[0].number if begun else len(trials)
    if number >= asked.trials:
        return None
    found.sampler = optuna.samplers.TPESampler(
        seed=asked.sampler_seed * 100_003 + number, n_startup_trials=max(1, asked.trials // RANDOM_SHARE)
    )
    return Trial(found, begun[0]._trial_id) if begun else found.ask()


def _try(
    trial: Trial, found: optuna.Study, spec_of: SpecOf, space: Space, asked: Search, machine: Machine, folder: Path
) -> None:
    """Train a trial's runs one by one; the first one's curve is what the pruner sees."""
    values = draw(space, trial)
    trial.set_user_attr("values", values)
    known = set(found.get_trials(deepcopy=False)[trial.number].intermediate_values)
    specs = [spec_of(values, seed) for seed in asked.trial_seeds]
    results: list[float | None] = []
    epochs = 0

    def told(epoch: int, point: dict[str, Any]) -> None:
        nonlocal epochs
        epochs += 1
        value = point[asked.monitor]
        if results or value is None:  # the pruner sees the first run alone
            return
        if epoch not in known:
            trial.report(value, epoch)
        if epoch < specs[0].recipe.epochs and trial.should_prune():
            raise Pruned

    pruned = False
    try:
        for spec in specs:
            results.append(train(spec, machine, folder, told)["metrics"].get(asked.monitor))
    except Pruned:
        pruned = True
    trial.set_user_attr("epochs", epochs)
    trial.set_user_attr("runs", [] if pruned else [run_id(spec) for spec in specs])
    numbers = [value for value in results if value is not None and math.isfinite(value)]
    if pruned:
        found.tell(trial, state=TrialState.PRUNED)
    elif len(numbers) < len(specs):
        found.tell(trial, state=TrialState.FAIL)
    else:
        found.tell(trial, fmean(numbers))


def _tried(frozen: FrozenTrial) -> Tried:
    told = frozen.user_attrs
    state = frozen.state.name.lower()
    value = frozen.value if state == "complete" else None
    return Tried(frozen.number, state, told["values"], value, told["epochs"], tuple(told["runs"]))
