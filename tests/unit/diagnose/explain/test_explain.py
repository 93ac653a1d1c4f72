"""Known differences are found under their names, ranked by what they do, and equal creations have none."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch

from harness.cli.commands.explain import explain
from harness.diagnose.explain.compare import Explanation, compare
from harness.diagnose.explain.subject import ExplainedModel, subject
from harness.spec.errors import RequestError
from harness.spec.spec import Spec

IMAGES = 32


def made(**fields: Any) -> ExplainedModel:
    spec = {"data": {"name": "made", "samples": 200}, "weights": {"verify": "record"}, **fields}
    return subject(Spec.model_validate(spec), "one", IMAGES)


def found(first: dict[str, Any], second: dict[str, Any]) -> Explanation:
    return compare(made(**first), made(**second))


def whats(explanation: Explanation) -> list[str]:
    return [each.difference.what for each in explanation.ranked]


def test_equal_creations_have_no_difference() -> None:
    explanation = found({"creation": {"name": "swap_head"}}, {"creation": {"name": "reset_classifier"}})
    assert explanation.ranked == []
    assert all(pair.same for pair in explanation.tensors)
    assert explanation.whole.size == 0


def test_direct_creation_differs_by_its_scale_first_and_by_its_bias() -> None:
    """timm's zero bias against torch's; the law is uniform in both, and the unit draw is shared."""
    explanation = found({"creation": {"name": "create_model"}}, {"creation": {"name": "swap_head"}})
    assert whats(explanation) == ["scale of the head's initial weights", "the head's bias"]
    scale, bias = explanation.ranked
    assert scale.effect.size > 10 * bias.effect.size
    assert scale.effect.loss < 0


def test_the_traits_together_make_the_other_creation() -> None:
    """Scale and bias are all there is: taking over both gives the second creation's answers."""
    first, second = made(creation={"name": "create_model"}), made(creation={"name": "swap_head"})
    hybrid = first.twin()
    with torch.no_grad():
        for target, source in zip(hybrid.heads, second.heads, strict=True):
            target.weight.mul_(source.weight.pow(2).mean().sqrt() / target.weight.pow(2).mean().sqrt())
            target.bias.copy_(source.bias)
    assert torch.allclose(hybrid.logits(), second.logits(), atol=1e-4)


@pytest.mark.parametrize(
    ("first", "second", "what"),
    [
        (
            {"init": {"name": "torch_default"}},
            {"init": {"name": "trunc_normal"}},
            "distribution of the head's initial weights",
        ),
        (
            {"init": {"name": "xavier_normal"}},
            {"init": {"name": "xavier_normal"}, "replicate": 1},
            "the head's initial weights (the same distribution)",
        ),
        ({"init": {"name": "torch_default"}}, {"init": {"name": "zeros"}}, "scale of the head's initial weights"),
        ({}, {"regularization": {"drop_rate": 0.5}}, "dropout rates"),
        ({}, {"weights": {"name": "none"}}, "loaded weights"),
        ({}, {"creation": {"name": "overlay_alone"}}, "loaded weights"),
        (
            {"creation": {"name": "swap_head"}},
            {"creation": {"name": "optimizer_first"}},
            "parameters that no optimizer group holds",
        ),
        (
            {"backbone": {"name": "test_vit"}, "init": {"name": "torch_default"}},
            {"backbone": {"name": "test_vit", "pool": "avg"}, "init": {"name": "torch_default"}},
            "pooling",
        ),
        (
            {"backbone": {"name": "test_convnext"}},
            {"backbone": {"name": "test_convnext"}, "creation": {"name": "composite_to_linear"}},
            "norm layers",
        ),
        ({}, {"creation": {"name": "wrong_attribute"}}, "structure of the head"),
        ({}, {"creation": {"name": "features_only"}}, "structure of the head"),
    ],
)
def test_a_known_difference_is_found(first: dict[str, Any], second: dict[str, Any], what: str) -> None:
    explanation = found(first, second)
    assert what in whats(explanation)
    [ranked] = [each for each in explanation.ranked if each.difference.what == what]
    assert ranked.effect.size > 0


def test_a_zero_head_starts_at_an_even_guess() -> None:
    explanation = found({"init": {"name": "zeros"}}, {"init": {"name": "torch_default"}})
    assert explanation.losses[0] == pytest.approx(torch.tensor(10.0).log().item(), abs=1e-5)


def test_asking_leaves_the_subject_as_it_was() -> None:
    one = made()
    before = {name: tensor.clone() for name, tensor in one.model.state_dict().items()}
    compare(one, made(creation={"name": "swap_head"}))
    assert all(torch.equal(tensor, before[name]) for name, tensor in one.model.state_dict().items())


def test_the_command_names_the_largest_difference_first(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["creation=create_model,swap_head", "data=made", "data.samples=200"]
    assert explain(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "create_model, keep  against  swap_head, keep"
    assert any(line.startswith("1. scale of the head's initial weights") for line in lines)
    assert explain([*words, "format=json"]) == 0
    assert json.loads(capsys.readouterr().out)["differences"][0]["what"] == "scale of the head's initial weights"


@pytest.mark.parametrize("words", [["creation=create_model"], ["creation=create_model,swap_head", "seed=0,1"]])
def test_anything_but_two_creations_is_refused(words: list[str]) -> None:
    with pytest.raises(RequestError, match="explain compares two creations, the overrides name"):
        explain(words)


@pytest.mark.parametrize("transfer", [{"name": "frozen_backbone"}, {"batchnorm": "frozen"}])
def test_a_step_of_another_strategy_is_refused(transfer: dict[str, Any]) -> None:
    with pytest.raises(RequestError, match=r"^transfer(\.batchnorm)?: explain takes "):
        made(transfer=transfer)


@pytest.mark.parametrize(
    ("arguments", "what", "sides"),
    [
        ({"act_layer": "relu"}, "computation at bn1.act, in eval mode", ("class SiLU", "class ReLU")),
        ({"bn_eps": 1e-2}, "computation at bn1, before bn1.drop, in eval mode", ("eps 1e-05", "eps 0.01")),
        ({"bn_momentum": 0.01}, "computation at bn1, in what a pass in train mode leaves behind", ("0.1", "0.01")),
    ],
)
def test_another_computation_with_the_same_tensors_is_named(
    arguments: dict[str, Any], what: str, sides: tuple[str, str]
) -> None:
    explanation = found({}, {"backbone": {"kwargs": arguments}})
    [difference] = [each.difference for each in explanation.ranked if each.difference.what == what]
    factor = {f"BatchNorm's {key.removeprefix('bn_')}" for key in arguments if key.startswith("bn_")}
    assert factor <= {*whats(explanation)} <= {what, *factor, "structure of the head"}  # which counts other layers too
    assert difference.first.endswith(sides[0])
    assert sides[1] in difference.second
    assert "more modules" in difference.second
