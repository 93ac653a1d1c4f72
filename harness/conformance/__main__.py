"""`python -m harness.conformance [--out results/conformance]`: every creation method, and the stages, of every family.

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
from harness.conformance.stages import staged
from harness.conformance.trial import attempt, save_weights
from harness.records.provenance import surroundings
from harness.records.store import write_text
from harness.spec.errors import ImpossibleCell
from harness.spec.variants import variants

LARGEST = 200_000_000
LIBRARIES = ("torch", "torchvision", "timm")
FAMILY = ("library", "family", "architecture")
FIELDS = (*FAMILY, "creation", "status", "reason")
STAGES = (*FAMILY, "status", "source", "stages", "blocks", "apart", "parameters", "reason")


def main(arguments: Sequence[str] | None = None) -> int:
    """Try what is missing, a family at a time; returns 1 where something broke, or refusals are not those reviewed."""
    parser = argparse.ArgumentParser(prog="python -m harness.conformance", description=main.__doc__)
    parser.add_argument("--out", type=Path, default=Path("results/conformance"))
    asked = parser.parse_args(arguments)
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    _forget_other_versions(asked.out)
    stages, creation = _stages(asked.out / "stages.csv"), _creation(asked.out / "families.csv")
    broken = [row for row in (*stages, *creation) if row["status"] == "broken"]
    for row in broken:
        what = row.get("creation", "stages")
        print(f"broken: {row['library']} {row['architecture']} {what}: {row['reason']}", file=sys.stderr)
    surprises = list(unreviewed(creation))
    for line in surprises:
        print(f"not as in refusals.yaml: {line}", file=sys.stderr)
    return 1 if broken or surprises else 0


def _stages(file: Path) -> list[dict[str, str]]:
    """The stages of the smallest member of each family: one row a family, `parameters` those of each stage."""
    rows = [row for row in _earlier(file) if row["status"] != "broken"]
    known = {(row["library"], row["family"]) for row in rows}
    for library in ("timm", "torchvision"):
        for family, architecture, parameters in families(library):
            if (library, family) in known:
                continue
            begin = {"library": library, "family": family, "architecture": architecture}
            rows.append({**dict.fromkeys(STAGES, ""), **begin, **_staged(library, architecture, parameters)})
            _write(file, rows, STAGES)
            print(f"{library} {family} ({architecture}): {rows[-1]['stages'] or rows[-1]['reason']} stages", flush=True)
    return rows


def _staged(library: str, architecture: str, parameters: int) -> dict[str, str]:
    if parameters > LARGEST:
        return {"status": "skipped", "reason": _too_large(parameters)}
    try:
        found = staged(library, architecture)
    except ImpossibleCell as refusal:
        return {"status": "refused", "reason": str(refusal)}
    except Exception as error:  # whatever a library may raise: a row of its own, and the next family
        return {"status": "broken", "reason": f"{type(error).__name__}: {str(error).strip().splitlines()[0][:160]}"}
    return {
        "status": "broken" if found.faults else "found",
        "source": found.source,
        "stages": str(len(found.parameters)),
        "blocks": str(found.blocks),
        "apart": "yes" if found.apart else "no",
        "parameters": " ".join(map(str, found.parameters)),
        "reason": "; ".join(found.faults),
    }


def _creation(file: Path) -> list[dict[str, str]]:
    rows = _earlier(file)
    known = {(row["library"], row["family"], row["creation"]) for row in rows}
    methods = [name for name in variants("harness.creation") if name != "custom"]
    for library in ("timm", "torchvision"):
        for family, architecture, parameters in families(library):
            missing = [name for name in methods if (library, family, name) not in known]
            if missing:
                started = time.perf_counter()
                rows += _family(library, family, architecture, parameters, missing)
                _write(file, rows, FIELDS)
                print(f"{library} {family} ({architecture}): {time.perf_counter() - started:.1f} s", flush=True)
    return rows


def _too_large(parameters: int) -> str:
    return f"smallest member has {parameters / 1e6:.0f} million parameters"


def _family(library: str, family: str, architecture: str, parameters: int, methods: list[str]) -> list[dict[str, str]]:
    begin = {"library": library, "family": family, "architecture": architecture}
    if parameters > LARGEST:
        reason = _too_large(parameters)
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


def _forget_other_versions(out: Path) -> None:
    """Rows that other versions of the libraries gave count for nothing."""
    stamp = out / "versions.json"
    now = {name: version for name, version in surroundings()["versions"].items() if name in LIBRARIES}
    if not stamp.is_file() or json.loads(stamp.read_text(encoding="utf-8")) != now:
        for file in out.glob("*.csv"):
            file.unlink()
        write_text(stamp, json.dumps(now, indent=1) + "\n")


def _earlier(file: Path) -> list[dict[str, str]]:
    if not file.is_file():
        return []
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _write(file: Path, rows: list[dict[str, str]], fields: tuple[str, ...]) -> None:
    temporary = file.with_suffix(".part")
    with temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fields, lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(rows, key=lambda row: [row[field] for field in fields[:4]]))
    temporary.replace(file)


if __name__ == "__main__":
    sys.exit(main())
