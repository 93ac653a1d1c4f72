"""`python -m harness.dev.conformance [--out results/conformance]`: every creation method on every family.

A second start goes on where the first was stopped; other library versions start anew.
"""

from __future__ import annotations

import argparse
import gc
import sys
import tempfile
import time
import warnings
from collections.abc import Sequence
from pathlib import Path

import torch

from harness.dev.conformance.families import families
from harness.dev.conformance.refusals import unreviewed
from harness.dev.conformance.stages import staged
from harness.dev.conformance.trial import attempt, save_weights
from harness.dev.growing import Growing
from harness.spec.errors import ImpossibleConfiguration
from harness.spec.variants import variants

LARGEST = {"timm": 200_000_000, "torchvision": 200_000_000, "transformers": 25_000_000}
"""Parameters of what is tried; transformers' types come in one size, theirs or that of `families.SMALLER`."""
CALLED = {"stages": (), "families": ("transformers", "fastai")}
"""Libraries beside torch, torchvision and timm that make a table what it is."""

FAMILY = ("library", "family", "architecture")
FIELDS = (*FAMILY, "creation", "status", "reason")
STAGES = (*FAMILY, "status", "source", "stages", "blocks", "apart", "parameters", "reason")


def main(arguments: Sequence[str] | None = None) -> int:
    """Try what is missing, a family at a time; returns 1 where something broke, or refusals are not those reviewed."""
    parser = argparse.ArgumentParser(prog="python -m harness.dev.conformance", description=main.__doc__)
    parser.add_argument("--out", type=Path, default=Path("results/conformance"))
    asked = parser.parse_args(arguments)
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    kinds: dict[str, tuple[str, ...]] = {"stages": STAGES, "families": FIELDS}
    tables = [Growing(asked.out, name, fields, "versions.json", CALLED[name]) for name, fields in kinds.items()]
    stages, creation = _stages(tables[0]), _creation(tables[1])
    broken = [row for row in (*stages, *creation) if row["status"] == "broken"]
    for row in broken:
        what = row.get("creation", "stages")
        print(f"broken: {row['library']} {row['architecture']} {what}: {row['reason']}", file=sys.stderr)
    surprises = list(unreviewed(creation))
    for line in surprises:
        print(f"not as in refusals.yaml: {line}", file=sys.stderr)
    if broken or surprises:
        print(f"the committed tables in {asked.out} stay as they were", file=sys.stderr)
        return 1
    for table, rows in zip(tables, (stages, creation), strict=True):
        table.publish(_sorted(rows))
    return 0


def _stages(table: Growing) -> list[dict[str, str]]:
    """The stages of the smallest member of each family: one row a family, `parameters` those of each stage."""
    rows = [row for row in table.earlier() if row["status"] != "broken"]
    known = {(row["library"], row["family"]) for row in rows}
    for library in ("timm", "torchvision"):
        for family, architecture, parameters in families(library, _named(rows, library)):
            if (library, family) in known:
                continue
            begin = {"library": library, "family": family, "architecture": architecture}
            rows.append({**dict.fromkeys(STAGES, ""), **begin, **_staged(library, architecture, parameters)})
            table.keep(_sorted(rows))
            print(f"{library} {family} ({architecture}): {rows[-1]['stages'] or rows[-1]['reason']} stages", flush=True)
    return rows


def _staged(library: str, architecture: str, parameters: int) -> dict[str, str]:
    if parameters > LARGEST[library]:
        return {"status": "skipped", "reason": _too_large(parameters)}
    try:
        found = staged(library, architecture)
    except ImpossibleConfiguration as refusal:
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


def _creation(table: Growing) -> list[dict[str, str]]:
    rows = table.earlier()
    known = {(row["library"], row["family"], row["creation"]) for row in rows}
    methods = [name for name in variants("harness.model.creation") if name != "custom"]
    for library in ("timm", "torchvision", "transformers"):
        for family, architecture, parameters in families(library, _named(rows, library)):
            missing = [name for name in methods if (library, family, name) not in known]
            if missing:
                started = time.perf_counter()
                rows += _family(library, family, architecture, parameters, missing)
                table.keep(_sorted(rows))
                print(f"{library} {family} ({architecture}): {time.perf_counter() - started:.1f} s", flush=True)
    return rows


def _named(rows: list[dict[str, str]], library: str) -> dict[str, str]:
    """The smallest members that a table of today's versions names, by family."""
    return {row["family"]: row["architecture"] for row in rows if row["library"] == library}


def _too_large(parameters: int) -> str:
    return f"smallest member has {parameters / 1e6:.0f} million parameters"


def _family(library: str, family: str, architecture: str, parameters: int, methods: list[str]) -> list[dict[str, str]]:
    begin = {"library": library, "family": family, "architecture": architecture}
    if parameters > LARGEST[library]:
        reason = _too_large(parameters)
        return [{**begin, "creation": name, "status": "skipped", "reason": reason} for name in methods]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "weights.pt"
        try:
            save_weights(library, architecture, file)
        except ImportError as error:  # a type of transformers that needs a third library
            reason = f"backbone.name: {str(error).strip().splitlines()[0].split(' but it was')[0]}"
            return [{**begin, "creation": name, "status": "refused", "reason": reason} for name in methods]
        rows = []
        for name in methods:
            outcome = attempt(library, architecture, name, file)
            reason = outcome.reason.replace(folder, "")
            rows.append({**begin, "creation": name, "status": outcome.status, "reason": reason})
            gc.collect()
    return rows


def _sorted(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return sorted(rows, key=lambda row: (*(row[field] for field in FAMILY), row.get("creation", "")))


if __name__ == "__main__":
    sys.exit(main())
