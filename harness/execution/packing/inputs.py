"""The inputs of all runs of a pack, and their answers in evaluation."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import torch
from torch import Tensor

from harness.execution.packing.packed_run import PackedRun
from harness.execution.packing.program import Program
from harness.training.batches import Batches
from harness.training.evaluate import Answers
from harness.training.hardware import Hardware
from harness.training.learner import InputSource, prefetched
from harness.training.setup import Setup


class PackInputs(Protocol):
    """Where the batches of a pack come from."""

    def __call__(self, batches: Tensor) -> Iterator[Tensor]:
        """From an epoch's indices [K, steps, B] to the inputs of each step, [K, B, ...]."""


class PackedInputs:
    """Each run's inputs as it would take them by itself; by one gather for all where that is what they are made of."""

    def __init__(self, runs: Sequence[PackedRun]) -> None:
        self._sources = sources_of(runs)
        self._augmentations = [run.augmentation for run in runs]

    def __call__(self, batches: Tensor) -> Iterator[Tensor]:
        """Batch by batch, augmented from each run's own stream."""
        joint = self._joint()
        return self._each(batches) if joint is None else map(joint, batches.unbind(1))

    def _joint(self) -> Callable[[Tensor], Tensor] | None:
        first, sources = self._sources[0], self._sources
        if not isinstance(first, Batches) or not one_source(sources):
            return None
        if not any(isinstance(source, Batches) and source.draws for source in sources):
            return lambda index: gathered(sources, index)
        if first.gathers and all(
            isinstance(source, Batches) and source.transforms == first.transforms for source in sources
        ):
            return lambda index: first.gathered(index, self._augmentations)
        return None

    def _each(self, batches: Tensor) -> Iterator[Tensor]:
        own = [
            prefetched(source, list(order), augmentation)
            for source, order, augmentation in zip(self._sources, batches, self._augmentations, strict=True)
        ]
        for each in zip(*own, strict=True):
            yield torch.stack(each)


def sources_of(runs: Sequence[PackedRun]) -> list[InputSource]:
    """Where the runs' training batches come from."""
    return [run.learner.source for run in runs]


def one_source(sources: Sequence[InputSource]) -> bool:
    """Whether all give the same inputs at the same indices, where nothing is drawn."""
    return len({source.source if isinstance(source, Batches) else source for source in sources}) == 1


def gathered(sources: Sequence[InputSource], index: Tensor) -> Tensor:
    """The inputs of all runs, [K, B, ...], from indices [K, B], without augmentation."""
    if one_source(sources):
        inputs: Tensor = sources[0](index.flatten(), None).unflatten(0, index.shape)
        return inputs
    return torch.stack([source(own, None) for source, own in zip(sources, index, strict=True)])


Part = tuple[InputSource, Tensor, Tensor]
"""Where the inputs of a part of the data come from, indices [N] and labels [N]."""


BATCHES = 4
"""So many training batches at once: a step of training keeps what every layer gives, this what one or two do."""


class PackEvaluator:
    """Evaluates runs by their pack's program on a GPU, where launching kernels takes the time.

    None stands for a run that is to be evaluated by itself: all of them elsewhere, and where parts differ in size.
    """

    def __init__(self, program: Program, runs: Sequence[PackedRun], hardware: Hardware) -> None:
        self._program, self._hardware = program, hardware
        self._setups = [run.setup for run in runs]
        self._at_once = BATCHES * runs[0].batch_size

    def validate(self) -> Sequence[Answers | None]:
        """To the validation part."""
        return self._answers(lambda setup: setup.validation)

    def test(self) -> Sequence[Answers | None]:
        """To the test part; training has come to its end."""
        return self._answers(lambda setup: setup.test)

    def _answers(self, part_of: Callable[[Setup], Part]) -> Sequence[Answers | None]:
        unanswered = [None for _ in self._setups]
        if self._hardware.device.type != "cuda":
            return unanswered
        started = time.perf_counter()
        parts = [part_of(setup) for setup in self._setups]
        found = answer_at_once(self._program, parts, self._hardware, self._at_once)
        torch.cuda.synchronize(self._hardware.device)
        for setup in self._setups:
            setup.clock.add("eval_s", (time.perf_counter() - started) / len(self._setups))
        return unanswered if found is None else found


def answer_at_once(program: Program, parts: Sequence[Part], hardware: Hardware, at_once: int) -> list[Answers] | None:
    """Each run's answers to its part, so many of its images at once; None where parts differ in size."""
    sources, indices, labels = zip(*parts, strict=True)
    if len({len(index) for index in indices}) > 1:
        return None
    with hardware.autocast():
        logits = [program.evaluate(gathered(sources, index)) for index in torch.stack(indices).split(at_once, dim=1)]
    every = torch.cat(logits, dim=1).float()
    return [Answers(own, known) for own, known in zip(every, labels, strict=True)]
