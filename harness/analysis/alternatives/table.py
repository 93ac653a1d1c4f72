"""The table of rival causes."""

from __future__ import annotations

import pandas as pd

from harness.analysis.findings import Findings
from harness.analysis.rivals.drop_rates import drop_rates
from harness.analysis.rivals.frozen_backbone import frozen_backbone
from harness.analysis.rivals.head_draw import head_draw
from harness.analysis.rivals.head_origin import head_origin
from harness.analysis.rivals.head_unused import head_unused
from harness.analysis.rivals.leakage import leakage
from harness.analysis.rivals.luck import luck
from harness.analysis.rivals.order import order
from harness.analysis.rivals.preprocessing import preprocessing
from harness.analysis.rivals.random_numbers import random_numbers
from harness.analysis.rivals.strictness import strictness
from harness.analysis.rivals.train_mode import train_mode
from harness.analysis.rivals.weights_variant import weights_variant

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
