"""The facts of the library at hand, and the table that keeps them by release."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict
from pathlib import Path
from typing import Any

from harness.records.store import write_text
from harness.spec.variants import load_variant, variants

FACTS = "harness.analysis.claims.facts"
FILE = "facts.csv"
COLUMNS = ("timm", "torch", "torchvision", "claim", "says", "on", "so", "evidence")


def measure(folder: Path) -> int:
    """Try every fact on the timm that is imported, and put them into the folder's table; returns how many.

    What the table held of the same release is replaced.
    """
    import timm
    import torch
    import torchvision

    versions = {"timm": timm.__version__, "torch": torch.__version__.partition("+")[0]}
    versions["torchvision"] = torchvision.__version__.partition("+")[0]
    found = [
        {**versions, **{name: str(value) for name, value in asdict(fact).items()}}
        for name in variants(FACTS)
        for fact in load_variant(FACTS, name)()
    ]
    rows = [row for row in read(folder) if row["timm"] != timm.__version__] + found
    rows.sort(key=lambda row: (int(row["claim"]), _release(row["timm"])))
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(folder / FILE, text.getvalue())
    return len(found)


def read(folder: Path) -> list[dict[str, Any]]:
    """The table's rows, as text; none where there is no table."""
    path = folder / FILE
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def _release(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())
