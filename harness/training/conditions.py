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
from torch import Tensor, nn

from harness.data.load import load_test
from harness.model.preprocessing import Preprocessing
from harness.spec.spec import Spec
from harness.spec.streams import stream
from harness.spec.variants import load_variant
from harness.training.evaluate import Answers
from harness.training.evaluation import TestHandling
from harness.training.evaluation_inputs import Inputs
from harness.training.flip import expected_cost, flip
from harness.training.hardware import Hardware
from harness.training.memory import peak_bytes

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
        ImpossibleCell: the condition does not exist for these weights.
    """
    chosen: TestHandling = load_variant("harness.training.evaluation", spec.evaluation.name)(
        spec, TestHandling(preprocessing)
    )
    return chosen


def evaluate_under(spec: Spec, model: nn.Module, preprocessing: Preprocessing, hardware: Hardware) -> Tested:
    """Evaluate the trained model on the test part, properly and under the run's condition, on whole images.

    Seconds are those of an image, decoding left out: the median over batches (properly over the first few), after one
    that is not counted. Peak memory is that of one batch of `evaluation.batch_size` images: what a loop holds that
    keeps its predictions and nothing else. The model is left as it was found. Where answers are flipped, the block says
    how many points of top-1 that costs on average.
    """
    chosen = handling(spec, preprocessing)
    block: dict[str, Any] = {"name": spec.evaluation.name, "batch_size": spec.evaluation.batch_size, **asdict(chosen)}
    for prefix, way in (("proper_", TestHandling(preprocessing)), ("", chosen)):
        images = load_test(spec.data, way.preprocessing.interpolation, way.preprocessing.crop, way.squashed)
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
