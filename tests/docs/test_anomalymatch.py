"""The two ways to EfficientNet-Lite0 of AnomalyMatch's case: where they are one network, and where they are not."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
import torch

from examples.anomalymatch import digits, largest_difference, lite0, settings, sure_share, timms
from tests.committed import committed

pytest.importorskip("efficientnet_lite_pytorch")


def test_one_file_gives_one_network_where_no_side_is_odd_on_the_way_down() -> None:
    assert largest_difference(64) == 0
    assert largest_difference(48) > 1


def test_what_no_weights_file_holds_differs() -> None:
    torch.manual_seed(0)
    package, timm = settings(lite0(2), "_fc"), settings(timms(2), "classifier")
    assert package.pop("head's standard deviation") == pytest.approx(1280**-0.5 / 3**0.5, rel=0.05)
    assert timm.pop("head's standard deviation") == pytest.approx(2**-0.5 / 3**0.5, rel=0.05)
    assert {name for name in package if package[name] != timm[name]} == {
        "BatchNorm's momentum", "dropout", "stochastic depth"
    }  # fmt: skip


def test_a_wide_head_is_sure_before_it_has_learnt() -> None:
    torch.manual_seed(0)
    images = digits(64)[:160]
    assert sure_share(lite0(2), images) < 5
    assert sure_share(timms(2), images) > 50


@pytest.mark.parametrize("study", ["anomalymatch", "anomalymatch_200"])
def test_the_pages_contributions_are_the_committed_ones(study: str) -> None:
    text = (Path(__file__).parents[2] / "docs" / "studies.md").read_text(encoding="utf-8")
    section = text.partition("## anomalymatch:")[2].partition("\n## ")[0]
    for row in pd.read_csv(committed(study, "bridge.csv")).itertuples():
        assert f"{row.shapley_mean:+.1f} [{row.shapley_low:.1f}, {row.shapley_high:.1f}]" in section, row
        assert f"{row.gap_mean:+.1f} [{row.gap_low:.1f}, {row.gap_high:.1f}]" in section, row
