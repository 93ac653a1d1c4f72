"""Every transfer strategy with what it cannot do without, found by its file; and specs drawn at random."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from harness.spec.spec import Spec
from harness.spec.variants import variants

NEEDED: dict[str, dict[str, Any]] = {"parameter_groups": {"groups": {"blocks.0": 0.1, "blocks.1": 0}}}
EPOCHS = {"gradual_unfreezing": 2, "probe_then_tune": 2}
STRATEGIES = variants("harness.training.transfer")


def groups(name: str, **recipe: Any) -> dict[str, Any]:
    """The groups `transfer` and `recipe` of a short run by a strategy."""
    return {
        "transfer": {"name": name, **NEEDED.get(name, {})},
        "recipe": {"epochs": EPOCHS.get(name, 1), "batch_size": 32, **recipe},
    }


SEEDS = st.integers(0, 2**31 - 1)
_DATA = st.fixed_dictionaries(
    {"name": st.sampled_from(["digits", "made"])},
    optional={
        "size": st.integers(8, 64),
        "classes": st.integers(2, 10),
        "samples": st.integers(4, 500),
        "val_fraction": st.floats(0.05, 0.95),
        "split": SEEDS,
    },
)
_RECIPE = st.fixed_dictionaries(
    {},
    optional={
        "lr": st.floats(1e-6, 1.0),
        "epochs": st.integers(1, 50),
        "batch_size": st.integers(2, 256),
        "optimizer": st.sampled_from(["adamw", "sgd"]),
        "label_smoothing": st.floats(0, 0.5),
    },
)
SPECS = st.fixed_dictionaries(
    {"weights": st.just({"name": "none"}), "data": _DATA, "recipe": _RECIPE},
    optional={
        "backbone": st.fixed_dictionaries({"name": st.sampled_from(["test_efficientnet", "test_resnet", "test_vit"])}),
        "creation": st.fixed_dictionaries({"name": st.sampled_from(["create_model", "swap_head", "reset_classifier"])}),
        "init": st.fixed_dictionaries({"name": st.sampled_from(["keep", "zeros", "torch_default"])}),
        "transfer": st.fixed_dictionaries({"name": st.sampled_from(["full", "linear_probe"])}),
        "seed": SEEDS,
        "replicate": st.integers(0, 3),
    },
).map(Spec.model_validate)
"""Specs as a request makes them, among them such with a split of their own and such whose split is set."""
