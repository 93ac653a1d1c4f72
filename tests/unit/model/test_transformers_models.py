"""Classifiers of transformers, tiny and of several kinds: their folders, heads, rates, image sizes and processors."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from harness.model.build import Built, build
from harness.model.heads import head_layer
from harness.spec.errors import ImpossibleConfiguration, RequestError
from harness.spec.rules import faults
from harness.spec.spec import Spec

transformers = pytest.importorskip("transformers")

CLASSES, OLD = 7, 5
SMALL = {"hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 96, "patch_size": 8}
KINDS: dict[str, tuple[str, dict[str, Any], tuple[str, ...]]] = {
    "vit": ("ViTForImageClassification", {**SMALL, "image_size": 32}, ("classifier",)),
    "resnet": (
        "ResNetForImageClassification",
        {"embedding_size": 16, "hidden_sizes": [16, 32], "depths": [1, 1]},
        ("classifier.1",),
    ),
    "deit": (
        "DeiTForImageClassificationWithTeacher",
        {**SMALL, "image_size": 32},
        ("cls_classifier", "distillation_classifier"),
    ),
}
"""By type: the class, its configuration, and where its heads are."""

Saved = Callable[[str], Path]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    """A folder as transformers saves a model of some type for five classes, with a processor unlike any of timm's."""

    def save(kind: str) -> Path:
        folder = tmp_path_factory.getbasetemp() / f"{kind}_mine"
        if not folder.exists():
            name, fields, _ = KINDS[kind]
            config = transformers.AutoConfig.for_model(kind, num_labels=OLD, **fields)
            with torch.random.fork_rng():
                torch.manual_seed(0)
                getattr(transformers, name)(config).save_pretrained(folder)
            transformers.EfficientNetImageProcessor(image_mean=[0.5] * 3, image_std=[0.5] * 3).save_pretrained(folder)
        return folder

    return save


def spec_of(kind: str, path: Path | None = None, creation: str = "transformers", **fields: Any) -> Spec:
    weights = {"name": "none"} if path is None else {"name": "file", "path": path}
    backbone = {"name": kind, "library": "transformers", **fields.pop("backbone", {})}
    return Spec.model_validate({"backbone": backbone, "weights": weights, "creation": {"name": creation}, **fields})


def answers(built: Built, side: int = 32) -> torch.Tensor:
    images = torch.randn(2, 3, side, side, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        return built.model.eval()(images)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("creation", ["transformers", "swap_head"])
def test_a_folder_gives_its_backbone_and_a_new_head(kind: str, creation: str, saved: Saved) -> None:
    spec = spec_of(kind, saved(kind), creation)
    assert list(faults(spec)) == []
    built = build(spec, CLASSES)
    assert built.heads == KINDS[kind][2]
    assert built.verification is not None
    assert built.verification.not_loaded == ()
    assert built.pretrained.num_classes == OLD
    assert answers(built).shape == (2, CLASSES)
    assert answers(built).std() > 0


def test_each_type_draws_its_own_head(saved: Saved) -> None:
    """ViT N(0, 0.02²) without a bias; ResNet as torch does, the very numbers of a swapped head."""
    vit, resnet, swapped = (
        head_layer((built := build(spec, CLASSES)).model, built.heads[0])
        for spec in (
            spec_of("vit", saved("vit")),
            spec_of("resnet", saved("resnet")),
            spec_of("resnet", saved("resnet"), "swap_head"),
        )
    )
    assert vit.weight.std().item() == pytest.approx(0.02, rel=0.1)
    assert not vit.bias.any()
    assert torch.equal(resnet.weight, swapped.weight)
    assert torch.equal(resnet.bias, swapped.bias)


def test_images_of_another_side_are_taken_by_the_models_own_resampling(saved: Saved) -> None:
    built = build(spec_of("vit", saved("vit"), data={"size": 64}), CLASSES)
    assert answers(built, 64).shape == (2, CLASSES)


def test_preprocessing_is_what_the_processor_beside_the_weights_does(saved: Saved) -> None:
    """EfficientNet's normalises twice: (x - 0.5) / 0.25."""
    prepared = build(spec_of("vit", saved("vit")), CLASSES).preprocessing
    assert prepared.mean == pytest.approx((0.5,) * 3, abs=1e-6)
    assert prepared.std == pytest.approx((0.25,) * 3, abs=1e-6)


@pytest.mark.parametrize(
    ("changed", "wanted"),
    [
        ({}, (1.0, True)),
        (
            {"do_center_crop": True, "size": {"shortest_edge": 64}, "crop_size": {"height": 48, "width": 48}},
            (0.75, False),
        ),
        ({"do_center_crop": True, "size": {"height": 64, "width": 64}, "crop_size": 48}, (0.75, True)),
    ],
)
def test_the_part_of_an_image_is_the_processors_where_that_is_asked_for(
    changed: dict[str, Any], wanted: tuple[float, bool], saved: Saved
) -> None:
    """EfficientNet's squashes unless told otherwise; nothing of it is followed by default."""
    transformers.EfficientNetImageProcessor(image_mean=[0.5] * 3, image_std=[0.5] * 3, **changed).save_pretrained(
        folder := saved("vit")
    )
    stated, default = (
        build(spec_of("vit", weights={"name": "file", "path": folder, "geometry": each}), CLASSES).preprocessing
        for each in ("stated", "centre")
    )
    assert (stated.crop, stated.squash) == pytest.approx(wanted)
    assert (default.crop, default.squash) == (1.0, False)


def test_rates_and_sizes_go_into_the_configuration() -> None:
    fields = {"backbone": {"kwargs": SMALL}, "regularization": {"proj_drop_rate": 0.2}, "data": {"size": 64}}
    built = build(spec_of("vit", **fields), CLASSES)
    assert built.model.config.hidden_dropout_prob == 0.2  # type: ignore[union-attr]
    assert built.model.config.image_size == 64  # type: ignore[union-attr]
    with pytest.raises(ImpossibleConfiguration, match=r"^regularization\.attn_drop_rate: the configuration of resnet"):
        build(spec_of("resnet", regularization={"attn_drop_rate": 0.1}), CLASSES)
    with pytest.raises(
        ImpossibleConfiguration, match=r"^backbone\.kwargs\.hiden_size: the configuration of vit has none"
    ):
        build(spec_of("vit", backbone={"kwargs": {"hiden_size": 48}}), CLASSES)


def test_what_does_not_fit_together_is_refused_in_a_line(saved: Saved, tmp_path: Path) -> None:
    with pytest.raises(
        RequestError, match=r"^backbone\.name: vit_mine holds a model of type vit; use backbone\.name=vit"
    ):
        build(spec_of("resnet", saved("vit")), CLASSES)
    with pytest.raises(RequestError, match=r"^backbone\.name: transformers has no image classifier of type 'vitt'"):
        build(spec_of("vitt"), CLASSES)
    timm = spec_of("vit", saved("vit")).model_copy(update={"backbone": Spec().backbone})
    assert [fault.partition(" reads ")[0] for fault in faults(timm)] == ["weights.path: timm"]
    with pytest.raises(ImpossibleConfiguration, match=r"use creation=transformers_timm"):
        build(Spec.model_validate({"creation": {"name": "transformers"}}), CLASSES)
    (tmp_path / "config.json").write_text('{"model_type": "vit"}')
    with pytest.raises(RequestError, match="holds no weights of transformers"):
        build(spec_of("vit", tmp_path), CLASSES)


def test_a_bias_that_is_set_to_a_constant_is_no_draw() -> None:
    """Hiera's biases begin at 0.02, by a function that takes no generator, after its head's weights are drawn."""
    tiny = {"embed_dim": 8, "depths": [1, 1, 1, 1], "num_heads": [1, 1, 1, 1]}
    spec = spec_of("hiera", data={"size": 224}, backbone={"kwargs": tiny})
    head, again = (head_layer(each.model, each.heads[0]) for each in (build(spec, CLASSES), build(spec, CLASSES)))
    assert torch.equal(head.bias, torch.full((CLASSES,), 0.02))
    assert torch.equal(head.weight, again.weight)
    assert abs(float(head.weight.detach().std()) - 0.02) < 0.005


PERCEIVER = {
    "d_latents": 16, "num_latents": 4, "num_self_attends_per_block": 1, "num_self_attention_heads": 2,
    "num_cross_attention_heads": 1, "image_size": 32,
}  # fmt: skip
VISION = {"num_hidden_layers": 1, "hidden_size": 12, "intermediate_size": 8, "num_attention_heads": 2}
SIGLIP_2 = {"vision_config": VISION}
NO_IMAGES = {
    "imagegpt": ({"n_layer": 1, "n_embd": 8, "n_head": 1, "n_positions": 16}, "numbers of colours"),
    "siglip2": (SIGLIP_2, "patches that were cut"),
}
"""A small configuration of a type whose image processor gives no images, and what it gives."""


def test_fields_of_the_configuration_within_are_set_and_the_others_stay() -> None:
    """CLIP's network for images has a configuration of its own, and is made for the side of the run's images."""
    fields = {"backbone": {"kwargs": {"vision_config": {**VISION, "patch_size": 16}}}, "data": {"size": 64}}
    built = build(spec_of("clip", **fields), CLASSES)
    vision = built.model.config.vision_config  # type: ignore[union-attr]
    assert (vision.hidden_size, vision.image_size, vision.num_channels) == (12, 64, 3)
    assert answers(built, 64).shape == (2, CLASSES)
    unknown = {"kwargs": {"vision_config": {"hiden_size": 12}}}
    with pytest.raises(ImpossibleConfiguration, match=r"^backbone\.kwargs\.vision_config\.hiden_size: .* has none"):
        build(spec_of("clip", backbone=unknown), CLASSES)


@pytest.mark.parametrize("creation", ["transformers", "swap_head"])
@pytest.mark.parametrize("kind", NO_IMAGES)
def test_types_whose_processor_gives_no_images_are_refused(kind: str, creation: str) -> None:
    """The refusal is true of the library: images [N, 3, S, S] go through neither."""
    fields, given = NO_IMAGES[kind]
    with pytest.raises(ImpossibleConfiguration, match=rf"^backbone\.name: {kind} takes {given} by its image processor"):
        build(spec_of(kind, creation=creation, backbone={"kwargs": fields}), CLASSES)
    model = transformers.AutoModelForImageClassification.from_config(
        transformers.AutoConfig.for_model(kind, num_labels=CLASSES, **fields)
    )
    with pytest.raises((RuntimeError, TypeError, ValueError, IndexError)):
        model(torch.rand(2, 3, 32, 32))


def test_a_head_within_the_backbone_is_exchanged_and_nothing_is_put_before_it() -> None:
    """Perceiver's is the last layer of its decoder, and takes positions [N, 1, features]."""
    fields = {"backbone": {"kwargs": PERCEIVER}, "data": {"size": 32}}
    for creation in ("transformers", "swap_head"):
        built = build(spec_of("perceiver", creation=creation, **fields), CLASSES)
        assert built.heads[0].startswith("perceiver.decoder.")
        assert answers(built).shape == (2, CLASSES)
    with pytest.raises(ImpossibleConfiguration, match="needs one Linear head, perceiver has one within its backbone"):
        build(spec_of("perceiver", creation="batchnorm_linear", **fields), CLASSES)
    record = {"name": "none", "verify": "record"}
    with pytest.raises(ImpossibleConfiguration, match="the head of perceiver is a part of its backbone"):
        build(spec_of("perceiver", creation="composite_to_linear", weights=record, **fields), CLASSES)


@pytest.mark.parametrize("kind", ["vit", "resnet"])
def test_one_channel_is_the_same_function_on_grey(kind: str, saved: Saved) -> None:
    """Its `num_channels=1` beside `ignore_mismatched_sizes=True` would draw the first convolution anew."""
    grey = torch.rand(2, 1, 32, 32, generator=torch.Generator().manual_seed(0)).expand(-1, 3, -1, -1)
    answers = []
    for channels in (3, 1):
        built = build(spec_of(kind, saved(kind), backbone={"in_chans": channels}), CLASSES)
        mean, std = (
            torch.tensor(each).view(1, -1, 1, 1) for each in (built.preprocessing.mean, built.preprocessing.std)
        )
        with torch.no_grad():
            answers.append(built.model.eval()((grey[:, :channels] - mean) / std))
    assert torch.allclose(*answers, rtol=1e-4, atol=1e-5)
