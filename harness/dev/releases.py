"""`python -m harness.dev.releases [--out results/atlas]`: how a model begins under other releases of its library.

Each pinned release is installed by pip into a temporary folder that comes first on the import path, and the table of
ways is made under it and under what is installed, for the first architecture of each family that libraries share.
Beside the table's columns stand the constants that a new model's vectors hold, LayerScale's among them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from torch import nn

from harness.diagnose.atlas.built import build
from harness.diagnose.atlas.libraries import Library
from harness.diagnose.atlas.page import BY_RELEASE, publish
from harness.diagnose.atlas.row import Row
from harness.diagnose.atlas.shared import SharedArchitecture, shared
from harness.diagnose.atlas.structure import fault
from harness.diagnose.atlas.table import write
from harness.spec.variants import load_variant

LIBRARIES = "harness.diagnose.atlas.libraries"
RESET = "timm reset_classifier"
"""Draws another head on a model that is made as any other: its constants are told once."""

MADE_BY = {
    "timm": {"timm create_model": "timm", RESET: "timm"},
    "transformers": {"transformers": "transformers", "transformers timm wrapper": "transformers_timm"},
}
"""The ways of a package, each with the library of the atlas that makes its models."""

PINNED = {
    "timm": [("timm==1.0.21",), ()],
    "transformers": [
        ("transformers==4.57.1", "huggingface-hub==0.36.2", "tokenizers==0.22.2"),
        ("transformers==5.0.0", "huggingface-hub==1.3.4", "tokenizers==0.22.2"),
        (),
    ],
}
"""For each package its releases with what else each needs in another version; nothing for the one that is installed."""

CLASSES = 10
USUAL = {("weight", 1.0), ("bias", 0.0)}
"""What norm layers, and most biases, start with in every library."""


def constants(model: nn.Module) -> str:
    """The vectors that hold one value throughout, by the last part of their names: `gamma 1e-05 x 24, weight 0 x 8`.

    Tensors of more dimensions may be without values, as the atlas builds a model.
    """
    found: Counter[tuple[str, float]] = Counter()
    for name, each in model.named_parameters():
        values = each.detach()
        if values.ndim == 1 and len(values) > 1 and bool((values == values.flatten()[0]).all()):
            found[name.rpartition(".")[2], float(values.flatten()[0])] += 1
    told = sorted((leaf, value, count) for (leaf, value), count in found.items() if (leaf, value) not in USUAL)
    return ", ".join(f"{leaf} {value:.3g} x {count}" for leaf, value, count in told)


def representatives() -> list[SharedArchitecture]:
    """The first architecture of each family that libraries share."""
    return list({each.family: each for each in reversed(shared())}.values())[::-1]


def measured(package: str) -> list[Row]:
    """The table of ways of one package as it is imported here, with the constants of each model."""
    from harness.diagnose.atlas.job import carry_out
    from harness.diagnose.atlas.ways import names_in, rows

    warnings.simplefilter("ignore")
    chosen = representatives()
    ways = MADE_BY[package]
    tables: dict[str, dict[str, Row]] = {}
    held: dict[tuple[str, str], str] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in dict.fromkeys(ways.values()):
            library: Library = load_variant(LIBRARIES, name)()
            done = carry_out(library, names_in(library, chosen), Path(folder))
            tables[name] = {row["name"]: row for row in done.asked}
            held |= {(name, row["name"]): _constants(library, row["name"]) for row in done.asked}
    found = [row for row in rows(tables, chosen) if row["way"] in ways]
    return [{**row, "constants": "" if row["way"] == RESET else held[ways[row["way"]], row["name"]]} for row in found]


def _constants(library: Library, name: str) -> str:
    try:
        return constants(build(library, name, CLASSES, CLASSES))
    except Exception as error:  # an architecture that this release cannot build is a row that says so
        return fault(error)


def under(package: str, pins: Sequence[str]) -> list[Row]:
    """The table of one release, measured in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="release-") as folder:
        path = [folder, *sys.path]
        if pins:
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder, *pins]
            subprocess.run(pip, check=True)
        result = Path(folder) / "rows.json"
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, path))}
        measuring = [sys.executable, "-m", "harness.dev.releases", "--measure", package, "--out", str(result)]
        subprocess.run(measuring, check=True, env=environment)
        found: list[Row] = json.loads(result.read_text(encoding="utf-8"))
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure every release, write the table of ways by release, and what differs to releases.csv."""
    parser = argparse.ArgumentParser(prog="python -m harness.dev.releases", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("results/atlas"))
    parser.add_argument("--measure", choices=list(MADE_BY), help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.measure:
        asked.out.write_text(json.dumps(measured(asked.measure)), encoding="utf-8")
        return 0
    found: list[Row] = []
    for package, releases in PINNED.items():
        for pins in releases:
            rows = under(package, pins)
            print(f"{package} {rows[0]['version']}: {len(rows)} rows", flush=True)
            found += rows
    write(asked.out / BY_RELEASE, found)
    print(publish(asked.out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
