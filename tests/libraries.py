"""Libraries that single creation methods call, and that a test does without where they are not installed."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from harness.spec.variants import load_variant, variants

CALLED = {"transformers_timm": "transformers", "fastai": "fastai", "transformers": "transformers"}
NOT_EVERY = frozenset({"custom", "features_only_checkpoint", "transformers"})
"""Methods that make few or none of timm's models, or only a user's own."""

METHODS = tuple(
    name
    for name in variants("harness.model.creation")
    if name not in NOT_EVERY and not hasattr(load_variant("harness.model.creation", name), "fault")
)
"""Those that make each of timm's models, and none of them known to be faulty."""


def needed(creation: str) -> None:
    """Skip a test where the library that a creation method calls is not installed."""
    library = CALLED.get(creation)
    if library is not None and find_spec(library) is None:
        pytest.skip(f"{library} is not installed")
