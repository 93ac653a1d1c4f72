"""A head measured without its backbone's draw is the head of an ordinary model."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import timm
import torch

from harness.diagnose.atlas.built import build
from harness.diagnose.atlas.libraries import Library
from harness.model.heads import find_heads, head_layer
from harness.model.heads.distributions import recognise

CLASSES = 7
FAMILIES = [
    "test_vit", "test_convnext", "mobilenetv2_035", "resnet10t", "levit_128s", "regnetx_002", "densenet121",
    "xcit_nano_12_p16_224", "convit_tiny", "mixer_s32_224", "rexnet_100",
]  # fmt: skip


@pytest.mark.parametrize("architecture", FAMILIES)
def test_the_head_is_the_same_to_the_last_bit(library: Callable[[str], Library], architecture: str) -> None:
    fast, whole = (build(library("timm"), architecture, CLASSES, CLASSES, skip=skip) for skip in (True, False))
    heads = find_heads(whole, CLASSES)
    assert find_heads(fast, CLASSES) == heads
    for name in heads:
        first, second = head_layer(fast, name), head_layer(whole, name)
        assert torch.equal(first.weight, second.weight)
        assert (first.bias is None and second.bias is None) or torch.equal(first.bias, second.bias)


@pytest.mark.parametrize("architecture", FAMILIES)
def test_its_law_is_that_of_a_model_made_by_the_library_alone(
    library: Callable[[str], Library], architecture: str
) -> None:
    torch.manual_seed(3)
    ordinary = timm.create_model(architecture, num_classes=CLASSES)
    name = find_heads(ordinary, CLASSES)[0]
    own = head_layer(ordinary, name).weight.detach()
    fast = head_layer(build(library("timm"), architecture, CLASSES, CLASSES), name).weight.detach()
    assert recognise(fast.numpy()).name == recognise(own.numpy()).name
    assert float(fast.std()) == pytest.approx(float(own.std()), rel=5 / math.sqrt(2 * own.numel()))


def test_backbone_weights_have_no_storage_and_the_callers_random_numbers_are_left_alone(
    library: Callable[[str], Library],
) -> None:
    state = torch.get_rng_state()
    model = build(library("timm"), "resnet10t", CLASSES, CLASSES)
    assert torch.equal(state, torch.get_rng_state())
    assert model.get_parameter("layer1.0.conv1.weight").is_meta
    assert not model.get_parameter("fc.weight").is_meta
