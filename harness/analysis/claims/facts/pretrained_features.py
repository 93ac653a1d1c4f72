"""Claim 25: `pretrained=True` with `features_only=True` loads before the wrapping, and so works."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import timm

from harness.analysis.claims.facts._fact import Fact, failure
from harness.analysis.claims.facts._saved import NAMES, loaded, saved


def pretrained_features() -> Iterator[Fact]:
    """With a file of one's own in the place of the download, which takes the same route."""
    for name in NAMES:
        with saved(name) as (source, file):
            overlay = {"file": str(file), "custom_load": False}
            options = {"features_only": True, "pretrained": True, "pretrained_cfg_overlay": overlay}
            told = failure(partial(timm.create_model, name, **options))
            if told is None:
                equal, total = loaded(timm.create_model(name, **options), source)
                told = f"{equal} of {total} weight tensors are the file's"
                so = equal == total
            else:
                so = False
        yield Fact(25, "pretrained=True with features_only=True loads the weights", name, so, told)
