"""A row for each bridge and difference."""

from __future__ import annotations

import numpy as np
import pandas as pd

from harness.analysis.attribution.attribution import interval
from harness.analysis.findings import Findings

PERCENT = 100.0


def bridge(found: Findings) -> pd.DataFrame:
    """Shapley values in points and as a share of the gap, and what each difference does alone and missing.

    Empty where the study has no bridge.
    """
    cells = found.runs.drop_duplicates("cell_id").set_index("cell_id")
    rows = []
    for each in found.bridges:
        first, second = cells.loc[each.crossing.first], cells.loc[each.crossing.second]
        gap = interval(each.gap)
        for trait in each.ranked:
            rows.append(
                {
                    "backbone": first["backbone"],
                    "data": first["data"],
                    "transfer": first["transfer"],
                    "cell": first["row_label"],
                    "first": first["arm_label"],
                    "second": second["arm_label"],
                    "trait": trait.name,
                    "what": trait.what,
                    "n": len(each.seeds),
                    "first_mean": float(np.mean(each.first)),
                    "second_mean": float(np.mean(each.second)),
                    **_bounds("gap", gap),
                    **_bounds("shapley", interval(each.shapley[trait.name])),
                    **_bounds("share", tuple(PERCENT * bound for bound in each.share(trait.name))),
                    **_bounds("first_in", interval(each.first_in[trait.name])),
                    **_bounds("last_in", interval(each.last_in[trait.name])),
                    "coalitions": len(each.crossing.cells),
                    "orders": len(each.crossing.orders) or None,
                    "sampling_error": None if each.error is None else each.error[trait.name],
                    "incomplete": len(each.incomplete),
                }
            )
    return pd.DataFrame(rows)


def _bounds(name: str, values: tuple[float, ...]) -> dict[str, float]:
    return dict(zip((f"{name}_mean", f"{name}_low", f"{name}_high"), values, strict=True))
