"""The table of the medical study pairs by seed, and averages over the settings that the claim is about."""

from __future__ import annotations

import numpy as np
import pandas as pd

from harness.dev.medical import CLAIMED_RATE, FIRST, MEASURES, SECOND, answers


def runs() -> pd.DataFrame:
    """Each seed has a level of its own, which pairing takes out; the gain is 3 at the claim's rate and 0 elsewhere."""
    random = np.random.default_rng(0)
    level = random.normal(80, 10, 8)
    return pd.DataFrame(
        {"backbone": "a", "size": 96, "transfer": transfer, "lr": lr, "creation": creation, "seed": seed}
        | {
            measure: level[seed] + 3 * (creation == SECOND) * (lr == CLAIMED_RATE) + random.normal(0, 0.1)
            for measure in MEASURES
        }
        for transfer in ("full", "linear_probe")
        for lr in (CLAIMED_RATE, 1e-2)
        for creation in (FIRST, SECOND)
        for seed in range(8)
    )


def test_a_run_without_its_pair_moves_nothing() -> None:
    whole = runs()
    alone = whole.iloc[[0]].assign(size=160, **dict.fromkeys(MEASURES, 1e6))
    assert list(answers(pd.concat([whole, alone]))) == list(answers(whole))


def test_a_gain_is_found_at_the_rate_where_it_is() -> None:
    told = {(row["transfer"], row["lr"], row["measure"]): row for row in answers(runs())}
    assert len(told) == (1 + 2 * 2) * len(MEASURES)
    for measure in MEASURES:
        for transfer in ("all", "full", "linear_probe"):
            row = told[transfer, CLAIMED_RATE, measure]
            assert 2 < float(row["low"]) < float(row["high"]) < 4
        other = told["full", 1e-2, measure]
        assert -0.5 < float(other["low"]) < float(other["high"]) < 0.5
