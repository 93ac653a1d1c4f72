"""The runs that are timed, and the same images as a folder for a script."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from harness.data.load import load
from harness.data.split import split
from harness.dev.bench.pipeline.sides import write_photographs
from harness.model.build import find_weights
from harness.model.pretrained import preprocessing
from harness.spec.paths import bundled_file
from harness.spec.spec import Backbone, Data, Recipe, Spec, Transfer, Weights
from harness.spec.streams import stream

BACKBONE = "test_efficientnet"
RATES = (3e-4, 1e-3, 3e-3, 1e-2)
FULL, PROBE, PHOTOGRAPHS = "full", "linear_probe", "photographs"
SINGLE = "single"
"""A step as `sequential` and `processes` take it."""


@dataclass(frozen=True)
class BenchTask:
    """Fine-tunings on the same images; they differ in seed and learning rate.

    `scripted` runs are trained by a script each, `swept` ones by an executor that packs, in one sweep for each number,
    `single` ones by an executor that trains run by run, None for as many as in the first sweep. Images are the digits,
    or so many made `photographs`, from which the network learns from the beginning: JPEG files that have to be decoded.
    """

    name: str
    scripted: int
    swept: tuple[int, ...]
    epochs: int
    single: int | None = None
    transfer: str = "full"
    backbone: str = BACKBONE
    size: int = 32
    photographs: int | None = None

    def spec(self, number: int, folder: Path) -> Spec:
        """A run on images in a folder that `write_folder` wrote; one split for all, so that all see the same images."""
        data = {"name": "digits"} if self.photographs is None else {"name": "imagefolder", "path": folder / PHOTOGRAPHS}
        return Spec(
            backbone=Backbone(name=self.backbone),
            weights=Weights(name="bundled" if self.photographs is None else "none"),
            data=Data.model_validate({**data, "size": self.size, "split": 0}),
            transfer=Transfer(name=self.transfer),
            recipe=Recipe(
                lr=RATES[number % len(RATES)], weight_decay=0.05, epochs=self.epochs, batch_size=64, schedule="cosine"
            ),
            seed=number // len(RATES),
        )


TASKS = (BenchTask(FULL, 4, (16,), 5), BenchTask(PROBE, 4, (64,), 5, transfer="linear_probe"))
LARGE = BenchTask(PHOTOGRAPHS, 2, (2,), 5, backbone="resnet50", size=224, photographs=800)
"""What a GPU is for; too much for a few cores."""


def task_of(name: str) -> BenchTask:
    """The task of that name."""
    return next(task for task in (*TASKS, LARGE) if task.name == name)


def script_arguments(task: BenchTask, number: int, folder: Path) -> list[str]:
    """What the script is told of a run."""
    spec = task.spec(number, folder)
    prepared = preprocessing(spec, find_weights(spec))
    weights = [] if task.photographs else ["--weights", str(bundled_file(task.backbone))]
    return [
        *("--data", str(folder), "--model", task.backbone, *weights, "--classes", "2" if task.photographs else "10"),
        *("--transfer", task.transfer, "--epochs", str(task.epochs), "--lr", str(spec.recipe.lr)),
        *("--seed", str(spec.seed), "--size", str(spec.data.size), "--interpolation", prepared.interpolation),
        *("--mean", *map(str, prepared.mean), "--std", *map(str, prepared.std)),
    ]


def write_folder(task: BenchTask, folder: Path) -> None:
    """The images of the runs as files in `train/`, `validation/` and `test/`, a folder for each class."""
    if task.photographs:
        write_photographs(folder / PHOTOGRAPHS, task.photographs)
    spec = task.spec(0, folder)
    dataset = load(spec.data, preprocessing(spec, find_weights(spec)).interpolation)
    learnt, validated = split(dataset.train, spec.data.val_fraction, stream(spec, "split"))
    test = dataset.load_test()
    parts = {"train": (dataset.train, learnt.tolist()), "validation": (dataset.train, validated.tolist())}
    for part, (images, index) in {**parts, "test": (test, list(range(len(test))))}.items():
        for position in index:
            place = folder / part / f"{int(images.labels[position]):03d}"
            place.mkdir(parents=True, exist_ok=True)
            if task.photographs and images.names:
                file = folder / PHOTOGRAPHS / images.names[position]
                (place / file.name).symlink_to(file)
            else:
                pixels = images.pixels[position].permute(1, 2, 0).numpy()
                Image.fromarray(pixels).save(place / f"{position:06d}.png")
