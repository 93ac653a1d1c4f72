"""Which arms and which rows of the map a figure shows when it cannot show all."""

from __future__ import annotations

from harness.analysis.findings import Findings
from harness.analysis.gaps import gaps

ARMS = 7


def arms(found: Findings) -> list[int]:
    """The baseline, the arms in question, then the others of the same replicate, at most seven."""
    same = found.runs[found.runs["replicate"] == found.replicate]["arm"].unique()
    first = [*([found.baseline] if found.baseline is not None else []), *found.contrasts]
    return list(dict.fromkeys([*first, *(int(arm) for arm in same)]))[:ARMS]


def telling_rows(found: Findings, limit: int) -> list[int]:
    """For each place the row of the largest difference; then the others by size, at most `limit`."""
    every = gaps(found, found.contrasts)
    largest = list(dict.fromkeys(int(gap.largest["row"]) for gap in every))
    rest = found.cells[found.cells["comparison"] & found.cells["diff_mean"].notna()]
    rest = rest.reindex(rest["diff_mean"].abs().sort_values(ascending=False).index)
    order = list(dict.fromkeys([*largest, *(int(row) for row in rest["row"])]))
    chosen = (order or [int(row) for row in found.cells["row"].unique()])[: max(limit, len(largest))]
    place = {int(row): at for at, row in enumerate(found.cells["row"].unique())}
    return sorted(chosen[:limit], key=lambda row: place[row])
