"""One input channel: on grey the same function as three, to the last digits, if the normalisation is carried over."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
import timm
import torch
from timm.layers import Conv2dSame
from torch import Tensor, nn
from torchvision.models import get_model

from harness.model.build import build
from harness.model.channels import combines, first_convolutions, to_one_channel
from harness.model.pretrained import MEAN_STD, Normalisation, Preprocessing, one_channel
from harness.spec.errors import ImpossibleConfiguration
from harness.spec.rules import faults
from harness.spec.spec import Spec
from harness.spec.variants import variants
from harness.training.batches import Normalise
from tests.unit.diagnose.audit.lab import Lab

SIDE = 48
GREY = torch.rand(3, 1, SIDE, SIDE, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
IMAGENET, HALF = MEAN_STD["imagenet"], MEAN_STD["half"]
EQUAL_MEANS: Normalisation = ((0.4, 0.4, 0.4), (0.2, 0.25, 0.3))
LAST_DIGITS = 1e-12


def normalised(images: Tensor, by: Normalisation) -> Tensor:
    mean, std = (torch.tensor(each, dtype=torch.float64).view(1, -1, 1, 1) for each in by)
    return (images - mean) / std


def both(model: nn.Module, how: str, three: Normalisation, one: Normalisation) -> tuple[nn.Module, nn.Module]:
    """In float64 and eval mode: the model, and a copy that takes one channel."""
    model = model.double().eval()
    other = copy.deepcopy(model)
    to_one_channel(other, how, three, one, SIDE, "model")
    return model, other


def apart(model: nn.Module, how: str, three: Normalisation, one: Normalisation | None = None) -> float:
    """How far the answers to grey lie apart, as a fraction of their size."""
    one = one or one_channel(three, "stated")
    with_three, with_one = both(model, how, three, one)
    with torch.no_grad():
        wanted = with_three(normalised(GREY.expand(-1, 3, -1, -1), three))
        given = with_one(normalised(GREY, one))
    return float((given - wanted).abs().max() / wanted.abs().max())


LIBRARIES = {
    "timm padded": lambda: Lab().pretrained("test_efficientnet"),
    "timm padded as TensorFlow": lambda: nn.Sequential(Conv2dSame(3, 8, 3, stride=2), nn.ReLU(), nn.Flatten()),
    "timm patches, nothing padded": lambda: Lab().pretrained("test_vit", img_size=SIDE),
    "torchvision": lambda: get_model("squeezenet1_1", num_classes=3),
}


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("three", [IMAGENET, HALF, EQUAL_MEANS], ids=["imagenet", "half", "equal means"])
def test_carried_is_the_same_function_whatever_the_normalisation(library: str, three: Normalisation) -> None:
    torch.manual_seed(0)
    assert apart(LIBRARIES[library](), "carried", three) < LAST_DIGITS


@pytest.mark.parametrize("one", [((0.0,), (1.0,)), ((0.485,), (0.229,))])
def test_carried_is_the_same_function_whatever_the_grey_is_normalised_by(one: Normalisation) -> None:
    assert apart(Lab().pretrained(), "carried", IMAGENET, one) < LAST_DIGITS


def test_the_plain_sum_is_the_same_function_where_means_and_deviations_are_equal_and_only_there() -> None:
    lab = Lab()
    assert apart(lab.pretrained(), "summed", HALF) < LAST_DIGITS
    assert apart(lab.pretrained(), "summed", IMAGENET) > 1e-3
    assert apart(lab.pretrained(), "summed", EQUAL_MEANS) > 1e-3


def test_a_constant_is_needed_at_padded_borders_where_means_differ_and_nowhere_else() -> None:
    """The number of input channels tells: a channel of ones beside the grey one, or the grey one alone."""
    lab = Lab()
    for name, three, channels in (
        ("test_efficientnet", IMAGENET, 2),
        ("test_efficientnet", EQUAL_MEANS, 1),
        ("test_vit", IMAGENET, 1),
    ):
        options = {"img_size": SIDE} if name == "test_vit" else {}
        model = lab.pretrained(name, **options)
        [place] = first_convolutions(model)
        _, other = both(model, "carried", three, one_channel(three, "stated"))
        assert other.get_submodule(place).in_channels == channels


def test_a_bias_in_the_place_of_the_constant_would_be_wrong_at_the_borders_alone() -> None:
    """Why the constant is convolved: folded into a bias it is the same inside, and another at the padded border."""
    torch.manual_seed(0)
    layer = nn.Conv2d(3, 4, 3, padding=1, bias=False)
    three, one = both(nn.Sequential(layer), "carried", IMAGENET, one_channel(IMAGENET, "stated"))
    [convolution] = one
    folded = nn.functional.conv2d(
        normalised(GREY, one_channel(IMAGENET, "stated")),
        convolution.weight[:, :1],
        convolution.weight[:, 1].sum((1, 2)),
        padding=1,
    )
    wrong = (folded - three(normalised(GREY.expand(-1, 3, -1, -1), IMAGENET))).detach().abs()
    assert float(wrong[:, :, 1:-1, 1:-1].max()) < LAST_DIGITS
    assert float(wrong[:, :, 0].max()) > 0.01


def stepped(model: nn.Module, images: Tensor, rate: float) -> Tensor:
    """Logits after one step of SGD, of the first convolution at `rate` and of the rest at 0.01."""
    [first] = (model.get_submodule(name).weight for name in (first_convolutions(model) or ("conv1.0",)))
    rest = [each for each in model.parameters() if each is not first]
    optimizer = torch.optim.SGD([{"params": [first], "lr": rate}, {"params": rest, "lr": 0.01}])
    nn.functional.cross_entropy(model(images), torch.tensor([0, 1, 2])).backward()
    optimizer.step()
    logits: Tensor = model(images)
    return logits.detach()


def test_fine_tuning_is_the_same_run_at_three_times_the_rate_and_no_other() -> None:
    """Three kernels that see one image move alike, so that their sum moves three times as far as one kernel would."""
    three, one = both(Lab().pretrained(), "summed", HALF, one_channel(HALF, "stated"))
    again = copy.deepcopy(one)
    wanted = stepped(three, normalised(GREY.expand(-1, 3, -1, -1), HALF), 0.01)
    grey = normalised(GREY, one_channel(HALF, "stated"))
    assert torch.allclose(stepped(one, grey, 0.03), wanted, rtol=LAST_DIGITS, atol=LAST_DIGITS)
    assert not torch.allclose(stepped(again, grey, 0.01), wanted, rtol=1e-6, atol=1e-6)


def test_the_sum_is_timms_own() -> None:
    lab = Lab()
    model = lab.pretrained()
    to_one_channel(model, "summed", HALF, one_channel(HALF, "stated"), SIDE, "test_resnet")
    own = lab.pretrained(in_chans=1).state_dict()
    backbone = {name: tensor for name, tensor in model.state_dict().items() if not name.startswith("fc.")}
    assert all(torch.equal(tensor, own[name]) for name, tensor in backbone.items())


def made(creation: str, **backbone: Any) -> Any:
    fields = {"backbone": {"name": "test_resnet", **backbone}, "creation": {"name": creation}}
    chosen = {"weights": {"verify": "record", "mean_std": "imagenet"}, "init": {"name": "torch_default"}}
    return build(Spec.model_validate({**fields, **chosen, "data": {"size": SIDE}}), 7)


OTHERS = ("custom", "transformers", "features_only_checkpoint", "composite_to_linear")
"""A function of the user's own, another library's models, and two that this architecture refuses."""


@pytest.mark.parametrize("creation", [name for name in variants("harness.model.creation") if name not in OTHERS])
def test_every_creation_method_answers_grey_as_with_three_channels(creation: str) -> None:
    answers = []
    for channels in (3, 1):
        built = made(creation, in_chans=channels)
        pixels = (GREY * 255).to(torch.uint8).expand(-1, 3, -1, -1)
        inputs = Normalise(built.preprocessing, torch.device("cpu")).stored(pixels)
        assert inputs.shape[1] == channels
        with torch.no_grad():
            answers.append(built.model.eval()(inputs))
    assert torch.allclose(*answers, rtol=1e-4, atol=1e-4 * float(answers[0].abs().max()))


def test_one_mean_and_deviation_of_three() -> None:
    mean, std = one_channel(IMAGENET, "stated")
    assert (mean[0], std[0]) == pytest.approx((0.449, 0.226))
    assert one_channel(IMAGENET, "first") == ((0.485,), (0.229,))
    third = ((127 / 255,) * 3, (0.1,) * 3)
    assert one_channel(third, "stated") == ((127 / 255,), (0.1,))


def test_one_channel_of_the_stored_three_is_normalised() -> None:
    pixels = torch.randint(0, 256, (2, 1, 4, 4), dtype=torch.uint8).expand(-1, 3, -1, -1)
    inputs = Normalise(Preprocessing((0.449,), (0.226,), "bicubic"), torch.device("cpu"))
    for stored in (pixels, pixels.contiguous(memory_format=torch.channels_last)):
        assert torch.allclose(inputs.stored(stored), (pixels[:, :1] / 255 - 0.449) / 0.226, atol=1e-6)


def test_a_mixture_of_the_three_kernels_is_told_from_a_kernel_drawn_anew() -> None:
    source = torch.randn(8, 3, 3, 3, generator=torch.Generator().manual_seed(0))
    mixed = source[:, :1] * 0.2 + source[:, 2:] * 3
    assert combines(mixed, [source])
    assert combines(mixed.half(), [source])
    assert not combines(torch.randn(8, 1, 3, 3, generator=torch.Generator().manual_seed(1)), [source])
    assert not combines(mixed, [torch.randn(9, 3, 3, 3)])


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (nn.Sequential(nn.Flatten(), nn.Linear(3 * SIDE * SIDE, 2)), "no convolution of net takes the three channels"),
        (nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(9, 2)), "net does not take one channel"),
    ],
)
def test_what_cannot_take_one_channel_is_refused(model: nn.Module, told: str) -> None:
    with pytest.raises(ImpossibleConfiguration, match=rf"backbone\.in_chans: {told}.*use in_chans=3"):
        to_one_channel(model, "carried", HALF, one_channel(HALF, "stated"), SIDE, "net")


def test_a_standardised_kernel_carries_nothing() -> None:
    model = timm.create_model("nf_resnet26", num_classes=2)
    with pytest.raises(ImpossibleConfiguration, match=r"standardises its kernel.*use backbone\.first_conv=summed"):
        to_one_channel(model, "carried", HALF, one_channel(HALF, "stated"), SIDE, "nf_resnet26")


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"backbone": {"first_conv": "summed"}}, r"backbone\.first_conv.*use backbone\.in_chans=1"),
        ({"weights": {"mean_std": "first"}}, r"weights\.mean_std=first.*use backbone\.in_chans=1"),
        ({"backbone": {"in_chans": 1}, "transforms": {"rand_augment": 5}}, r"transforms\.rand_augment: tells channels"),
        ({"backbone": {"in_chans": 1}, "evaluation": {"name": "bgr"}}, r"evaluation=bgr: tells channels apart"),
    ],
)
def test_keys_without_a_place_are_refused(fields: dict[str, Any], told: str) -> None:
    [fault] = faults(Spec.model_validate(fields))
    assert re.search(told, fault)
