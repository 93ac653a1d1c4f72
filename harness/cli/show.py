"""One run trained, recorded, and shown in a few lines."""

from __future__ import annotations

import sys

from harness.execution.choose import deal
from harness.execution.tracker import Tracker
from harness.records.leftovers import forget
from harness.records.store import is_done, read_record
from harness.spec.identity import run_id
from harness.spec.variants import load_variant
from harness.study.naming import describe
from harness.study.request import Request
from harness.study.study import Study


def train_and_show(request: Request) -> int:
    """Train a checked request, unless it is done already, and print what came out; returns the exit code."""
    folder, identity = request.folder, run_id(request.spec)
    done = is_done(folder, identity) and not request.force
    record = read_record(folder, identity) if done else None
    if record is None:
        executor, machine = deal(request.machine, 1)
        if request.force:
            forget(folder, identity)
        [record] = load_variant("harness.execution.executors", executor)([request.spec], machine, folder)
    else:
        print(f"done already: {folder / identity}; force=true trains it anew", file=sys.stderr)
    study = Study((request,), (), ())
    tracker: Tracker = load_variant("harness.execution.tracking", request.tracking.name)(request.tracking)
    tracker.start(study.description(), folder, 1)
    tracker.log(record)
    tracker.finish([], [], {})
    print(f"{describe(record['spec'])}: {record['status']}")
    if record["reason"]:
        print(record["reason"])
    if record["birth"]:
        birth, metrics = record["birth"], record["metrics"]
        print(f"born with loss {birth['initial_loss']:.3f} (a uniform guess: {birth['uniform_loss']:.3f})")
        shared = record["data"].get("shared")
        if shared:
            print(
                f"{record['data']['test_images_in_train']} test images are among the training images: {shared[0]}, ..."
            )
        print(f"test top-1 {metrics['top1']:.1f} %, top-5 {metrics['top5']:.1f} %, loss {metrics['loss']:.3f}")
    print(f"record: {folder / identity / 'record.json'}")
    return 1 if record["status"] == "failed" else 0
