"""The two ways to EfficientNet-Lite0 of AnomalyMatch's case: where they are one network, and where they are not."""

from __future__ import annotations

import pytest
import torch

from examples.anomalymatch import digits, largest_difference, lite0, settings, sure_share, timms

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
