"""A study as large as a long sweep leaves it: one committed record, varied into thousands, as an archive.

    python -m tests.unit.analysis.large FOLDER

writes it or, where it is written, answers it and prints time and memory; a test holds the memory.
"""

from __future__ import annotations

import copy
import json
import lzma
import os
import re
import sys
import time
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from harness.analysis.answer import answer
from harness.records.archive import PREDICTIONS, RECORDS

SOURCE = Path(__file__).parents[3] / "results" / "gap_bundled" / RECORDS
RATES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2)
LENGTHS = (2, 5, 10, 20)
ARMS = tuple(("create_model", init) for init in ("keep", "zeros", "xavier_normal")) + tuple(
    ("swap_head", init) for init in ("keep", "zeros")
)
BACKBONES = ("test_efficientnet", "test_resnet", "test_vit", "test_convnext", "mobilenetv2_100")
SETS = ("made", "digits")
SEEDS = range(10)
IMAGES, CLASSES = 500, 10


def _varied(
    source: dict[str, Any], at: tuple[str, str, float, int, tuple[str, str], int], top1: float
) -> dict[str, Any]:
    """The record with another spec, its own ids, and numbers that are its own as well."""
    backbone, data, lr, epochs, (creation, init), seed = at
    record = copy.deepcopy(source)
    spec, shift = record["spec"], top1 - source["metrics"]["val_top1"]
    spec["backbone"]["name"], spec["creation"]["name"], spec["init"]["name"] = backbone, creation, init
    spec["data"] |= {"name": data, "label": data}
    spec["recipe"] |= {"lr": lr, "epochs": epochs}
    spec["seed"] = seed
    place = (BACKBONES.index(backbone), SETS.index(data), RATES.index(lr), LENGTHS.index(epochs))
    cell = "".join(map(str, (*place, ARMS.index((creation, init)))))
    record |= {"cell_id": f"c{cell}", "run_id": f"r{cell}{seed:02}"}
    record["metrics"] |= {"top1": top1, "val_top1": top1}
    record["data"]["split_hash"] = f"split{seed}"
    for point in record["curve"]:
        point["val_top1"] = max(0.0, point["val_top1"] + shift)
    return record


def write_large(folder: Path) -> int:
    """Write records, predictions and study.json; returns how many runs there are."""
    with lzma.open(SOURCE, "rt", encoding="utf-8") as lines:
        source = max((json.loads(next(lines)) for _ in range(100)), key=lambda record: len(record["curve"]))
    random = np.random.default_rng(0)
    labels = np.arange(IMAGES) % CLASSES
    arrays: dict[str, Any] = {f"labels-{source['data']['test_hash']}": labels.astype(np.int16)}
    cells = set()
    number = 0
    with lzma.open(folder / RECORDS, "wt", encoding="utf-8", preset=0) as lines:
        for at in product(BACKBONES, SETS, RATES, LENGTHS, ARMS, SEEDS):
            wide = at[0] == "test_efficientnet" and at[4] == ("create_model", "keep")
            right = random.random(IMAGES) < (0.6 if wide else 0.75) + 0.1 * np.cos(labels)
            record = _varied(source, at, round(100 * float(right.mean()), 4))
            lines.write(json.dumps(record, separators=(",", ":")) + "\n")
            arrays[record["run_id"]] = np.where(right, labels, (labels + 1) % CLASSES).astype(np.int16)
            cells.add(record["cell_id"])
            number += 1
    np.savez(folder / PREDICTIONS, **arrays)
    baseline = {"creation": "create_model", "init": "keep", "replicate": 0}
    study = {"name": "large", "baseline": baseline, "margin": 2.5, "cells": sorted(cells)}
    (folder / "study.json").write_text(json.dumps(study))
    return number


def main() -> None:
    """Write the study and answer it, or answer it where it is written already."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / RECORDS).is_file():
        print(write_large(folder), "runs")
        return
    started = time.perf_counter()
    answer(folder, folder / "answer")
    # getrusage would tell the parent's peak where that was higher, as a child begins with it
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    memory = int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1)) / 1024
    spent = sum(os.times()[:4])  # the children's, which draw the figures, as well
    print(f"{time.perf_counter() - started:.1f} s, {spent:.1f} s of processor, {memory:.0f} MB without children")


if __name__ == "__main__":
    main()
