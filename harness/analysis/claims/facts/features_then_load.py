"""Claim 24: creating first and loading afterwards fails for ViTs, because layers were pruned."""

from __future__ import annotations

from collections.abc import Iterator

import timm
import torch

from harness.analysis.claims.facts._fact import Fact, failure
from harness.analysis.claims.facts._saved import saved

NAME = "vit_tiny_patch16_224"
WRAPPER = "model."


def features_then_load() -> Iterator[Fact]:
    """Whether it fails; and whether it still does once the wrapper's prefix is put before the keys."""
    with saved(NAME) as (_, file):
        told = failure(lambda: timm.create_model(NAME, features_only=True))
        if told is not None:
            yield Fact(24, "creating first and loading afterwards fails", NAME, True, told)
            return
        state = torch.load(file, weights_only=True)
        model = timm.create_model(NAME, features_only=True)
        told = failure(lambda: model.load_state_dict(state))
        yield Fact(24, "creating first and loading afterwards fails", NAME, told is not None, told or "it loads")
        renamed = {f"{WRAPPER}{key}": value for key, value in state.items()}
        missing, left = model.load_state_dict(renamed, strict=False)
        evidence = (
            f"with the prefix put before the keys {len(missing)} are missing and {len(left)} are left: {left[:4]}"
        )
        yield Fact(24, "the reason is that layers were pruned", NAME, bool(missing), evidence)
