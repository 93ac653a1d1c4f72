"""`python -m harness.conformance [--out results/conformance]`: every creation method on every family.

A second start goes on where the first was stopped; other library versions start anew.
"""

from __future__ import annotations

import argparse
import csv
import gc
import json
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from pathlib import Path

import torch

from harness.conformance.families import families
from harness.conformance.refusals import unreviewed
from harness.conformance.trial import attempt, save_weights
from harness.records.provenance import surroundings
from harness.records.store import write_text
from harness.spec.variants import variants

LARGEST = 200_000_000
LIBRARIES = ("torch", "torchvision", "timm")
FIELDS = ("library", "family", "architecture", "creation", "status", "reason")


def main(arguments: Sequence[str] | None = None) -> int:
    """Try what is missing, a family at a time; returns 1 where a method broke, or refusals are not those reviewed."""
    parser = argparse.ArgumentParser(prog="python -m harness.conformance", description=main.__doc__)
    parser.add_argument("--out", type=Path, default=Path("results/conformance"))
    asked = parser.parse_args(arguments)
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    file = asked.out / "families.csv"
    rows = _earlier(asked.out, file)
    known = {(row["library"], row["family"], row["creation"]) for row in rows}
    methods = [name for name in variants("harness.creation") if name != "custom"]
    for library in ("timm", "torchvision"):
        for family, architecture, parameters in families(library):
            missing = [name for name in methods if (library, family, name) not in known]
            if missing:
                started = time.perf_counter()
                rows += _family(library, family, architecture, parameters, missing)
                _write(file, rows)
                print(f"{library} {family} ({architecture}): {time.perf_counter() - started:.1f} s", flush=True)
    broken = [row for row in rows if row["status"] == "broken"]
    for row in broken:
        print(f"broken: {row['library']} {row['architecture']} {row['creation']}: {row['reason']}", file=sys.stderr)
    surprises = list(unreviewed(rows))
    for line in surprises:
        print(f"not as in refusals.yaml: {line}", file=sys.stderr)
    return 1 if broken or surprises else 0


def _family(library: str, family: str, architecture: str, parameters: int, methods: list[str]) -> list[dict[str, str]]:
    begin = {"library": library, "family": family, "architecture": architecture}
    if parameters > LARGEST:
        reason = f"smallest member has {parameters / 1e6:.0f} million parameters"
        return [{**begin, "creation": name, "status": "skipped", "reason": reason} for name in methods]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "weights.pt"
        save_weights(library, architecture, file)
        rows = []
        for name in methods:
            outcome = attempt(library, architecture, name, file)
            reason = outcome.reason.replace(folder, "")
            rows.append({**begin, "creation": name, "status": outcome.status, "reason": reason})
            gc.collect()
    return rows


def _earlier(out: Path, file: Path) -> list[dict[str, str]]:
    stamp = out / "versions.json"
    now = {name: version for name, version in surroundings()["versions"].items() if name in LIBRARIES}
    if file.is_file() and stamp.is_file() and json.loads(stamp.read_text(encoding="utf-8")) == now:
        with file.open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))
    write_text(stamp, json.dumps(now, indent=1) + "\n")
    return []


def _write(file: Path, rows: list[dict[str, str]]) -> None:
    temporary = file.with_suffix(".part")
    with temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(rows, key=lambda row: [row[field] for field in FIELDS[:4]]))
    temporary.replace(file)


if __name__ == "__main__":
    sys.exit(main())
