"""Claim 26: `pretrained_cfg_overlay=dict(file=..., num_classes=0)` alone loads a file of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import timm
import torch

from harness.analysis.claims.facts._fact import Fact, failure
from harness.analysis.claims.facts._saved import NAMES, loaded, saved


def overlay_alone() -> Iterator[Fact]:
    """Alone, and with `pretrained=True`."""
    for name in NAMES:
        for pretrained in (False, True):
            with saved(name) as (source, file):
                torch.manual_seed(1)
                overlay = {"file": str(file), "num_classes": 0, "custom_load": False}
                options = {"pretrained": pretrained, "pretrained_cfg_overlay": overlay, "num_classes": 0}
                told = failure(partial(timm.create_model, name, **options))
                so = False
                if told is None:
                    equal, total = loaded(timm.create_model(name, **options), source)
                    told, so = f"{equal} of {total} weight tensors are the file's", equal == total
            how = "with pretrained=True" if pretrained else "without pretrained=True"
            yield Fact(26, f"{how}, the overlay's file is loaded", name, so, told)
