"""Data sets and loaders in the place of a batch, and the steps that epochs of them are."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset, IterableDataset, TensorDataset

from harness.diagnose.audit import check
from harness.diagnose.audit._inputs import read_images
from harness.diagnose.audit._plan import Plan
from harness.spec.errors import RequestError
from tests.unit.diagnose.audit.lab import CLASSES, Lab

PIXELS = torch.randn(700, 3, 32, 32, generator=torch.Generator().manual_seed(0))
SORTED = torch.arange(700) // 100  # as ImageFolder sorts them
DATA = TensorDataset(PIXELS, SORTED)


class Photographs(Dataset[Any]):
    """PIL images, as a data set without a transform gives them."""

    def __len__(self) -> int:
        return 10

    def __getitem__(self, index: int) -> Any:
        return Image.new("RGB", (32, 32), (index, 0, 0)), index % CLASSES


class Stream(IterableDataset[Any]):
    def __iter__(self) -> Any:
        return ({"image": image, "label": int(label)} for image, label in zip(PIXELS, SORTED, strict=True))


@pytest.mark.parametrize(
    "data",
    [
        DATA,
        DataLoader(DATA, 8),
        DataLoader(DATA, 8, shuffle=True),
        DataLoader(Stream(), 50),
        Stream(),
        iter([(PIXELS[::10], SORTED[::10])]),
    ],
    ids=["data set", "loader", "shuffled loader", "streaming loader", "stream", "batches"],
)
def test_data_in_the_place_of_a_batch(data: Any, lab: Lab) -> None:
    report = check(lab.small(), num_classes=CLASSES, weights=False, images=data)
    assert report.ok
    assert {"head-bias", "label-range"} <= set(report.checked)


def test_a_sorted_data_set_is_looked_at_over_its_whole_length() -> None:
    for data in (DATA, DataLoader(DATA, 8)):
        batch = read_images(data, None)
        assert batch.images is not None
        assert len(batch.images) == 64
        assert set(torch.as_tensor(batch.labels).tolist()) == set(range(7))


def test_a_loader_is_left_as_it_was(lab: Lab) -> None:
    generator = torch.Generator().manual_seed(3)
    loader = DataLoader(DATA, 8, shuffle=True, generator=generator)
    states = generator.get_state(), torch.get_rng_state()
    check(lab.small(), images=loader)
    assert torch.equal(states[0], generator.get_state())
    assert torch.equal(states[1], torch.get_rng_state())


def test_photographs_go_through_the_preprocessing(lab: Lab) -> None:
    with pytest.raises(RequestError, match="preprocessing="):
        check(lab.small(), images=Photographs())
    from torchvision import transforms

    report = check(lab.small(), images=Photographs(), preprocessing=transforms.ToTensor())
    assert "label-range" in report.checked


@pytest.mark.parametrize(
    ("recipe", "samples", "batches", "steps"),
    [
        ({"epochs": 3, "batch_size": 8}, 40, None, 15),
        ({"epochs": 3, "batch_size": 16, "samples": 1000}, 40, None, 189),
        ({"epochs": 2}, 700, 88, 176),
        ({"epochs": 0.5, "batch_size": 10, "samples": 100}, None, None, 5),
        ({"steps": 7, "epochs": 3}, None, None, 7),
    ],
)
def test_epochs_are_steps(recipe: dict[str, float], samples: int, batches: int, steps: int) -> None:
    assert Plan.of({"lr": 1e-3, **recipe}, None, None, samples, batches).steps == steps


def test_epochs_of_a_loader(lab: Lab) -> None:
    model = lab.pretrained()
    torch.nn.init.normal_(model.fc.weight, std=0.3)
    report = check(model, images=DataLoader(DATA, 8), recipe={"epochs": 1, "lr": 1e-6}, learns="head")
    assert any("88 steps" in finding.seen for finding in report.findings), report
