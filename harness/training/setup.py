"""A run set up: its data opened, its model built, its transfer strategy at hand; nothing is measured or trained yet."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cached_property

import torch
from torch import Tensor

from harness.data.grey import require_grey
from harness.data.images import Dataset, Images
from harness.data.load import load
from harness.data.measure import positive_class
from harness.data.split import split
from harness.model.build import Built
from harness.records.record import now
from harness.spec.machine import Machine
from harness.spec.spec import Spec, in_force
from harness.spec.streams import stream
from harness.spec.variants import load_variant
from harness.training.evaluate import Answers, answer
from harness.training.hardware import Clock, Hardware, MachineUsage
from harness.training.hybrids.build import image_preprocessing, prepare, twin
from harness.training.learner import InputSource, Learner
from harness.training.loop import Training
from harness.training.step import Step

Prepare = Callable[[Spec, Dataset, Tensor, torch.device], Built]


class Setup:
    """What a run is made of before its first step.

    The caller's random numbers are drawn on; whoever needs them unchanged sets up inside `torch.random.fork_rng`.

    Args:
        spec: the run.
        machine: how images are delivered.
        hardware: where the model is put.
        make: builds the model.
        twin_of: a run that begins exactly as this one, whose training has not begun yet; a copy of its model is taken.

    Raises:
        RequestError: data or model cannot be loaded or built as requested.
        ImpossibleConfiguration: this architecture cannot do it.
    """

    def __init__(
        self,
        spec: Spec,
        machine: Machine,
        hardware: Hardware,
        make: Prepare = prepare,
        *,
        twin_of: Setup | None = None,
    ) -> None:
        self.spec, self.hardware = spec, hardware
        self.clock, self.began, self.started = Clock(hardware.device), time.perf_counter(), now()
        self.usage = MachineUsage(hardware.device)
        with self.clock.measure("data_s"):
            prepared = image_preprocessing(spec)
            self.dataset = load(spec.data, prepared.interpolation, machine, crop=prepared.crop, squash=prepared.squash)
            if spec.backbone.in_chans == 1:
                require_grey(self.dataset.train, "training")
            self.train_index, self.val_index = split(self.dataset.train, spec.data.val_fraction, stream(spec, "split"))
            self.labels = self.dataset.train.labels.to(hardware.device)
            self.positive = (
                -1 if self.dataset.multilabel else positive_class(spec.metrics.positive, self.dataset.classes)
            )
        with self.clock.measure("create_s"):
            if twin_of is None:
                self.built = make(spec, self.dataset, self.train_index, hardware.device)
            else:
                self.built = twin(twin_of.built)
        with self.clock.measure("features_s"):
            self.learner: Learner = load_variant("harness.training.transfer", spec.transfer.name)(
                in_force(spec), self.built, self.dataset.train, hardware.device
            )
        self._val = self.val_index.to(hardware.device)

    def training(self, parts: int = 1, step: type[Step] = Step) -> Training:
        """What trains it by itself; each batch in `parts`, if not all fits at once, each step computed by `step`."""
        classes = len(self.dataset.classes)
        what = (self.spec, self.learner, self.labels, self.train_index, classes, self.hardware)
        return Training(*what, parts, step)

    @property
    def validation(self) -> tuple[InputSource, Tensor, Tensor]:
        """Where the validation part's inputs come from, its indices [N] and labels [N]."""
        return self.learner.source, self._val, self.labels[self._val]

    @cached_property
    def test(self) -> tuple[InputSource, Tensor, Tensor]:
        """The same of the test part: indices [N] and labels [N]."""
        images, device = self.test_images, self.hardware.device
        return self.learner.source_of(images), torch.arange(len(images), device=device), images.labels.to(device)

    @cached_property
    def test_images(self) -> Images:
        """Read when they are first asked for: after training."""
        with self.clock.measure("data_s"):
            images = self.dataset.load_test()
            if self.spec.backbone.in_chans == 1:
                require_grey(images, "test")
            return images

    def validate(self, asked: Learner) -> Answers:
        """A learner's answers to the validation part."""
        with self.clock.measure("eval_s"):
            return answer(asked, asked.source, self._val, self.labels[self._val], self.hardware)
