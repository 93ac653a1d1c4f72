"""Traps are read off a row alone."""

from __future__ import annotations

import pytest

from harness.diagnose.atlas.formula import TRAPS, derive, meaning
from harness.diagnose.atlas.row import MEASURED
from harness.spec.variants import variants

SOUND = dict.fromkeys(MEASURED, "") | {
    "kind": "Linear",
    "heads": "fc",
    "config_classifier": "fc",
    "get_classifier": "Linear",
    "in_features": "64",
    "default_classes": "1000",
    "default_pool": "avg",
    "pool": "avg",
    "reset_pool": "avg",
    "create_output": "2x10",
    "reset_output": "2x1000",
    "swap_output": "2x10",
    "heads_differ": "no",
    **{f"{method}_{n}_std": "0.05" for method in ("create", "reset", "swap") for n in (2, 10, 100, 1000)},
}

KNOWN: list[tuple[str, dict[str, str]]] = [
    ("classifier_is_no_layer", {"get_classifier": "NormLinear"}),
    ("config_names_other_head", {"config_classifier": "head.fc"}),
    ("create_depends_on_classes", {"create_2_std": "0.0501", "create_1000_std": "0.02", "reset_1000_std": "0.02"}),
    ("create_narrower", {"swap_10_std": "0.08"}),
    ("create_wider", {"swap_10_std": "0.03"}),
    ("dropout_lost_on_reset", {"reset_changes": "drop_rate: 0.25 -> 0.0"}),
    ("dropout_lost_on_swap", {"parts": "dropout"}),
    ("heads_differ", {"heads_differ": "yes"}),
    ("linear_does_not_fit", {"swap_output": "RuntimeError: shapes"}),
    ("mlp_lost_on_swap", {"parts": "hidden layer"}),
    ("named_pool_changes_model", {"named_pool_changes": "lost attn_pool: AttentionPoolLatent()"}),
    ("no_default_head", {"default_classes": "0"}),
    ("no_head", {"kind": "none"}),
    ("norm_lost_on_swap", {"parts": "pool, norm"}),
    ("num_classes_ignored", {"create_output": "2x1000"}),
    ("pool_lost_on_reset", {"reset_pool": ""}),
    ("pool_lost_on_swap", {"parts": "pool"}),
    ("reset_draws_otherwise", {"reset_100_std": "0.04"}),
    ("reset_is_not_new", {"reset_against_new": "new fc_norm: LayerNorm()"}),
    ("reset_unsupported", {"reset_error": "AttributeError: no such call"}),
    ("several_heads", {"kind": "several"}),
    ("wrong_shape_in_silence", {"swap_attribute_output": "2x7x7x10"}),
    ("zero_head", {f"create_{n}_law": "zeros" for n in (2, 10, 100, 1000)}),
]


def test_a_sound_architecture_has_none() -> None:
    assert derive(SOUND)["traps"] == ""


@pytest.mark.parametrize(("trap", "seen"), KNOWN, ids=[trap for trap, _ in KNOWN])
def test_a_known_trap_is_named(trap: str, seen: dict[str, str]) -> None:
    found = derive(SOUND | seen)["traps"].split()
    assert trap in found
    assert len(found) <= 2


def test_every_trap_is_known_here_and_says_what_it_is() -> None:
    assert [trap for trap, _ in KNOWN] == list(variants(TRAPS))
    assert all(len(meaning(trap)) > 40 for trap in variants(TRAPS))


def test_what_could_not_be_built_has_no_traps() -> None:
    assert derive(dict.fromkeys(MEASURED, "") | {"error": "ValueError: broken"})["traps"] == ""
