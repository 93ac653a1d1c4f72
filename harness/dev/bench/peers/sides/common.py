"""What programs share: options, the network with its weights, images in torchvision's way, and the last line."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import timm
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torchvision.datasets import ImageFolder
from torchvision.transforms import CenterCrop, Compose, InterpolationMode, Normalize, Resize, ToTensor

PROBE = "linear_probe"


def options() -> argparse.Namespace:
    """The options of a program: `data` holds train/, val/ and test/, a folder for each class in them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    for name in ("model", "weights", "transfer", "interpolation"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("classes", "epochs", "seed", "size", "batch-size", "workers", "threads"):
        parser.add_argument(f"--{name}", type=int, required=True)
    for name in ("lr", "weight-decay"):
        parser.add_argument(f"--{name}", type=float, required=True)
    for name in ("mean", "std"):
        parser.add_argument(f"--{name}", type=float, nargs=3, required=True)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    torch.manual_seed(asked.seed)
    return asked


def network(asked: argparse.Namespace) -> nn.Module:
    """timm's model with the weights of a file and a new head, channels last; of a probe the head alone learns."""
    model: nn.Module = timm.create_model(
        asked.model,
        pretrained=True,
        pretrained_cfg_overlay={"file": asked.weights, "custom_load": False},
        num_classes=asked.classes,
    ).to(memory_format=torch.channels_last)
    if asked.transfer == PROBE:
        model.requires_grad_(False)
        model.get_classifier().requires_grad_(True)  # type: ignore[operator]
    return model


def images(asked: argparse.Namespace, part: str) -> ImageFolder:
    """Centre squares, resized and normalised."""
    steps = [
        Resize(asked.size, InterpolationMode(asked.interpolation)),
        CenterCrop(asked.size),
        ToTensor(),
        Normalize(asked.mean, asked.std),
    ]
    return ImageFolder(str(asked.data / part), Compose(steps))


def learns(model: nn.Module, asked: argparse.Namespace) -> None:
    """Training mode; a frozen backbone stays in eval mode, as its BatchNorm would move otherwise."""
    model.train(asked.transfer != PROBE)


@torch.no_grad()
def evaluated(model: Callable[[Tensor], Tensor], batches: Iterable[tuple[Tensor, Tensor]]) -> tuple[float, float]:
    """Mean loss in nats and top-1 in percent; the model is in eval mode already."""
    loss = right = count = 0.0
    for inputs, labels in batches:
        logits = model(inputs.contiguous(memory_format=torch.channels_last))
        loss += float(cross_entropy(logits, labels, reduction="sum"))
        right += float((logits.argmax(1) == labels).sum())
        count += len(labels)
    return loss / count, 100 * right / count


class Told:
    """What a program says at its end, in one line of JSON; made when everything is imported."""

    def __init__(self) -> None:
        self.ready = time.time()
        self._steps = self._images = self._evaluated = 0
        self._sizes: set[tuple[int, ...]] = set()
        self._types: set[str] = set()

    def watch(self, network: nn.Module) -> None:
        """Count what the network is given: with gradients a step's images [B, 3, S, S], without them evaluated ones."""
        network.register_forward_pre_hook(self._seen)

    def _seen(self, network: nn.Module, given: tuple[Tensor, ...]) -> None:
        inputs = given[0]
        if not torch.is_grad_enabled():
            self._evaluated += len(inputs)
            return
        self._steps, self._images = self._steps + 1, self._images + len(inputs)
        self._sizes.add(tuple(inputs.shape))
        self._types.add(str(inputs.dtype).removeprefix("torch."))

    def end(self, train_s: float, optimizer: object, test: tuple[float, float]) -> None:
        """Print it.

        Args:
            train_s: seconds of the epochs, validation included.
            optimizer: what learnt.
            test: loss and top-1 of the test part.
        """
        found = {
            "ready": self.ready,
            "train_s": train_s,
            "steps": self._steps,
            "images": self._images,
            "evaluated": self._evaluated,
            "shapes": sorted(self._sizes),
            "precision": sorted(self._types),
            "optimizer": type(optimizer).__name__.lower(),
            "threads": torch.get_num_threads(),
            "test_loss": test[0],
            "test_top1": test[1],
        }
        print(json.dumps(found), flush=True)
