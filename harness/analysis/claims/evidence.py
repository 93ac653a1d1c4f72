"""The claims, and what speaks to each: rows of studies that predicted something of it, and facts of the libraries."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from omegaconf import OmegaConf
from pydantic import Field

from harness.analysis.claims.library import read
from harness.analysis.predictions import AS_SAID, OTHERWISE, Row, judge
from harness.analysis.settings import settings
from harness.analysis.study import read_study, select
from harness.records.archive import read_records
from harness.records.store import STUDY
from harness.spec.spec import Part

FILE = Path(__file__).parent / "claims.yaml"
KINDS = {"T": "training runs", "F": "a fact about a library", "R": "a recipe of several parts"}


class Claim(Part):
    """`says` in this project's words; `untried` is what of it no evidence here speaks to."""

    number: int = Field(ge=1)
    area: str
    kind: Literal["T", "F", "R"]
    says: str
    untried: str = ""


@cache
def claims() -> tuple[Claim, ...]:
    """All of them, by number."""
    found = [Claim.model_validate(OmegaConf.to_container(entry)) for entry in OmegaConf.load(FILE)]
    return tuple(sorted(found, key=lambda claim: claim.number))


FACTS_COMMAND = "harness claims facts=true"


@dataclass(frozen=True)
class Item:
    """One row of evidence. `measured`: mean and interval over seeds, or a fact in words; `source`: where it lies.

    `real`: its study has runs on real pretrained weights.
    """

    claim: int
    row: Row
    label: str
    measured: str
    command: str
    source: str
    real: bool = False


@dataclass(frozen=True)
class Evidence:
    """All items of one claim, and what they were tried on."""

    items: tuple[Item, ...] = ()
    runs: int = 0
    scope: dict[str, tuple[str, ...]] = field(default_factory=dict)


def gather(results: Path, facts: Path) -> dict[int, Evidence]:
    """The evidence of each claim: every study below `results` that predicts something, and the table in `facts`."""
    items: dict[int, list[Item]] = {}
    scopes: dict[int, dict[str, set[str]]] = {}
    runs: dict[int, int] = {}
    for file in sorted(results.rglob(STUDY)):
        study = read_study(file.parent)
        if not study.expects:
            continue
        records = select(study, read_records(file.parent))
        table = judge(study, records, study.expects)
        command = shlex.join(["harness", "-m", *study.overrides])
        known = [settings(record["spec"]) for record in records]
        for claim in dict.fromkeys(each.claim for each in study.expects):
            runs[claim] = runs.get(claim, 0) + len(records)
            for name in ("backbone", "data", "transfer"):
                scopes.setdefault(claim, {}).setdefault(name, set()).update(str(each[name]) for each in known)
        real = any(each["weights"] not in ("bundled", "none") for each in known)
        for line in table.to_dict("records"):
            row = Row(line["says"], line["settings"], line["outcome"])
            items.setdefault(line["claim"], []).append(
                Item(line["claim"], row, line["row"], _measured(line), command, _name(results, file.parent), real)
            )
    for item in _facts(facts):
        items.setdefault(item.claim, []).append(item)
        scopes.setdefault(item.claim, {}).setdefault("timm", set()).add(item.row.settings["timm"])
    return {
        claim: Evidence(
            tuple(found),
            runs.get(claim, 0),
            {name: tuple(sorted(values)) for name, values in scopes.get(claim, {}).items()},
        )
        for claim, found in items.items()
    }


def _name(results: Path, folder: Path) -> str:
    return folder.relative_to(results).as_posix()


def _measured(line: dict[Any, Any]) -> str:
    if line["unit"] == "times":
        return f"{line['mean']:.3g} times [{line['low']:.3g}, {line['high']:.3g}], n = {line['pairs']}"
    return f"{line['mean']:+.1f} {line['unit']} [{line['low']:.1f}, {line['high']:.1f}], n = {line['pairs']}"


def _facts(folder: Path) -> Iterator[Item]:
    for entry in read(folder):
        outcome = AS_SAID if entry["so"] == "True" else OTHERWISE
        row = Row(entry["says"], {"timm": entry["timm"], "network": entry["on"]}, outcome)
        label = f"timm {entry['timm']}, {entry['on']}"
        yield Item(int(entry["claim"]), row, label, entry["evidence"], FACTS_COMMAND, "facts.csv")
