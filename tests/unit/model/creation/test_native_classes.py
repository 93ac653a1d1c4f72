"""transformers' own class of a timm network, with timm's weights: the same features, or a refusal with its reason."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from torch import nn

from harness.model.build import Built, build
from harness.model.creation import ModelOrder
from harness.model.heads import head_layer
from harness.model.native import conversion
from harness.model.native.conversion import convert
from harness.model.native.rename import renamed
from harness.spec.errors import ImpossibleConfiguration, RequestError
from harness.spec.spec import Spec
from harness.training.hybrids.build import build as hybrid_of
from harness.training.hybrids.players import players

CLASSES = 7
SMALL: dict[str, Any] = {
    "depths": (1, 1, 2, 1), "embed_dim": 24, "num_heads": (2, 2, 2, 2), "img_size": 64, "window_size": 2
}  # fmt: skip

CONVERTED: dict[str, tuple[str, int, dict[str, Any]]] = {
    "vit_tiny_patch16_224": ("ViTForImageClassification", 32, {"depth": 2, "img_size": 32}),
    "vit_small_patch14_dinov2": ("Dinov2ForImageClassification", 28, {"depth": 2, "embed_dim": 48, "img_size": 28}),
    "deit_tiny_distilled_patch16_224": ("DeiTForImageClassificationWithTeacher", 32, {"depth": 2, "img_size": 32}),
    "beit_base_patch16_224": (
        "BeitForImageClassification", 32, {"depth": 2, "embed_dim": 48, "num_heads": 4, "img_size": 32}
    ),
    "swin_tiny_patch4_window7_224": ("SwinForImageClassification", 64, SMALL),
    "resnet18": ("ResNetForImageClassification", 64, {"channels": (8, 16, 24, 32), "stem_width": 8}),
    "resnet50": ("ResNetForImageClassification", 64, {"layers": (1, 2, 1, 1), "channels": (8, 16, 24, 32)}),
    "regnetx_002": ("RegNetForImageClassification", 64, {}),
    "regnety_002": ("RegNetForImageClassification", 64, {}),
    "convnext_atto": ("ConvNextForImageClassification", 64, {"dims": (8, 16, 24, 32)}),
    "convnextv2_atto": ("ConvNextV2ForImageClassification", 64, {"dims": (8, 16, 24, 32)}),
    "mobilenetv1_100": ("MobileNetV1ForImageClassification", 64, {}),
    "mobilenetv2_035": ("MobileNetV2ForImageClassification", 64, {}),
    "tf_efficientnet_b0": ("EfficientNetForImageClassification", 74, {}),
}  # fmt: skip
"""Small ones of each family: what they become, side, constructor arguments. At 74 px EfficientNet has odd maps."""


def spread(model: nn.Module, side: int) -> None:
    """Weights that hide nothing: no scale near zero, and statistics of images."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.05)
        for module in model.train().modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = None
        model(torch.randn(4, 3, side, side))


def order_of(name: str, side: int, options: dict[str, Any], file: Path) -> ModelOrder:
    """A file of weights with a head of 5 classes, to become a model of 7."""
    torch.manual_seed(0)
    model = timm.create_model(name, num_classes=5, **options)
    spread(model, side)
    torch.save(model.state_dict(), file)
    overlay = {"file": str(file), "num_classes": 5, "custom_load": False}
    loading = {"pretrained": True, "pretrained_cfg_overlay": overlay}
    return ModelOrder(
        name, CLASSES, loading=loading, pretrained_classes=5, weights_file=file, options=options, size=side
    )


def made(name: str, **fields: Any) -> Built:
    return build(
        Spec.model_validate({"creation": {"name": "transformers"}, "backbone": {"name": name}, **fields}), CLASSES
    )


@pytest.mark.parametrize("name", CONVERTED)
def test_the_features_are_timms(name: str, tmp_path: Path) -> None:
    """Looked at without the project's own proof: with one head both models give the same logits in float32."""
    pytest.importorskip("transformers")
    expected, side, options = CONVERTED[name]
    order = order_of(name, side, options, tmp_path / "weights.pt")
    found = convert(replace(order, num_classes=5))
    assert type(found.model).__name__ == expected
    assert found.gap <= conversion.TOLERANCE
    images = torch.randn(2, 3, side, side)
    if expected.startswith("Dinov2"):
        return  # two tokens go to its head, so that no head of timm's fits
    source = timm.create_model(name, **order.loading, **order.own_classes, **options).eval()
    with torch.no_grad():
        ours, theirs = source(images), found.model.eval()(images)
    assert ours.std() > 1e-3
    assert torch.allclose(ours, theirs, rtol=1e-3, atol=1e-4 * float(ours.abs().max()))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("test_resnet", "the stem of transformers' ResNet is one convolution of seven pixels, and here it is several"),
        ("test_convnext", "the eps of transformers' ConvNeXt is 1e-06 in its blocks, and here 1e-05"),
        ("test_efficientnet", "transformers' EfficientNet pads as TensorFlow does (tf_...), and this one on all sides"),
        ("test_mambaout", "no class of transformers is known to be timm's MambaOut"),
    ],
)
def test_what_transformers_cannot_express_is_refused_with_the_reason(name: str, reason: str) -> None:
    pytest.importorskip("transformers")
    weights = {} if name != "test_mambaout" else {"weights": {"name": "none"}}
    with pytest.raises(ImpossibleConfiguration) as refused:
        made(name, **weights)
    assert str(refused.value).startswith(f"creation: {reason}")
    assert str(refused.value).endswith("use creation=transformers_timm")
    assert "\n" not in str(refused.value)


def test_a_conversion_with_other_features_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every tensor has its place, and an activation is another one: the proof alone can tell."""
    pytest.importorskip("transformers")
    told = conversion.FORMS["VisionTransformer"]

    def wrong(model: Any, side: int) -> Any:
        form = told(model, side)
        return replace(form, fields={**form.fields, "hidden_act": "relu"})

    monkeypatch.setitem(conversion.FORMS, "VisionTransformer", wrong)
    with pytest.raises(ImpossibleConfiguration, match=r"gives other features than timm's model, by \d\.\de-\d+ of the"):
        made("test_vit")


def test_a_tensor_without_a_place_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("transformers")
    told = conversion.FORMS["VisionTransformer"]
    monkeypatch.setitem(
        conversion.FORMS,
        "VisionTransformer",
        lambda model, side: replace(told(model, side), rules=told(model, side).rules[1:]),
    )
    with pytest.raises(
        ImpossibleConfiguration, match=r"^creation: of test_vit's tensors in ViTForImageClassification 12 "
    ):
        made("test_vit")


def test_the_weights_are_verified_and_the_head_is_transformers_own() -> None:
    """Every backbone tensor is one of the file's under its new name; the head is N(0, 0.02²) without a bias."""
    pytest.importorskip("transformers")
    built = made("test_vit")
    assert built.verification is not None
    assert built.verification.loaded == built.verification.expected == 102
    head = head_layer(built.model, built.heads[0])
    assert head.weight.std().item() == pytest.approx(0.02, rel=0.1)
    assert not head.bias.any()
    assert not built.model.training
    assert built.pretrained.label == "test_vit"


def test_a_rate_goes_into_the_configuration_and_one_that_it_lacks_is_refused() -> None:
    pytest.importorskip("transformers")
    built = made("test_vit", regularization={"proj_drop_rate": 0.3})
    assert {each.p for each in built.model.modules() if isinstance(each, nn.Dropout)} == {0.3}
    with pytest.raises(
        ImpossibleConfiguration, match=r"^regularization\.drop_path_rate: the configuration of vit has none"
    ):
        made("test_vit", regularization={"drop_path_rate": 0.1})


def test_without_weights_transformers_initialises_the_network(tmp_path: Path) -> None:
    """N(0, 0.02²) in MobileNetV2's convolutions; with them come its dropout of 0.8 and its momentum of 0.997."""
    pytest.importorskip("transformers")
    fields: dict[str, Any] = {"weights": {"name": "none"}, "data": {"size": 32}}
    built = made("mobilenetv2_035", **fields)
    head = built.model.get_submodule("mobilenet_v2.conv_1x1.convolution")
    assert head.weight.std().item() == pytest.approx(0.02, rel=0.05)
    ends = [
        Spec.model_validate({"creation": {"name": name}, "backbone": {"name": "mobilenetv2_035"}, **fields})
        for name in ("create_model", "transformers")
    ]
    found = players(*ends, lambda spec: hybrid_of(spec, CLASSES))
    assert set(found) == {"batchnorm_momentum", "dropout", "head_law", "head_scale", "structure"}
    words = found["batchnorm_momentum"].words()
    assert (words.first, words.second) == ("0.1", "0.997")


def test_a_library_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.model.creation._library.find_spec", lambda name: None)
    with pytest.raises(RequestError, match=r"not installed; pip install 'model-creation-harness\[transformers\]'$"):
        made("test_vit")


def test_rules_count_split_and_shift_names() -> None:
    state = {f"b.{stage}.{block}.qkv": torch.arange(3.0) for stage, block in ((1, 0), (1, 1), (2, 0))}
    rules = ((r"^b\.\d+\.\d+", "b.#"), (r"^b\.(\d)\.qkv", r"c.[\1-1].{q,k,v}"))
    found = renamed(dict(list(state.items())[1:]), rules[:1])
    assert list(found) == ["b.0.qkv", "b.1.qkv"]
    found = renamed(state, rules)
    assert list(found)[3:6] == ["c.0.q", "c.0.k", "c.0.v"]
    assert [float(each) for each in list(found.values())[3:6]] == [0, 1, 2]
