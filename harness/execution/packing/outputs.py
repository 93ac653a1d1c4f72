"""The answers of all runs of a pack at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from harness.execution.packing.inputs import taken_together
from harness.execution.packing.packed_run import PackedRun
from harness.execution.packing.program import Program
from harness.training.evaluate import Answers
from harness.training.hardware import Hardware
from harness.training.learner import InputSource
from harness.training.setup import Setup

Part = tuple[InputSource, Tensor, Tensor]
"""Where the inputs of a part of the data come from, indices [N] and labels [N]."""


BATCHES = 4
"""So many training batches at once: a step of training keeps what every layer gives, this what one or two do."""


class PackEvaluator:
    """Evaluates runs by their pack's program on a GPU, where launching kernels takes the time.

    None stands for a run that is to be evaluated by itself: all of them elsewhere, and where parts differ in size.
    """

    def __init__(self, program: Program, members: Sequence[PackedRun], hardware: Hardware) -> None:
        self._program, self._hardware = program, hardware
        self._setups = [member.setup for member in members]
        self._at_once = BATCHES * members[0].batch_size

    def validate(self) -> Sequence[Answers | None]:
        """To the validation part."""
        return self._answers(lambda setup: setup.validation)

    def test(self) -> Sequence[Answers | None]:
        """To the test part; training has come to its end."""
        return self._answers(lambda setup: setup.test)

    def _answers(self, part_of: Callable[[Setup], Part]) -> Sequence[Answers | None]:
        nobody = [None for _ in self._setups]
        if self._hardware.device.type != "cuda":
            return nobody
        started = time.perf_counter()
        parts = [part_of(setup) for setup in self._setups]
        found = answer_together(self._program, parts, self._hardware, self._at_once)
        torch.cuda.synchronize(self._hardware.device)
        for setup in self._setups:
            setup.clock.add("eval_s", (time.perf_counter() - started) / len(self._setups))
        return nobody if found is None else found


def answer_together(program: Program, parts: Sequence[Part], hardware: Hardware, at_once: int) -> list[Answers] | None:
    """Each run's answers to its part, so many of its images at once; None where parts differ in size."""
    takes, indices, labels = zip(*parts, strict=True)
    if len({len(index) for index in indices}) > 1:
        return None
    with hardware.autocast():
        logits = [
            program.evaluate(taken_together(takes, index)) for index in torch.stack(indices).split(at_once, dim=1)
        ]
    every = torch.cat(logits, dim=1).float()
    return [Answers(own, known) for own, known in zip(every, labels, strict=True)]
