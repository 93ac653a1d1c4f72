"""What is trained: EfficientNet-Lite0 with its real weights at 96 px on digits and flowers, whole or its head."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torchvision.datasets import ImageFolder

from harness.data.open import opened
from harness.model.build import find_weights
from harness.model.pretrained import preprocessing
from harness.spec.spec import Backbone, Data, Spec, Weights

BACKBONE, SIZE, BATCH = "tf_efficientnet_lite0", 96, 64
LR = 1e-3
WEIGHT_DECAY = 0.0
"""None when fine-tuning (Kolesnikov et al. 2020, "Big Transfer"); each program would decay other parameters:
transformers' Trainer the weights of BatchNorm too, timm neither those nor biases, a bare loop all."""
EPOCHS = 5
"""Of full fine-tuning; each side validates after each one, and tests once after the last."""

PARTS = {"train": 640, "val": 160, "test": 200}
"""Images of each part; those of training fill whole batches, as the programs differ in what becomes of a rest."""

SETS = ("digits", "flowers5")
FULL, PROBE = "full", "linear_probe"
RUNS = 16
"""Of a sweep; a program is started once for each."""


@dataclass(frozen=True)
class PeerTask:
    """`runs` trainings on a data set that differ in their seed; of those, every program is timed with one."""

    name: str
    data: str
    transfer: str
    epochs: int
    runs: int = 1


TASKS = tuple(
    task
    for data in SETS
    for task in (
        PeerTask(f"{data}, full", data, FULL, EPOCHS),
        PeerTask(f"{data}, {RUNS} full", data, FULL, EPOCHS, RUNS),
        PeerTask(f"{data}, {RUNS} probes", data, PROBE, 30, RUNS),
    )
)


def write_set(name: str, folder: Path) -> Path:
    """The images of a set as files: train/, val/ and test/, a folder for each class, in equal numbers of each class.

    Digits become PNG files of their own 8 × 8 pixels; photographs are linked to.

    Raises:
        SystemExit: the photographs are not at hand.
    """
    for part, paths in (_digits(folder) if name == "digits" else _photographs(name)).items():
        for label, path in paths:
            place = folder / "set" / part / label / path.name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(path)
    return folder / "set"


Labelled = list[tuple[str, Path]]


def _digits(folder: Path) -> dict[str, Labelled]:
    source, found = opened(Data(name="digits")), dict[str, Labelled]()
    for part, samples in (("train", source.train), ("test", source.test())):
        (folder / "digits" / part).mkdir(parents=True)
        found[part] = [
            (str(label), folder / "digits" / part / f"{at:04d}.png") for at, label in enumerate(samples.labels)
        ]
        for at, (_, path) in enumerate(found[part]):
            samples.open(at).save(path)
    return _cut(found["train"], found["test"])


def _photographs(name: str) -> dict[str, Labelled]:
    if not (assets := os.environ.get("HARNESS_ASSETS")):
        raise SystemExit(f"{name} lies in the folder that HARNESS_ASSETS names, and it names none")
    stored = [ImageFolder(str(Path(assets) / "images" / name / part)) for part in ("train", "val")]
    train, test = ([(each.classes[label], Path(path)) for path, label in each.samples] for each in stored)
    return _cut(train, test)


def _cut(train: Labelled, test: Labelled) -> dict[str, Labelled]:
    learnt = _evenly(train, PARTS["train"] + PARTS["val"])
    return {"train": learnt[: PARTS["train"]], "val": learnt[PARTS["train"] :], "test": _evenly(test, PARTS["test"])}


def _evenly(paths: Labelled, count: int) -> Labelled:
    """So many of them, one of each class in turn, in an order that is drawn."""
    waiting = defaultdict[str, Labelled](list)
    for at in np.random.default_rng(0).permutation(len(paths)):
        waiting[paths[at][0]].append(paths[at])
    rounds = (own[turn] for turn in range(count) for own in waiting.values() if turn < len(own))
    return [path for path, _ in zip(rounds, range(count), strict=False)]


def program_words(task: PeerTask, folder: Path, seed: int, workers: int, threads: int) -> list[str]:
    """What a program is told."""
    spec = Spec(backbone=Backbone(name=BACKBONE), weights=Weights(name="package"), data=Data(name="digits", size=SIZE))
    weights = find_weights(spec)
    prepared = preprocessing(spec, weights)
    told = {
        "data": folder, "model": BACKBONE, "weights": weights.file, "transfer": task.transfer,
        "interpolation": prepared.interpolation, "classes": len(list((folder / "train").iterdir())),
        "epochs": task.epochs, "seed": seed, "size": SIZE, "batch-size": BATCH, "workers": workers, "threads": threads,
        "lr": LR, "weight-decay": WEIGHT_DECAY,
    }  # fmt: skip
    words = [word for key, value in told.items() for word in (f"--{key}", str(value))]
    return [*words, "--mean", *map(str, prepared.mean), "--std", *map(str, prepared.std)]


def command_words(task: PeerTask, folder: Path, out: Path, seed: int) -> list[str]:
    """The command line of this package that does the same; of several runs a sweep with its report."""
    seeds = [f"seed={seed}"] if task.runs == 1 else ["-m", f"seed=range({seed},{seed + task.runs})"]
    return [
        *seeds, f"backbone={BACKBONE}", "weights=package", "data=imagefolder", f"data.path={folder}",
        f"data.size={SIZE}", f"transfer={task.transfer}", f"recipe.epochs={task.epochs}",
        f"recipe.batch_size={BATCH}", "recipe.optimizer=adamw", f"recipe.lr={LR}",
        f"recipe.weight_decay={WEIGHT_DECAY}", "recipe.schedule=cosine", "tracking=none", f"out={out}",
    ]  # fmt: skip
