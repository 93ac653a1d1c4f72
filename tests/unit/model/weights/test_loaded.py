"""A tensor is loaded when it is what timm itself makes of the file for that very model; everything else is not."""

from __future__ import annotations

import copy

import timm
import torch
from torch import nn

from harness.diagnose.audit import check
from harness.diagnose.audit._origin import trace
from harness.model.heads import find_heads
from harness.model.pretrained import read_state_dict
from harness.model.verify import Verification, verify
from harness.spec.paths import bundled_file

CLASSES = 7


def pretrained(name: str, **options: object) -> nn.Module:
    overlay = {"file": str(bundled_file(name)), "num_classes": 50}
    model: nn.Module = timm.create_model(
        name, pretrained=True, num_classes=CLASSES, pretrained_cfg_overlay=overlay, **options
    )
    return model


def looked_at(model: nn.Module, name: str) -> Verification:
    """As a run looks at it; an audit must find the same tensors, a first convolution that was drawn among them."""
    state, heads = read_state_dict(bundled_file(name)), find_heads(model, CLASSES)
    found, traced = verify(model, heads, state), trace(model, heads, state)
    assert {*traced.not_loaded, *traced.drawn} == set(found.not_loaded)
    return found


def test_a_fresh_first_convolution_of_another_depth_is_not_loaded() -> None:
    model = pretrained("test_efficientnet")
    old = model.conv_stem
    assert isinstance(old, nn.Conv2d)
    model.conv_stem = nn.Conv2d(1, old.out_channels, 3, 2, 1, bias=False)
    assert looked_at(model, "test_efficientnet").not_loaded == ("conv_stem.weight",)
    report = check(
        model, num_classes=CLASSES, images=torch.zeros(4, 1, 32, 32), weights=bundled_file("test_efficientnet")
    )
    [finding] = [each for each in report.findings if each.id == "first-convolution-drawn"]
    assert finding.location == "conv_stem.weight"


def test_a_first_convolution_that_timm_adapted_is_loaded() -> None:
    for channels in (1, 3, 4):
        model = pretrained("test_efficientnet", in_chans=channels)
        assert looked_at(model, "test_efficientnet").not_loaded == ()


def test_one_that_was_adapted_otherwise_is_not() -> None:
    """timm sums the colours' weights for a grey image; their mean is another network, if a pretrained one."""
    model = pretrained("test_efficientnet", in_chans=1)
    with torch.no_grad():
        model.conv_stem.weight.div_(3)  # type: ignore[union-attr, operator]
    state, heads = read_state_dict(bundled_file("test_efficientnet")), find_heads(model, CLASSES)
    assert verify(model, heads, state).not_loaded == ("conv_stem.weight",)
    traced = trace(model, heads, state)
    assert "conv_stem.weight" in traced.loaded
    assert not traced.drawn


def test_a_position_table_is_compared_with_what_timm_resamples_it_to() -> None:
    model = pretrained("test_vit", img_size=96)
    state = read_state_dict(bundled_file("test_vit"))
    assert model.pos_embed.shape != state["pos_embed"].shape  # type: ignore[union-attr]
    assert looked_at(model, "test_vit").not_loaded == ()
    fresh = copy.deepcopy(model)
    fresh.pos_embed = nn.Parameter(0.02 * torch.randn_like(model.pos_embed))  # type: ignore[arg-type]
    assert looked_at(fresh, "test_vit").not_loaded == ("pos_embed",)


def test_tensors_in_each_others_place_are_not_loaded() -> None:
    model = pretrained("test_resnet")
    with torch.no_grad():
        first, second = model.layer1[0].conv1.weight, model.layer1[0].conv2.weight  # type: ignore[index, union-attr]
        assert first.shape == second.shape
        kept = first.clone()
        first.copy_(second)
        second.copy_(kept)
    state, heads = read_state_dict(bundled_file("test_resnet")), find_heads(model, CLASSES)
    assert verify(model, heads, state).not_loaded == ("layer1.0.conv1.weight", "layer1.0.conv2.weight")


def test_a_model_of_ones_own_around_timms_is_compared_alike() -> None:
    class Own(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = pretrained("test_vit", img_size=96)

        def forward(self, images: torch.Tensor) -> torch.Tensor:
            answer: torch.Tensor = self.net(images)
            return answer

    model = Own()
    state = read_state_dict(bundled_file("test_vit"))
    assert verify(model, ("net.head",), state).not_loaded == ()
    model.net.patch_embed.proj = nn.Conv2d(3, model.net.embed_dim, 8, 8)  # type: ignore[arg-type, union-attr]
    assert "net.patch_embed.proj.weight" in verify(model, ("net.head",), state).not_loaded


def test_looking_changes_nothing() -> None:
    model = pretrained("test_vit", img_size=96)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    looked_at(model, "test_vit")
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    assert "load_state_dict" not in vars(model)
