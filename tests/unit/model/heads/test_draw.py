"""Init schemes follow their stated distributions, and creation methods share the draw behind them."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import pytest
import timm
import torch
from torch import nn

from harness.model.build import build
from harness.model.heads import SharedHeadDraw, draw_head, find_heads, head_layer, stated
from harness.model.init import takes_features
from harness.spec.errors import ImpossibleConfiguration
from harness.spec.rules import WITH_STD
from harness.spec.spec import Spec
from harness.spec.variants import load_variant, variants
from harness.training.initial_diagnostics import backbone_hash

IN, OUT = 512, 128
Law = tuple[float, float]
LAWS: dict[str, Law] = {  # standard deviation of the weights, largest value that a weight can have
    "zeros": (0.0, 0.0),
    "torch_default": (1 / math.sqrt(3 * IN), 1 / math.sqrt(IN)),
    "fan_out_uniform": (1 / math.sqrt(3 * OUT), 1 / math.sqrt(OUT)),
    "kaiming_uniform": (math.sqrt(2 / IN), math.sqrt(6 / IN)),
    "kaiming_normal": (math.sqrt(2 / IN), math.inf),
    "xavier_uniform": (math.sqrt(2 / (IN + OUT)), math.sqrt(6 / (IN + OUT))),
    "xavier_normal": (math.sqrt(2 / (IN + OUT)), math.inf),
    "trunc_normal": (0.02, 2.0),
    "normal": (0.02, math.inf),
    "lecun_normal": (1 / math.sqrt(IN), math.inf),
    "orthogonal": (1 / math.sqrt(IN), 1.0),
    "simplex_etf": (1 / math.sqrt(IN), 1.0),
    "mup": (1 / IN, math.inf),
}


def drawn(scheme: str, seed: int = 0, features: int = IN, classes: int = OUT) -> nn.Linear:
    layer = nn.Linear(features, classes)
    draw_head(layer, scheme, seed)
    return layer


@pytest.mark.parametrize("scheme", LAWS)
def test_weights_follow_the_stated_law(scheme: str) -> None:
    std, bound = LAWS[scheme]
    weight = drawn(scheme).weight.detach()
    assert float(weight.std()) == pytest.approx(std, rel=0.02)
    assert abs(float(weight.mean())) <= 5 * std / math.sqrt(weight.numel())
    assert float(weight.abs().max()) <= bound
    if "uniform" in scheme or scheme == "torch_default":
        assert float(weight.abs().max()) > 0.999 * bound


def test_orthogonal_rows_are_orthonormal() -> None:
    weight = drawn("orthogonal").weight.detach()
    assert torch.allclose(weight @ weight.T, torch.eye(OUT), atol=1e-5)


DRAWN = [
    name for name in variants("harness.model.init") if not takes_features(load_variant("harness.model.init", name))
]


@pytest.mark.parametrize("scheme", sorted(set(DRAWN) - {"keep"}))
def test_the_bias_is_zero_but_for_torch_default(scheme: str) -> None:
    bias = drawn(scheme).bias.detach()
    if scheme == "torch_default":
        assert float(bias.abs().max()) <= 1 / math.sqrt(IN)
        assert float(bias.std()) == pytest.approx(1 / math.sqrt(3 * IN), rel=0.15)
    else:
        assert not bias.any()


def test_a_simplex_frame_has_unit_rows_at_equal_angles() -> None:
    weight = drawn("simplex_etf").weight.detach()
    gram = torch.full((OUT, OUT), -1 / (OUT - 1)).fill_diagonal_(1.0)
    assert torch.allclose(weight @ weight.T, gram, atol=1e-5)
    with pytest.raises(ImpossibleConfiguration, match="there are 3 for 4"):
        drawn("simplex_etf", features=3, classes=4)


@pytest.mark.parametrize("scheme", ["keep", "torch_default"])
def test_a_scale_multiplies_weight_and_bias(scheme: str) -> None:
    plain, scaled = nn.Linear(IN, OUT), nn.Linear(IN, OUT)
    scaled.load_state_dict(plain.state_dict())
    draw_head(plain, scheme, 0)
    draw_head(scaled, scheme, 0, 0.125)
    assert torch.equal(scaled.weight, plain.weight / 8)
    assert torch.equal(scaled.bias, plain.bias / 8)


@pytest.mark.parametrize("scheme", WITH_STD)
def test_a_width_that_is_asked_for_takes_the_place_of_the_scheme_s_own(scheme: str) -> None:
    usual, narrow = nn.Linear(IN, OUT), nn.Linear(IN, OUT)
    draw_head(usual, scheme, 0)
    draw_head(narrow, scheme, 0, std=0.01)
    assert torch.allclose(narrow.weight, usual.weight / 2, rtol=1e-4, atol=1e-8)
    assert not narrow.bias.any()


def test_every_scheme_that_takes_a_width_is_known_to_the_rules() -> None:
    schemes = {name: load_variant("harness.model.init", name) for name in variants("harness.model.init")}
    assert {name for name, scheme in schemes.items() if "std" in inspect.signature(scheme).parameters} == set(WITH_STD)


@pytest.mark.parametrize("scheme", sorted(set(DRAWN) - {"keep", "zeros"}))
def test_a_draw_depends_on_its_seed_alone(scheme: str) -> None:
    torch.manual_seed(1)
    first = drawn(scheme).weight
    torch.manual_seed(2)
    assert torch.equal(first, drawn(scheme).weight)
    assert not torch.equal(first, drawn(scheme, seed=1).weight)


def test_keep_keeps() -> None:
    layer = nn.Linear(4, 3)
    before = layer.weight.clone(), layer.bias.clone()
    draw_head(layer, "keep", 0)
    assert torch.equal(layer.weight, before[0])
    assert torch.equal(layer.bias, before[1])


def test_two_uniform_laws_are_one_draw_at_two_scales() -> None:
    narrow, wide = drawn("torch_default").weight, drawn("fan_out_uniform").weight
    assert torch.allclose(wide, narrow * math.sqrt(IN / OUT), rtol=1e-4, atol=1e-7)


def test_the_shared_draw_gives_what_the_scheme_gives() -> None:
    with SharedHeadDraw(0, OUT):
        layer = nn.Linear(IN, OUT)
    scheme = drawn("torch_default")
    assert torch.equal(layer.weight, scheme.weight)
    assert torch.equal(layer.bias, scheme.bias)


def test_the_shared_draw_leaves_other_layers_to_the_global_generator() -> None:
    torch.manual_seed(0)
    plain = nn.Linear(IN, OUT + 1)
    torch.manual_seed(0)
    with SharedHeadDraw(7, OUT):
        nn.Linear(IN, OUT)
        other = nn.Linear(IN, OUT + 1)
    assert torch.equal(plain.weight, other.weight)


@pytest.mark.parametrize("bias", [True, False])
def test_a_head_drawn_through_its_data_is_the_same_draw(bias: bool) -> None:
    """TResNet and DLA set `weight.data` once the layer, bias and all, has been made."""
    with SharedHeadDraw(0, OUT):
        through_data, by_parameter = (nn.Linear(IN, OUT, bias=bias) for _ in range(2))
        through_data.weight.data.normal_(0, 0.01)
        nn.init.normal_(by_parameter.weight, 0, 0.01)
    assert torch.equal(through_data.weight, by_parameter.weight)


def test_a_layer_drawn_through_its_data_after_the_head_is_none_of_the_heads() -> None:
    torch.manual_seed(0)
    plain = nn.Conv2d(3, 4, 3)
    plain.weight.data.normal_()
    torch.manual_seed(0)
    with SharedHeadDraw(7, OUT):
        other = nn.Conv2d(3, 4, 3)
        nn.Linear(IN, OUT)
        other.weight.data.normal_()
    assert torch.equal(plain.weight, other.weight)


def test_a_convolution_as_head_draws_what_a_matrix_draws() -> None:
    layer = nn.Conv2d(IN, OUT, 1)
    draw_head(layer, "kaiming_normal", 0)
    assert torch.equal(layer.weight.flatten(1), drawn("kaiming_normal").weight)


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 3)), ("2",)),
        (lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.Conv2d(4, 3, 1), nn.AdaptiveAvgPool2d(1)), ("1",)),
        (lambda: nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 7)), ("0",)),
    ],
)
def test_the_head_of_any_model_is_the_last_layer_with_that_many_outputs(
    make: Callable[[], nn.Module], expected: tuple[str, ...]
) -> None:
    assert find_heads(make(), 3) == expected


def _replaced(name: str) -> nn.Module:
    """A head of several parts replaced by hand: timm's own `get_classifier` looks for its `fc` and raises."""
    model: Any = timm.create_model(name, num_classes=3)
    width = model.num_features
    model.head = nn.Sequential(nn.Flatten(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 3))
    with pytest.raises(AttributeError):
        model.get_classifier()
    return model


@pytest.mark.parametrize("name", ["test_convnext", "regnetx_002"])
def test_the_head_is_found_where_timms_own_word_fails(name: str) -> None:
    assert find_heads(_replaced(name), 3) == ("head.3",)
    assert stated(_replaced(name)) is None


class _Aside(nn.Module):
    """The head is registered first, and a layer as wide as the logits after it."""

    def __init__(self) -> None:
        super().__init__()
        self.out = nn.Linear(3, 3)
        self.stem = nn.Conv2d(3, 3, 3)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.out(self.stem(images).mean(dim=(2, 3)))
        return logits


def test_images_tell_the_layer_that_the_outputs_come_from() -> None:
    model = _Aside().train().requires_grad_(False)
    assert find_heads(model, 3) == ("stem",)
    assert find_heads(model, 3, torch.zeros(1, 3, 8, 8)) == ("out",)
    assert find_heads(model, 3, torch.zeros(1, 5, 8, 8)) == ("stem",)  # of images that it does not take
    assert model.training
    assert not any(each.requires_grad for each in model.parameters())


def test_a_model_without_a_head_of_that_width_is_refused() -> None:
    with pytest.raises(ImpossibleConfiguration, match="has no Linear or convolution"):
        find_heads(nn.Sequential(nn.Linear(4, 5)), 3)


def test_a_composite_head_is_its_linear() -> None:
    built = build(Spec.model_validate({"backbone": {"name": "test_convnext"}}), 7)
    assert built.heads == ("head.fc",)
    assert head_layer(built.model, "head.fc").weight.shape == (7, 64)


@pytest.mark.parametrize(("name", "classes"), [("test_efficientnet", 8), ("test_resnet", 48), ("test_vit", 64)])
def test_a_backbone_tensor_with_as_many_rows_as_classes_is_no_head(name: str, classes: int) -> None:
    """Without weights the backbone is drawn too, and a replicate must leave it alone."""
    fields: dict[str, Any] = {"backbone": {"name": name}, "weights": {"name": "none"}}
    first, second = (build(Spec.model_validate({**fields, "replicate": number}), classes) for number in (0, 1))
    assert backbone_hash(first.model, first.heads) == backbone_hash(second.model, second.heads)
