"""Every transfer strategy with what it cannot do without, found by its file."""

from __future__ import annotations

from typing import Any

from harness.spec.variants import variants

NEEDED: dict[str, dict[str, Any]] = {"parameter_groups": {"groups": {"blocks.0": 0.1, "blocks.1": 0}}}
EPOCHS = {"gradual_unfreezing": 2, "probe_then_tune": 2}
STRATEGIES = variants("harness.transfer")


def groups(name: str, **recipe: Any) -> dict[str, Any]:
    """The groups `transfer` and `recipe` of a short run by a strategy."""
    return {
        "transfer": {"name": name, **NEEDED.get(name, {})},
        "recipe": {"epochs": EPOCHS.get(name, 1), "batch_size": 32, **recipe},
    }
