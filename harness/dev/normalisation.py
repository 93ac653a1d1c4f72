"""`python -m harness.dev.normalisation`: what packaged weights answer, and what another mean and deviation costs them.

Of each network that a package carries: photographs of daisies, an ImageNet class, named by its own classifier at its
own resolution; and linear probes on two sets of images. Each three times: normalised as the weights were trained, by
0.5 and 0.5 as timm has it for them, and by ImageNet's mean and deviation, in training and test alike. The recipe of the
probes was fixed before they were run. Needs the images that HARNESS_ASSETS points to; writes results/normalisation/.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from timm.data import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD, IMAGENET_INCEPTION_MEAN, IMAGENET_INCEPTION_STD
from timm.models import get_pretrained_cfg
from torch import Tensor

from harness.data.images import Dataset
from harness.data.load import load
from harness.dev.publish import as_csv
from harness.model.build import Built, build
from harness.model.pretrained import Preprocessing
from harness.records.store import write_text
from harness.spec.machine import Machine
from harness.spec.packaged import TABLE
from harness.spec.spec import Data, Spec
from harness.training.batches import Normalise
from harness.training.hybrids.build import prepare
from harness.training.run import run, settle
from harness.training.setup import Setup

DAISY, CLASSES = 985, 1000
CPU = Machine(device="cpu", threads=1, monitors=False)
BATCH = 55
SEEDS = range(8)
RECIPE = {"optimizer": "adamw", "lr": 3e-3, "epochs": 5, "batch_size": 32}
CHOICES: dict[str, dict[str, Any]] = {
    "as trained": {},
    "half": {"mean": IMAGENET_INCEPTION_MEAN, "std": IMAGENET_INCEPTION_STD},
    "imagenet": {"mean": IMAGENET_DEFAULT_MEAN, "std": IMAGENET_DEFAULT_STD},
}
"""What takes the place of the weights' own mean and deviation."""


def by_another(spec: Spec, choice: str, machine: Machine = CPU) -> float:
    """Test top-1 of a run, in percent, whose images are normalised as `choice` says, all through."""

    def make(spec: Spec, dataset: Dataset, train: Tensor, device: torch.device) -> Built:
        built = prepare(spec, dataset, train, device)
        return replace(built, preprocessing=replace(built.preprocessing, **CHOICES[choice]))

    with torch.random.fork_rng():
        setup = Setup(spec, machine, settle(machine), make)
    return float(run(spec, machine, setup=setup).metrics["top1"])


def probes(images: Path) -> Iterator[dict[str, Any]]:
    """A row for each run."""
    sets = {
        "digits": {"name": "digits", "size": 64},
        "flowers5": {"name": "imagefolder", "path": images / "flowers5", "size": 96},
    }
    for known in TABLE:
        for name, data in sets.items():
            for choice in CHOICES:
                for seed in SEEDS:
                    fields = {"data": data, "recipe": RECIPE, "transfer": {"name": "linear_probe"}, "seed": seed}
                    top1 = by_another(_spec(known.architecture, creation={"name": "swap_head"}, **fields), choice)
                    named = {"network": known.architecture, "data": name, "normalisation": choice}
                    yield {**named, "seed": seed, "top1": f"{top1:.3f}"}


def daisies(images: Path) -> Iterator[dict[str, Any]]:
    """A row for each network and normalisation: how many daisies, and how many other flowers, it calls a daisy."""
    for known in TABLE:
        side = get_pretrained_cfg(known.architecture).input_size[-1]
        built = build(_spec(known.architecture), CLASSES)
        data = Data(name="imagefolder", path=images / "flowers5", size=side)
        dataset = load(data, built.preprocessing.interpolation)
        train, test, daisy = dataset.train, dataset.load_test(), dataset.classes.index("daisy")
        known_class = torch.cat([part.pixels[part.labels == daisy] for part in (train, test)])
        others = test.pixels[test.labels != daisy]
        for choice, other in CHOICES.items():
            preprocessing = replace(built.preprocessing, **other)
            called, wrongly = (_called(built, preprocessing, pixels) == DAISY for pixels in (known_class, others))
            yield {
                "network": known.architecture, "side": side, "normalisation": choice,
                "daisies": len(called), "called_daisy": int(called.sum()),
                "others": len(wrongly), "others_called_daisy": int(wrongly.sum()),
            }  # fmt: skip


def _spec(architecture: str, **groups: Any) -> Spec:
    return Spec.model_validate({"backbone": {"name": architecture}, "weights": {"name": "package"}, **groups})


def _called(built: Built, preprocessing: Preprocessing, pixels: Tensor) -> Tensor:
    """The class [N] of each image, uint8 [N, 3, S, S]."""
    inputs = Normalise(preprocessing, torch.device("cpu"))
    with torch.inference_mode():
        return torch.cat([built.model.eval()(inputs.stored(batch)).argmax(1) for batch in pixels.split(BATCH)])


TABLES = {"daisies": daisies, "probes": probes}


def main() -> None:
    """Write both tables, or the one that is named."""
    parser = argparse.ArgumentParser(description="what another mean and deviation costs a package's weights")
    parser.add_argument("--only", choices=TABLES)
    parser.add_argument("--to", type=Path, default=Path("results/normalisation"))
    asked = parser.parse_args()
    torch.set_num_threads(1)
    for name, rows in TABLES.items():
        if asked.only in (None, name):
            found = list(rows(Path(os.environ["HARNESS_ASSETS"]) / "images"))
            write_text(asked.to / f"{name}.csv", as_csv(list(found[0]), found))


if __name__ == "__main__":
    main()
