"""Claim 23: `features_only=True` with `checkpoint_path` fails, because the keys lack the wrapper's prefix."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import timm

from harness.analysis.claims.facts._fact import Fact, failure
from harness.analysis.claims.facts._saved import NAMES, saved


def features_only_checkpoint() -> Iterator[Fact]:
    """Whether it fails, and whether a missing prefix is what it complains of."""
    for name in NAMES:
        with saved(name) as (_, file):
            told = failure(partial(timm.create_model, name, features_only=True, checkpoint_path=str(file)))
        yield Fact(23, "features_only with checkpoint_path fails", name, told is not None, told or "it loads")
        wrapped = told is not None and "Missing key(s)" in told
        evidence = "keys of the wrapper are missing" if wrapped else "the names fit; the head's keys are one too many"
        if told is not None and "not implemented" not in told:
            yield Fact(23, "it fails because the keys lack the wrapper's prefix", name, wrapped, evidence)
