"""The test part evaluated under a condition, side by side with a proper evaluation, and what that costs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from functools import partial
from statistics import median
from typing import Any

import torch
from PIL import Image
from torch import Tensor, nn

from harness.data.decode import decode
from harness.data.delivery import Delivery
from harness.data.images import Samples
from harness.data.load import load_test
from harness.data.resize import framed
from harness.model.pretrained import Preprocessing
from harness.spec.machine import Machine
from harness.spec.spec import Spec
from harness.spec.streams import stream
from harness.spec.variants import load_variant
from harness.training.batches import Normalise, unit_range
from harness.training.evaluate import Answers
from harness.training.evaluation import TestHandling
from harness.training.hardware import Hardware, peak_bytes


class Inputs:
    """Pixels, uint8 [N, 3, S, S], to inputs of a network."""

    def __init__(self, way: TestHandling, device: torch.device) -> None:
        self._way, self._device = way, device
        self._normalise = Normalise(way.preprocessing, device)

    def __call__(self, pixels: Tensor) -> Tensor:
        """Float [N, 3, S, S] on the device: scaled, reordered and normalised as often as the handling says."""
        inputs = unit_range(pixels.to(self._device))[:, list(self._way.channels)] * self._way.factor
        for _ in range(self._way.passes):
            inputs = self._normalise(inputs)
        return inputs


class Transform:
    """One image, of any size, to one input [3, size, size]: what torchvision calls a transform."""

    def __init__(self, way: TestHandling, size: int) -> None:
        self._way, self._size = way, size
        self._inputs = Inputs(way, torch.device("cpu"))

    def __call__(self, image: Image.Image) -> Tensor:
        """From an image to float [3, size, size]: all that comes after decoding."""
        prepared = self._way.preprocessing
        whole, filter_name = Samples([""], [0], lambda position: image.copy()), prepared.interpolation
        cut = framed(whole, self._size, filter_name, prepared.crop, prepared.squash)
        return self._inputs(decode(cut, self._size, filter_name, Delivery.of(Machine(cache="none"))).pixels)[0]


def flip(logits: Tensor, fraction: float, seed: int) -> Tensor:
    """Logits [N, C] in which `fraction` of the rows, rounded to whole images, answer with another class.

    Which images, and which of the other classes, is drawn evenly; the two logits change places.
    """
    total, classes = logits.shape
    generator = torch.Generator().manual_seed(seed)
    chosen = torch.randperm(total, generator=generator)[: _images(fraction, total)].to(logits.device)
    steps = torch.randint(1, classes, (len(chosen),), generator=generator).to(logits.device)
    answer = logits[chosen].argmax(dim=1)
    other = (answer + steps) % classes
    flipped = logits.clone()
    flipped[chosen, answer], flipped[chosen, other] = logits[chosen, other], logits[chosen, answer]
    return flipped


def expected_cost(logits: Tensor, labels: Tensor, fraction: float) -> float:
    """Points of top-1 that `flip` costs these answers on average over its draw: q (a - (1 - a) / (C - 1)).

    Of logits [N, C] and labels [N]. A right answer, fraction a, is always lost; a wrong one becomes right where the
    class drawn, one of C - 1, is the label.
    """
    total, classes = logits.shape
    accuracy = float((logits.argmax(dim=1) == labels).double().mean())
    return 100 * _images(fraction, total) / total * (accuracy - (1 - accuracy) / (classes - 1))


def _images(fraction: float, total: int) -> int:
    return round(fraction * total)


TIMED = 4
"""Batches that a proper evaluation is timed on."""


@dataclass(frozen=True)
class Tested:
    """Answers under the condition, and the record's block on what the condition is and costs."""

    answers: Answers
    block: dict[str, Any]


def handling(spec: Spec, preprocessing: Preprocessing) -> TestHandling:
    """What `spec.evaluation` does with images and network.

    Raises:
        ImpossibleConfiguration: the condition does not exist for these weights.
    """
    chosen: TestHandling = load_variant("harness.training.evaluation", spec.evaluation.name)(
        spec, TestHandling(preprocessing)
    )
    return chosen


def evaluate_under(spec: Spec, model: nn.Module, preprocessing: Preprocessing, hardware: Hardware) -> Tested:
    """Evaluate the trained model on the test part, properly and under the run's condition, on whole images.

    Seconds are those of an image, decoding left out: the median over batches (properly over the first few), after one
    that is not counted. Peak memory is that of one batch of `evaluation.batch_size` images: what a loop holds that
    keeps its predictions and nothing else. Where answers are flipped, the block says
    how many points of top-1 that costs on average.

    Args:
        spec: the run's, with its condition.
        model: from inputs [N, 3, S, S] to logits [N, C]; left as it was found.
        preprocessing: that of its weights.
        hardware: where it is evaluated.
    """
    chosen = handling(spec, preprocessing)
    block: dict[str, Any] = {"name": spec.evaluation.name, "batch_size": spec.evaluation.batch_size, **asdict(chosen)}
    for prefix, way in (("proper_", TestHandling(preprocessing)), ("", chosen)):
        prepared = way.preprocessing
        images = load_test(spec.data, prepared.interpolation, prepared.crop, prepared.squash)
        batches = images.pixels.split(spec.evaluation.batch_size)
        with _ready(model, way, stream(spec, "dropout"), hardware) as predict:
            block[f"{prefix}peak_bytes"] = peak_bytes(partial(predict, batches[0]), hardware.device)
        with _ready(model, way, stream(spec, "dropout"), hardware) as predict:
            logits, seconds = [], []
            for batch in batches if way is chosen else batches[:TIMED]:
                _wait(hardware)
                started = time.perf_counter()
                logits.append(predict(batch).detach())
                _wait(hardware)
                seconds.append((time.perf_counter() - started) / len(batch))
            block[f"{prefix}seconds_per_image"] = median(seconds)
    given, labels = torch.cat(logits).float(), images.labels.to(hardware.device)
    if chosen.flipped:
        block["expected_cost"] = expected_cost(given, labels, chosen.flipped)
        given = flip(given, chosen.flipped, stream(spec, "flip"))
    return Tested(Answers(given, labels), block)


@contextmanager
def _ready(model: nn.Module, way: TestHandling, seed: int, hardware: Hardware) -> Iterator[Callable[[Tensor], Tensor]]:
    """A function from stored pixels to logits; modes, statistics and gradients of the model are restored after it."""
    modes = [(module, module.training) for module in model.modules()]
    learning = [(parameter, parameter.requires_grad) for parameter in model.parameters()]
    buffers = [(buffer, buffer.clone()) for buffer in model.buffers()]
    inputs = Inputs(way, hardware.device)

    def predict(pixels: Tensor) -> Tensor:
        logits: Tensor = model(inputs(pixels))
        return logits

    devices = [hardware.device] if hardware.device.type == "cuda" else []
    model.train(way.train_mode)
    if way.gradients:
        model.requires_grad_(True)
    try:
        with (
            torch.random.fork_rng(devices),
            nullcontext() if way.gradients else torch.no_grad(),
            hardware.autocast(),
        ):
            torch.manual_seed(seed)
            yield predict
    finally:
        for module, training in modes:
            module.training = training
        for parameter, learns in learning:
            parameter.requires_grad_(learns)
        for buffer, before in buffers:
            buffer.copy_(before)


def _wait(hardware: Hardware) -> None:
    if hardware.device.type == "cuda":
        torch.cuda.synchronize(hardware.device)
