"""The ways of other libraries: one file of weights, the same backbone, and the head that each library makes."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from harness.model.build import Built, build
from harness.model.heads import head_layer
from harness.spec.errors import ImpossibleConfiguration, RequestError
from harness.spec.spec import Spec
from harness.spec.streams import derive, stream
from tests.libraries import needed

BACKBONES = ("test_efficientnet", "test_resnet", "test_convnext", "test_vit")
IMAGES = torch.randn(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
CLASSES = 7


def spec_of(creation: str, **fields: Any) -> Spec:
    return Spec.model_validate({"creation": {"name": creation}, **fields})


def made(creation: str, **fields: Any) -> Built:
    needed(creation)
    return build(spec_of(creation, **fields), CLASSES)


def answers(built: Built) -> torch.Tensor:
    return answers_at(32, built)


def answers_at(side: int, built: Built) -> torch.Tensor:
    with torch.no_grad():
        return built.model.eval()(nn.functional.interpolate(IMAGES, side))


@pytest.mark.parametrize("backbone", BACKBONES)
def test_a_folder_is_loaded_as_its_file_is(backbone: str) -> None:
    fields = {"backbone": {"name": backbone}}
    assert torch.equal(answers(made("create_model", **fields)), answers(made("local_dir", **fields)))


@pytest.mark.parametrize("backbone", BACKBONES)
def test_transformers_draws_the_head_of_timms_model_itself(backbone: str) -> None:
    """N(0, 0.02²) and no bias, whatever timm would draw: the very numbers of the run's head stream."""
    fields = {"backbone": {"name": backbone}}
    built, spec = made("transformers_timm", **fields), spec_of("transformers_timm", **fields)
    head = head_layer(built.model, built.heads[0])
    generator = torch.Generator().manual_seed(derive(str(stream(spec, "head")), "x".join(map(str, head.weight.shape))))
    assert torch.equal(head.weight, torch.empty_like(head.weight).normal_(0, 0.02, generator=generator))
    assert not head.bias.any()
    assert not any(module.training for module in built.model.modules())


@pytest.mark.parametrize("backbone", BACKBONES)
def test_with_one_head_transformers_computes_what_timm_does(backbone: str) -> None:
    fields = {"backbone": {"name": backbone, "pool": "avg"}, "init": {"name": "torch_default"}}
    fields["regularization"] = {"drop_rate": 0.3}
    ours, theirs = made("create_model", **fields), made("transformers_timm", **fields)
    assert torch.allclose(answers(ours), answers(theirs), atol=1e-5)


@pytest.mark.parametrize("backbone", BACKBONES)
def test_fastai_puts_a_neck_between_backbone_and_head(backbone: str) -> None:
    """Kaiming normal without a bias on 512 features, whose layers move with seed and replicate, and learn."""
    built, replicate = (made("fastai", backbone={"name": backbone}, replicate=number) for number in (0, 1))
    [name] = built.heads
    assert head_layer(built.model, name).bias is None
    assert head_layer(built.model, name).weight.std().item() == pytest.approx((2 / 512) ** 0.5, rel=0.05)
    hidden = [part for part in built.neck if isinstance(built.model.get_submodule(part), nn.Linear)]
    assert len(hidden) == 1
    first, other = (each.model.get_submodule(hidden[0]).weight for each in (built, replicate))
    assert not torch.equal(first, other)
    assert built.verification is not None
    assert built.verification.not_loaded == ()
    kept = [part for part in built.model.state_dict() if part.startswith("0.")]
    assert all(torch.equal(built.model.state_dict()[part], replicate.model.state_dict()[part]) for part in kept)


def test_fastais_dropout_and_pooling_are_the_requests() -> None:
    built = made("fastai", backbone={"name": "test_resnet", "pool": "avg"}, regularization={"drop_rate": 0.2})
    rates = [module.p for module in built.model.modules() if isinstance(module, nn.Dropout) and module.p]
    assert rates == [0.1, 0.2]
    plain = made("swap_head", backbone={"name": "test_resnet"})
    assert built.model.get_submodule(built.neck[0]).num_features == head_layer(plain.model, plain.heads[0]).in_features
    with pytest.raises(ImpossibleConfiguration, match=r"^backbone\.pool: fastai pools in its own head"):
        made("fastai", backbone={"name": "test_resnet", "pool": "max"})
    usual, named = (made("fastai", backbone={"name": "test_resnet", "pool": pool}) for pool in (None, "catavgmax"))
    assert str(usual.model) == str(named.model)


@pytest.mark.parametrize(("creation", "library"), [("transformers_timm", "transformers"), ("fastai", "fastai")])
def test_a_library_that_is_missing_is_told_in_one_line(
    creation: str, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("harness.model.creation._library.find_spec", lambda name: None)
    with pytest.raises(RequestError) as refused:
        build(spec_of(creation), CLASSES)
    assert str(refused.value).endswith(f"not installed; pip install 'model-creation-harness[{library}]'")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("creation", ["transformers_timm", "fastai", "local_dir"])
def test_models_of_torchvision_are_refused(creation: str) -> None:
    fields = {"backbone": {"name": "resnet18", "library": "torchvision"}, "weights": {"name": "none"}}
    with pytest.raises(ImpossibleConfiguration, match=r"^creation: torchvision has no "):
        build(spec_of(creation, **fields), CLASSES)


def test_positions_of_another_size_are_not_left_to_chance() -> None:
    """timm resamples them; what transformers' wrapper leaves is whatever lay in memory."""
    fields = {"backbone": {"name": "test_vit"}, "weights": {"verify": "record"}, "data": {"name": "made", "size": 48}}
    assert answers_at(48, made("create_model", **fields)).isfinite().all()
    with pytest.raises(ImpossibleConfiguration, match=r"^creation: transformers' wrapper does not resize pos_embed"):
        made("transformers_timm", **fields)


def test_a_body_whose_channels_come_last_is_refused_by_fastais_way() -> None:
    fields = {"backbone": {"name": "test_mambaout"}, "weights": {"name": "none"}}
    with pytest.raises(ImpossibleConfiguration, match=r"^creation: fastai's head takes \d+ channels"):
        made("fastai", **fields)
