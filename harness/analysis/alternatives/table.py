"""The table of rival causes."""

from __future__ import annotations

import pandas as pd

from harness.analysis.alternatives.drop_rates import drop_rates
from harness.analysis.alternatives.frozen_backbone import frozen_backbone
from harness.analysis.alternatives.head_draw import head_draw
from harness.analysis.alternatives.head_origin import head_origin
from harness.analysis.alternatives.head_unused import head_unused
from harness.analysis.alternatives.leakage import leakage
from harness.analysis.alternatives.luck import luck
from harness.analysis.alternatives.order import order
from harness.analysis.alternatives.preprocessing import preprocessing
from harness.analysis.alternatives.random_numbers import random_numbers
from harness.analysis.alternatives.strictness import strictness
from harness.analysis.alternatives.train_mode import train_mode
from harness.analysis.alternatives.weights_variant import weights_variant
from harness.analysis.findings import Findings

TESTS = (
    head_draw,
    head_origin,
    head_unused,
    frozen_backbone,
    order,
    weights_variant,
    strictness,
    drop_rates,
    preprocessing,
    train_mode,
    random_numbers,
    leakage,
    luck,
)


def rivals(found: Findings) -> pd.DataFrame:
    """One row for each rival cause: `cause`, `test`, `outcome`, `evidence`; causes that old records cannot tell of are
    left out."""
    told = (test(found) for test in TESTS)
    return pd.DataFrame([vars(rival) for rival in told if rival is not None])
