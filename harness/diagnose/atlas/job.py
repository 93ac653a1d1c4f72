"""Measures all architectures of a library that a pattern names; what is measured already stays."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from harness.diagnose.atlas.libraries import Library
from harness.diagnose.atlas.measure import TORCH, measure
from harness.diagnose.atlas.row import METHOD, Row, text
from harness.diagnose.atlas.table import AtlasTable, is_current, write_coverage
from harness.spec.errors import RequestError
from harness.spec.variants import suggest
from harness.study.progress import Progress


@dataclass(frozen=True)
class Done:
    """What a job did, and the table that it leaves."""

    path: Path
    listed: int
    known: int
    measured: int
    failed: list[Row]
    asked: list[Row]


def named(libraries: Sequence[Library], pattern: str) -> list[tuple[Library, list[str]]]:
    """The libraries that have architectures of such a name, each with these.

    Raises:
        RequestError: none has any.
    """
    listed = [(library, library.architectures()) for library in libraries]
    found = [(library, asked) for library, names in listed if (asked := fnmatch.filter(names, pattern))]
    if not found:
        told = " and ".join(f"{library.name} {library.version}" for library in libraries)
        near = suggest(pattern, {name for _, names in listed for name in names})
        raise RequestError(f"name: {told} {'has' if len(libraries) == 1 else 'have'} no '{pattern}'; {near}")
    return found


def carry_out(library: Library, asked: Sequence[str], folder: Path, force: bool = False) -> Done:
    """Measure those of the architectures asked for that the table lacks; with `force` all of them."""
    listed = library.architectures()
    table = AtlasTable(folder, library.name, library.version)
    known = {name for name, row in table.rows().items() if is_current(row, TORCH)}
    left = [name for name in asked if force or name not in known]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # small tensors: more threads are slower
    try:
        with Progress(len(left), f"architectures of {library.name} {library.version} measured") as progress:
            for name in left:
                row = {column: text(value) for column, value in measure(library, name).items()} | {"method": METHOD}
                table.add(row)
                progress.ended(row["error"] and f"not measured: {name}: {row['error']}", bool(row["error"]))
    finally:
        torch.set_num_threads(threads)
    rows = table.close()
    ours = set(asked)
    write_coverage(table.path.with_suffix(".json"), rows, listed)
    shown = [row for row in rows if row["name"] in ours]
    failed = [row for row in shown if row["error"]]
    return Done(table.path, len(listed), len(asked) - len(left), len(left), failed, shown)
