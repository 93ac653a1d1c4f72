"""The atlas as one page to search and sort, from the tables in a folder alone."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from harness.diagnose.atlas import CLASSES
from harness.diagnose.atlas.formula import TRAPS, meaning
from harness.diagnose.atlas.releases import ReleaseChange, compare, compare_ways, grouped
from harness.diagnose.atlas.row import Row, number
from harness.diagnose.atlas.table import write
from harness.records.store import write_text
from harness.spec.variants import variants

WIDE = 1.5


@dataclass(frozen=True)
class Width:
    """How many directly created heads are wider or narrower than a plain Linear's, at one number of classes."""

    classes: int
    wider: int
    narrower: int
    largest: float
    largest_name: str


def measured(rows: Sequence[Row]) -> list[Row]:
    """The rows whose architecture could be built."""
    return [row for row in rows if not row["error"]]


def widths(rows: Sequence[Row]) -> list[Width]:
    """One line for each number of classes; by more than half either way."""
    found = []
    for n in CLASSES:
        ratios = {row["name"]: number(row, f"create_by_swap_{n}") for row in rows}
        known = {name: ratio for name, ratio in ratios.items() if ratio is not None}
        if known:
            name = max(known, key=lambda name: known[name])
            wider = sum(ratio >= WIDE for ratio in known.values())
            narrower = sum(ratio <= 1 / WIDE for ratio in known.values())
            found.append(Width(n, wider, narrower, known[name], name))
    return found


def counts(rows: Sequence[Row], column: str) -> list[tuple[str, int]]:
    """How often each value of a column occurs, the most frequent first."""
    tally = Counter(row[column] for row in rows if row[column])
    return sorted(tally.items(), key=lambda pair: (-pair[1], pair[0]))


def traps(rows: Sequence[Row]) -> dict[str, int]:
    """How many architectures each trap applies to."""
    return dict(Counter(trap for row in rows for trap in row["traps"].split()))


def families(rows: Sequence[Row], trap: str) -> list[str]:
    """The families that a trap occurs in."""
    return sorted({row["family"] for row in rows if trap in row["traps"].split()})


PAGE = "index.html"
BY_RELEASE = "ways_by_release.csv"
"""The table of ways under several releases, in a folder where `python -m harness.dev.releases` put it."""

TEMPLATES = Path(__file__).parent / "templates"

SHOWN = {
    "name": ("architecture", ""),
    "family": ("family", "module that defines it"),
    "kind": ("head", "kind of head"),
    "heads": ("layer", "name of the layer or layers that give the logits"),
    "in_features": ("features", "inputs of that layer"),
    "pool": ("pooling", "as the model's own attributes tell it"),
    "create_law": ("distribution, create", "distribution of the head under create_model(num_classes=n)"),
    "reset_law": ("distribution, reset", "distribution of the head after reset_classifier(n)"),
    **{
        f"create_by_swap_{n}": (
            f"create / swap, {n}",
            f"width of the draw, direct creation over nn.Linear, {n} classes",
        )
        for n in CLASSES
    },
    "reset_by_swap_10": ("reset / swap, 10", "width of the draw, reset_classifier over nn.Linear, 10 classes"),
    "traps": ("traps", "see the list above"),
}
"""Columns of the page, with what heads them and what they mean."""


def publish(folder: Path) -> Path:
    """Write the page and `releases.csv` from all tables in a folder; returns the page."""
    paths = sorted(folder.glob("*-*.csv"), key=lambda path: _order(path.stem), reverse=True)
    tables = {path.stem: _read(path) for path in sorted(paths, key=lambda path: _library(path.stem))}
    releases = _releases(tables)
    if (folder / BY_RELEASE).is_file():
        _add_ways(releases, folder / BY_RELEASE)
    if releases:
        write(folder / "releases.csv", [row for _, changes in releases.items() for row in changes["rows"]])
    page = folder / PAGE
    write_text(page, _render(tables, releases))
    return page


def _read(path: Path) -> dict[str, Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return {row["name"]: row for row in csv.DictReader(file)}


def _library(name: str) -> str:
    return name.rpartition("-")[0]


def _order(name: str) -> list[int]:
    """The version in a table's name as numbers, so that 1.0.9 comes before 1.0.31."""
    return [int(part) if part.isdigit() else -1 for part in name.rpartition("-")[2].split(".")]


def _releases(tables: dict[str, dict[str, Row]]) -> dict[str, dict[str, Any]]:
    """Each older release against the newest of its library; tables come newest first."""
    found = {}
    for old in tables:
        new = next(name for name in tables if _library(name) == _library(old))
        if new != old:
            changes = compare(tables[old], tables[new])
            found[f"{old} to {new}"] = _told(old, new, len(tables[old].keys() & tables[new].keys()), changes)
    return found


def _told(old: str, new: str, shared: int, changes: Sequence[ReleaseChange]) -> dict[str, Any]:
    rows = [{"from": old, "to": new, **asdict(change)} for change in changes]
    return {"shared": shared, "groups": grouped(changes), "rows": rows}


def _add_ways(releases: dict[str, dict[str, Any]], file: Path) -> None:
    """The table of ways under each older release against the newest, after what the atlas's own tables tell."""
    with file.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for library in dict.fromkeys(row["library"] for row in rows):
        names = {f"{library}-{row['version']}" for row in rows if row["library"] == library}
        new, *older = sorted(names, key=_order, reverse=True)
        tables = {name: [row for row in rows if f"{row['library']}-{row['version']}" == name] for name in names}
        for old in older:
            shared = {row["architecture"] for row in tables[old]} & {row["architecture"] for row in tables[new]}
            told = _told(old, new, len(shared), compare_ways(tables[old], tables[new]))
            if before := releases.get(f"{old} to {new}"):
                told = {key: before[key] + told[key] if key != "shared" else before[key] for key in told}
            releases[f"{old} to {new}"] = told


def _render(tables: dict[str, dict[str, Row]], releases: dict[str, Any]) -> str:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,
    )
    data = {name: [[row[column] for column in SHOWN] for row in table.values()] for name, table in tables.items()}
    sections = [
        {
            "name": name,
            "rows": len(table),
            "measured": measured(list(table.values())),
            "widths": widths(list(table.values())),
            "distributions": counts(list(table.values()), "create_law"),
            "traps": traps(list(table.values())),
        }
        for name, table in tables.items()
    ]
    return environment.get_template("atlas.html.j2").render(
        columns=list(SHOWN.values()),
        keys=list(SHOWN),
        sections=sections,
        traps=[(trap, meaning(trap)) for trap in variants(TRAPS)],
        releases=releases,
        # "</" would end the script element
        data=json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/"),
    )
