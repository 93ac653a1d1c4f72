"""One run: checked, trained by the model that the check built, and shown in a few lines."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from harness.records.run_folder import forget
from harness.records.store import is_done, read_record
from harness.spec.errors import ImpossibleConfiguration, RequestError
from harness.spec.identity import run_id
from harness.spec.variants import load_variant
from harness.study.check import Checker
from harness.study.request import Request, parse
from harness.study.study import Study, describe

if TYPE_CHECKING:
    from harness.execution.tracker import Tracker
    from harness.training.setup import Setup


def run_one(config: dict[str, Any]) -> int:
    """Check, train and show one configuration; what is done already is shown, not trained again.

    Returns the exit code: 0, or 1 if the run failed.

    Raises:
        RequestError: the request was wrong, or is unavailable for this architecture.
    """
    request = parse(config)
    folder, identity = request.folder, run_id(request.spec)
    if is_done(folder, identity) and not request.force:
        _refuse(request, Checker().quick(request))
        print(
            f"done already: {folder / identity}; force=true trains it anew (edited code of the package is not noticed)",
            file=sys.stderr,
        )
        record = read_record(folder, identity)
        assert record is not None
    else:
        record = _trained(request)
    _track(request, record)
    return show(request, record)


def _refuse(request: Request, faults: list[str]) -> None:
    if request.comparison.until_decided:
        faults = [
            *faults,
            "comparison.until_decided: one run decides nothing; use -m with two methods and 'seed=range(0,8)'",
        ]
    if faults:
        raise RequestError(faults)


def _trained(request: Request) -> dict[str, Any]:
    """The record of a run that is trained now.

    Raises:
        RequestError: the request was wrong, which is known before anything is trained.
    """
    checker = Checker()
    faults, ended = checker.around_the_model(request)
    _refuse(request, faults if ended else [])

    from harness.execution.choose import deal
    from harness.execution.in_turn import SEQUENTIAL, in_turn

    executor, machine = deal(request.machine, 1)
    ready = None
    if executor == SEQUENTIAL and not faults:
        ready = _set_up(request, checker)
    else:
        _check(request, checker)
    checker.keep()
    if request.force:
        forget(request.folder, run_id(request.spec))
    if executor == SEQUENTIAL:
        [record] = in_turn([request.spec], machine, request.folder, executor, ready=ready)
    else:
        [record] = load_variant("harness.execution.executors", executor)([request.spec], machine, request.folder)
    found: dict[str, Any] = record
    return found


def _set_up(request: Request, checker: Checker) -> Setup | None:
    """The run set up, which is the check of its model; None where something breaks that is the run's to record."""
    from harness.study.thorough import set_up

    try:
        return set_up(request.spec, request.machine)
    except Exception:  # told as those of a sweep are told: all faults at once
        _check(request, checker)
        return None


def _check(request: Request, checker: Checker) -> None:
    try:
        _refuse(request, checker.check(request))
    except ImpossibleConfiguration as reason:
        _refuse(request, [str(reason)])


def _track(request: Request, record: dict[str, Any]) -> None:
    tracker: Tracker = load_variant("harness.execution.tracking", request.tracking.name)(request.tracking)
    tracker.start(Study((request,), (), ()).description(), request.folder, 1)
    tracker.log(record)
    tracker.finish([], [], {})


LABEL_LEVELS = {
    "mAP": "average_precision",
    "AUROC": "auroc",
    "macro F1": "f1_macro",
    "micro F1": "f1_micro",
}
"""What is shown of several labels an image, by its name in words."""


def _levels(metrics: dict[str, Any]) -> str:
    if "top1" in metrics:
        return f"top-1 {metrics['top1']:.1f} %, top-5 {metrics['top5']:.1f} %"
    known = {name: metrics[key] for name, key in LABEL_LEVELS.items() if metrics[key] is not None}
    return ", ".join(f"{name} {value:.1f} %" for name, value in known.items())


def show(request: Request, record: dict[str, Any]) -> int:
    """Print what came out of a run; returns the exit code."""
    print(f"{describe(record['spec'])}: {record['status']}")
    if record["reason"]:
        print(record["reason"])
    if record["birth"]:
        initial, metrics = record["birth"], record["metrics"]
        print(f"initial loss {initial['initial_loss']:.3f} (a uniform guess: {initial['uniform_loss']:.3f})")
        shared = record["data"].get("shared")
        if shared:
            print(
                f"{record['data']['test_images_in_train']} test images are among the training images: {shared[0]}, ..."
            )
        print(f"test {_levels(metrics)}, loss {metrics['loss']:.3f}")
    print(f"record: {request.folder / record['run_id'] / 'record.json'}")
    return 1 if record["status"] == "failed" else 0
