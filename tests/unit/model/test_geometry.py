"""Which part of an image is seen: the centre square, a part of it, or the whole squashed, as each library has it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch
from PIL import Image
from sklearn.datasets import load_sample_image
from torchvision.transforms import v2

from harness.data.load import load
from harness.model.build import find_weights
from harness.model.geometry import Geometry, measured
from harness.model.pretrained import preprocessing
from harness.spec.identity import run_id
from harness.spec.rules import faults
from harness.spec.spec import Spec

SIDE = 64
TENSOR = v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32, scale=True)])
ANY_SHAPE = {
    "centre": ((v2.Resize(SIDE), v2.CenterCrop(SIDE)), Geometry(1.0, False)),
    "middle": ((v2.Resize(256), v2.CenterCrop(224)), Geometry(0.875, False)),
    "squashed": ((v2.Resize((SIDE, SIDE)),), Geometry(1.0, True)),
    "middle, squashed": ((v2.Resize((256, 256)), v2.CenterCrop(224)), Geometry(0.875, True)),
}
"""Steps of torchvision's, and what they come to."""


@pytest.mark.parametrize("name", ANY_SHAPE)
def test_a_transform_is_measured(name: str) -> None:
    steps, wanted = ANY_SHAPE[name]
    normalised = v2.Compose([*steps, TENSOR, v2.Normalize([0.4, 0.5, 0.6], [0.1, 0.2, 0.3])])
    assert measured(normalised) == wanted


@pytest.mark.parametrize(
    ("steps", "said"),
    [((v2.Resize(56), v2.CenterCrop(64)), "pads"), ((v2.Resize(64), v2.CenterCrop((64, 96))), "gives 0.75")],
)
def test_what_is_neither_is_told(steps: tuple[Any, ...], said: str) -> None:
    with pytest.raises(LookupError, match=rf"^{said}"):
        measured(v2.Compose([*steps, TENSOR]))


def spec_of(geometry: str, **fields: Any) -> Spec:
    weights = {"geometry": geometry, **fields.pop("weights", {})}
    return Spec.model_validate({"weights": weights, **fields})


@pytest.fixture
def photographs(tmp_path: Path) -> Path:
    """A folder of a photograph of 640 by 427 pixels, once lying and once standing."""
    lying = Image.fromarray(load_sample_image("flower.jpg"))
    for part in ("train", "val"):
        for label, image in (("lying", lying), ("standing", lying.transpose(Image.Transpose.ROTATE_90))):
            (tmp_path / part / label).mkdir(parents=True)
            for number in range(2):
                image.save(tmp_path / part / label / f"{number}.jpg")
    return tmp_path


def theirs(folder: Path, transform: Callable[[Image.Image], Image.Image]) -> torch.Tensor:
    images = [Image.open(folder / "val" / label / "0.jpg") for label in ("lying", "standing")]
    return torch.stack([torch.from_numpy(np.array(transform(image))) for image in images]).permute(0, 3, 1, 2)


MODES: dict[str, tuple[Callable[[Image.Image], Image.Image], float]] = {
    "centre": (v2.Compose([v2.CenterCrop(427), v2.Resize(SIDE, v2.InterpolationMode.BICUBIC)]), 1.0),
    "squash": (v2.Resize((SIDE, SIDE), v2.InterpolationMode.BICUBIC), 0.0),
}
"""By `weights.geometry`: the same by torchvision, and the mean difference of grey levels that rounding makes."""


@pytest.mark.parametrize("geometry", MODES)
def test_pixels_of_an_image_that_is_not_square(geometry: str, photographs: Path) -> None:
    """On the training and on the test part alike; torchvision cuts at a whole pixel, we at half of one."""
    transform, rounding = MODES[geometry]
    spec = spec_of(geometry, data={"name": "imagefolder", "path": photographs, "size": SIDE})
    prepared = preprocessing(spec, find_weights(spec))
    data = load(spec.data, "bicubic", crop=prepared.crop, squash=prepared.squash)
    wanted = theirs(photographs, transform)
    for part in (data.train, data.load_test()):
        assert (part.pixels[[0, 2]].float() - wanted.float()).abs().mean() <= rounding
    other = load(spec.data, "bicubic", squash=not prepared.squash)
    assert (other.load_test().pixels[[0, 2]].float() - wanted.float()).abs().mean() > 10


@pytest.mark.parametrize("name", ["resnet18", "tf_efficientnet_lite0", "vit_base_patch16_siglip_224"])
def test_stated_is_timms_own_transform(name: str) -> None:
    """SigLIP's weights state that images are squashed, the others which part of the centre square is kept."""
    spec = spec_of("stated", backbone={"name": name}, weights={"name": "none"})
    found = preprocessing(spec, find_weights(spec))
    data = timm.data.resolve_data_config(pretrained_cfg=timm.get_pretrained_cfg(name).to_dict(), verbose=False)
    transform = measured(timm.data.create_transform(**data, is_training=False))
    assert transform.crop == pytest.approx(found.crop, abs=1 / 128)
    assert transform.squash is found.squash


def test_the_default_leaves_ids_as_they_are_and_torchvision_states_nothing_else() -> None:
    plain = Spec()
    assert run_id(spec_of("centre")) == run_id(plain)
    assert len({run_id(spec_of(geometry)) for geometry in ("centre", "squash", "stated")}) == 3
    asked = {"backbone": {"library": "torchvision", "name": "resnet18"}, "creation": {"name": "swap_head"}}
    found = list(faults(spec_of("stated", weights={"name": "torchvision"}, **asked)))
    assert any(fault.startswith("weights.geometry=stated") for fault in found)
