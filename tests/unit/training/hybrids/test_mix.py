"""A hybrid model of no factor is the first creation, of all factors the second, bitwise; and factors commute."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from harness.model.build import Built
from harness.spec.spec import Spec, hybrid
from harness.training.hybrids.build import build, differing_factors, mix, twin
from harness.training.hybrids.players import players

CLASSES = 10
VIT = {"backbone": {"name": "test_vit"}, "init": {"name": "torch_default"}}
CONVNEXT = {"backbone": {"name": "test_convnext"}, "regularization": {"drop_rate": 0.3}}
SWAPPED = {"creation": {"name": "swap_head"}}
HEAD = {"head_bias", "head_law", "head_scale"}
"""ConvNeXt draws its head from a truncated normal, a plain Linear from a uniform law."""

PAIRS: dict[str, tuple[dict[str, Any], dict[str, Any], set[str]]] = {
    "swap_head": ({}, SWAPPED, {"head_bias", "head_scale"}),
    "zeros": ({}, {"init": {"name": "zeros"}}, {"head_scale"}),
    "from zeros": ({"init": {"name": "zeros"}}, SWAPPED, {"head_bias", "head_scale"}),
    "another distribution": (SWAPPED, {**SWAPPED, "init": {"name": "trunc_normal"}}, HEAD),
    "composite": (CONVNEXT, {**CONVNEXT, "creation": {"name": "composite_to_linear"}}, {*HEAD, "structure"}),
    "dropout lost": (CONVNEXT, {**CONVNEXT, "creation": {"name": "dropout_lost"}}, {*HEAD, "dropout"}),
    "dropout found": ({**CONVNEXT, "creation": {"name": "dropout_lost"}}, CONVNEXT, {*HEAD, "dropout"}),
    "stochastic depth": ({"backbone": {"name": "test_vit"}}, {**VIT, "regularization": {"drop_path_rate": 0.2}},
                         {*HEAD, "drop_path"}),
    "both kinds of dropout": ({}, {"regularization": {"drop_rate": 0.3, "drop_path_rate": 0.2}},
                              {"drop_path", "dropout"}),
    "batchnorm": ({}, {"backbone": {"kwargs": {"bn_momentum": 0.01, "bn_eps": 0.01}}},
                  {"batchnorm_eps", "batchnorm_momentum"}),
    "optimizer first": ({}, {"creation": {"name": "optimizer_first"}}, {"head_bias", "head_scale", "optimiser_groups"}),
    "no weights": ({}, {**SWAPPED, "weights": {"name": "none"}},
                   {"head_bias", "head_scale", "image_preprocessing", "loaded_weights"}),
    "pooling": (VIT, {**VIT, "backbone": {"name": "test_vit", "pool": "avg"}}, {"pooling"}),
    "norm": ({}, {**SWAPPED, "transfer": {"norm": "group"}}, {"head_bias", "head_scale", "normalisation"}),
    "norm and structure": (
        CONVNEXT, {**CONVNEXT, "creation": {"name": "composite_to_linear"}, "transfer": {"norm": "instance"}},
        {*HEAD, "normalisation", "structure"}),
}  # fmt: skip
"""First and second creation, and in what they differ."""


def ends(name: str) -> tuple[Spec, Spec]:
    first, second, _ = PAIRS[name]
    return spec(first), spec(second)


def spec(fields: dict[str, Any]) -> Spec:
    weights = {"verify": "record", **fields.get("weights", {})}
    return Spec.model_validate({"data": {"name": "made", "samples": 200}, **fields, "weights": weights})


def make(wanted: Spec) -> Built:
    return build(wanted, CLASSES)


def assert_same(one: Built, other: Built) -> None:
    """Modules, tensors, dropout in training mode, preprocessing and what the optimizer holds."""
    ours, theirs = one.model.state_dict(), other.model.state_dict()
    assert ours.keys() == theirs.keys()
    for name, tensor in ours.items():
        assert torch.equal(tensor, theirs[name]), name
    assert one.preprocessing == other.preprocessing
    assert one.pretrained.label == other.pretrained.label
    assert one.verification == other.verification
    assert held(one) == held(other)
    images = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    answers = []
    for built in (one, other):
        torch.manual_seed(0)
        answers.append(twin(built).model.train()(images))
    assert torch.equal(*answers)
    assert batchnorms(one) == batchnorms(other)


def batchnorms(built: Built) -> list[tuple[float | None, float]]:
    return [(module.momentum, module.eps) for module in built.model.modules() if isinstance(module, nn.BatchNorm2d)]


def held(built: Built) -> set[str] | None:
    if built.optimised is None:
        return None
    return {name for name, tensor in built.model.named_parameters() if tensor in built.optimised}


@pytest.mark.parametrize("name", PAIRS)
def test_the_differences_are_those_put_in(name: str) -> None:
    assert set(players(*ends(name), make)) == PAIRS[name][2]


@pytest.mark.parametrize("name", PAIRS)
def test_no_trait_is_the_first_creation_and_all_are_the_second(name: str) -> None:
    first, second = ends(name)
    assert hybrid(first, second, ()) is first
    assert_same(make(hybrid(first, second, PAIRS[name][2])), make(second))
    ours, theirs = make(first), make(second)
    assert_same(mix(twin(ours), ours, theirs, ()), ours)


@pytest.mark.parametrize("name", [
    "swap_head", "another distribution", "dropout lost", "both kinds of dropout", "batchnorm", "optimizer first",
    "no weights",
])  # fmt: skip
def test_traits_taken_one_after_another_commute(name: str) -> None:
    """Scale before law is law before scale: whatever the order, the last step arrives at the second creation.

    Every trait is first once, and last once, and so is each pair in both orders.
    """
    ours, theirs = (make(end) for end in ends(name))
    names = sorted(PAIRS[name][2])
    rotated = [names[at:] + names[:at] for at in range(len(names))]
    for order in [*rotated, *(each[::-1] for each in rotated)]:
        here = ours
        for trait in order:
            here = mix(twin(here), here, theirs, {trait})
        assert_same(here, theirs)


def test_each_trait_is_taken_alone() -> None:
    """The scale without the bias, the bias without the scale, the law at the old scale."""
    first, second = ends("another distribution")
    ours, theirs = make(first), make(second)

    def head(*takes: str) -> tuple[torch.Tensor, torch.Tensor]:
        layer = make(hybrid(first, second, takes)).model.get_submodule(ours.heads[0])
        return layer.weight.detach(), layer.bias.detach()  # type: ignore[union-attr, operator]

    old, new = (built.model.get_submodule(built.heads[0]) for built in (ours, theirs))
    scales = [float(layer.weight.detach().pow(2).mean().sqrt()) for layer in (old, new)]  # type: ignore[union-attr, operator]
    assert torch.allclose(head("head_scale")[0] / scales[1], old.weight / scales[0], atol=1e-5)  # type: ignore[operator]
    assert torch.allclose(head("head_law")[0] / scales[0], new.weight / scales[1], atol=1e-5)  # type: ignore[operator]
    assert torch.equal(head("head_bias")[0], old.weight)  # type: ignore[arg-type]
    assert torch.equal(head("head_bias")[1], new.bias)  # type: ignore[arg-type]
    assert torch.equal(head("head_law")[1], old.bias)  # type: ignore[arg-type]


def test_the_same_model_has_no_difference() -> None:
    assert players(spec(SWAPPED), spec({"creation": {"name": "reset_classifier"}}), make) == {}


def test_another_forward_pass_is_a_difference(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    (tmp_path / "negated.py").write_text(
        "import timm\n\n"
        "def build(num_classes):\n"
        "    model = timm.create_model('test_efficientnet', num_classes=num_classes)\n"
        "    forward = model.forward\n"
        "    model.forward = lambda images: forward(-images)\n"
        "    return model\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    plain = spec({"weights": {"name": "none"}})
    other = spec({"weights": {"name": "none"}, "creation": {"name": "custom", "target": "negated.build"}})
    assert "structure" in players(plain, other, make)


def test_traits_of_a_model_with_itself_are_none() -> None:
    one = make(spec({}))
    assert differing_factors(one, twin(one)) == {}
