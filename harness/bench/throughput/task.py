"""The runs that are timed, and the same images as a folder for a script."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from harness.data.parts.images import Images
from harness.data.parts.load import load
from harness.data.parts.split import split
from harness.models.build import find_weights
from harness.models.preprocessing import preprocessing
from harness.spec.bundled import bundled_file
from harness.spec.spec import Backbone, Data, Recipe, Spec, Transfer
from harness.spec.streams import stream

BACKBONE = "test_efficientnet"
RATES = (3e-4, 1e-3, 3e-3, 1e-2)
FULL, PROBE = "full", "linear_probe"
SINGLE = "single"
"""A step as `sequential` and `processes` take it."""


@dataclass(frozen=True)
class Task:
    """Fine-tunings on the same images; they differ in seed and learning rate.

    `scripted` runs are trained by a script each, `swept` ones by an executor that packs, in one sweep for each number,
    `single` ones by an executor that trains run by run, None for as many as in the first sweep.
    """

    transfer: str
    scripted: int
    swept: tuple[int, ...]
    epochs: int
    single: int | None = None

    def spec(self, number: int) -> Spec:
        """A run: one split for all, so that all see the same images."""
        return Spec(
            backbone=Backbone(name=BACKBONE),
            data=Data(name="digits", size=32, split=0),
            transfer=Transfer(name=self.transfer),
            recipe=Recipe(
                lr=RATES[number % len(RATES)], weight_decay=0.05, epochs=self.epochs, batch_size=64, schedule="cosine"
            ),
            seed=number // len(RATES),
        )


TASKS = (Task(FULL, 4, (16,), 5), Task(PROBE, 4, (64,), 5))


def script_arguments(task: Task, number: int, folder: Path) -> list[str]:
    """What the script is told of a run."""
    spec = task.spec(number)
    prepared = preprocessing(spec, find_weights(spec))
    return [
        *("--data", str(folder), "--model", BACKBONE, "--weights", str(bundled_file(BACKBONE))),
        *("--transfer", task.transfer, "--epochs", str(task.epochs), "--lr", str(spec.recipe.lr)),
        *("--seed", str(spec.seed), "--size", str(spec.data.size), "--interpolation", prepared.interpolation),
        *("--mean", *map(str, prepared.mean), "--std", *map(str, prepared.std)),
    ]


def write_folder(task: Task, folder: Path) -> None:
    """The images of the runs as PNG files in `train/`, `validation/` and `test/`, a folder for each class."""
    spec = task.spec(0)
    dataset = load(spec.data, preprocessing(spec, find_weights(spec)).interpolation)
    learnt, validated = split(dataset.train, spec.data.val_fraction, stream(spec, "split"))
    test = dataset.load_test()
    parts = {"train": (dataset.train, learnt.tolist()), "validation": (dataset.train, validated.tolist())}
    for part, (images, index) in {**parts, "test": (test, list(range(len(test))))}.items():
        for position in index:
            _write(images, position, folder / part)


def _write(images: Images, position: int, folder: Path) -> None:
    place = folder / f"{int(images.labels[position]):03d}"
    place.mkdir(parents=True, exist_ok=True)
    Image.fromarray(images.pixels[position].permute(1, 2, 0).numpy()).save(place / f"{position:06d}.png")
