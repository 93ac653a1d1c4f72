"""Different ways that build the same function: with one unit draw for the head they answer the same."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from harness.model.build import Built, build
from harness.spec.errors import ImpossibleConfiguration
from harness.spec.spec import Spec

IMAGES = torch.randn(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))


def made(creation: str, **fields: Any) -> Built:
    return build(Spec.model_validate({"creation": {"name": creation}, **fields}), 7)


def answers(built: Built) -> torch.Tensor:
    with torch.no_grad():
        return built.model.eval()(IMAGES)


@pytest.mark.parametrize("other", ["reset_classifier", "checkpoint_path", "external_linear", "forward_features"])
@pytest.mark.parametrize("backbone", ["test_efficientnet", "test_vit"])
def test_a_plain_linear_is_the_same_head_however_it_got_there(backbone: str, other: str) -> None:
    fields = {"backbone": {"name": backbone}, "init": {"name": "torch_default"}}
    assert torch.allclose(answers(made("swap_head", **fields)), answers(made(other, **fields)), atol=1e-5)


@pytest.mark.parametrize("other", ["pretrained_cfg_overlay", "load_state_dict"])
def test_direct_creation_is_the_same_whichever_way_the_file_is_read(other: str) -> None:
    assert torch.equal(answers(made("create_model")), answers(made(other)))


def test_feature_maps_alone_are_another_network() -> None:
    """`features_only` ends before the last convolution of an EfficientNet."""
    built = made("features_only")
    width = built.model.get_submodule(built.heads[0]).in_features
    assert width != made("external_linear").model.get_submodule("head").in_features
    assert built.verification is not None
    assert built.verification.not_loaded == ()


@pytest.mark.parametrize("backbone", ["test_efficientnet", "test_convnext", "test_vit"])
def test_intermediates_are_the_last_two_stages_side_by_side(backbone: str) -> None:
    """The second of them is what `features_only` gives."""
    fields = {"backbone": {"name": backbone}}
    both, last = (made(creation, **fields).model.eval() for creation in ("forward_intermediates", "features_only"))
    with torch.no_grad():
        features, alone = both.features(IMAGES), last.features(IMAGES)  # type: ignore[operator]
    assert features.shape[1] > alone.shape[1]
    assert torch.allclose(features[:, -alone.shape[1] :], alone, atol=1e-5)


def test_a_pooling_asked_of_intermediates_is_refused() -> None:
    with pytest.raises(ImpossibleConfiguration, match=r"backbone\.pool: forward_intermediates gives maps"):
        made("forward_intermediates", backbone={"name": "test_vit", "pool": "token"})


def test_feature_maps_with_a_checkpoint_path_are_refused_with_the_reason() -> None:
    with pytest.raises(
        ImpossibleConfiguration, match=r"wrapped before checkpoint_path is read.*use creation=features_only"
    ):
        made("features_only_checkpoint")


@pytest.mark.parametrize("pool", ["avg", "max", "token", "map"])
def test_pooling_is_a_choice(pool: str) -> None:
    fields = {"backbone": {"name": "test_vit", "pool": pool}, "init": {"name": "torch_default"}}
    fresh, external = made("create_model", **fields), made("external_linear", **fields)
    assert torch.allclose(answers(fresh), answers(external), atol=1e-5)
    for other in {"avg", "max", "token", "map"} - {pool}:
        fields["backbone"] = {"name": "test_vit", "pool": other}
        assert not torch.allclose(answers(fresh), answers(made("create_model", **fields)))


def test_a_pooling_that_the_architecture_lacks_is_refused() -> None:
    with pytest.raises(ImpossibleConfiguration):
        made("create_model", backbone={"name": "test_resnet", "pool": "map"})
