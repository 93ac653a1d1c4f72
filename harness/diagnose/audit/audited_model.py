"""A model with what its user said about it, and the passes through it that everything else is measured on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from harness.diagnose.audit._inputs import IGNORED, MOST_IMAGES
from harness.diagnose.audit._library import written
from harness.diagnose.audit._passes import FEW, Pass, answer, connected
from harness.diagnose.audit._plan import Plan
from harness.diagnose.audit._undisturbed import mode
from harness.diagnose.audit.images import BATCH, channel_counts, sides, synthetic_images
from harness.diagnose.audit.report import NotCheckedError


@dataclass(frozen=True, eq=False)
class AuditedModel:
    """A model with the arguments of `harness.diagnose.audit.check`, which describes the fields.

    Each property is measured when it is first asked for, and once. `model` is the one inside of compiled and parallel
    wrappers, `start` the Python expression that leads to it. `samples` and `steps_per_epoch` are those of the training
    data, where they are known.
    """

    model: nn.Module
    num_classes: int | None = None
    reference: nn.Module | None = None
    given_images: Tensor | None = None
    given_labels: Tensor | None = None
    label_rows: Tensor | None = None
    outputs: Tensor | None = None
    recipe: Plan | Mapping[str, Any] | None = None
    optimizer: Optimizer | None = None
    weights: Any = None
    pipeline: Any = None
    expects: Any = None
    rates: Mapping[str, float] | None = None
    pooling: str | None = None
    purpose: Literal["training", "inference"] = "training"
    learns: Literal["all", "head"] | frozenset[str] | None = None
    records_gradients: bool = True
    ignore_index: int = IGNORED
    start: str = "model"
    samples: int | None = None
    steps_per_epoch: int | None = None

    def written(self, name: str) -> str:
        """A module or parameter of the model as a Python expression."""
        return written(self.model, name, self.start)

    @cached_property
    def device(self) -> torch.device:
        """The device of the model's first parameter."""
        return next((each.device for each in self.model.parameters()), torch.device("cpu"))

    @cached_property
    def dtype(self) -> torch.dtype:
        """The number format of the model's first floating-point parameter."""
        return next((each.dtype for each in self.model.parameters() if each.is_floating_point()), torch.float32)

    # The first pass: the images given, or the first synthetic ones that the model takes.

    @cached_property
    def _first_pass(self) -> tuple[Tensor, Pass] | str:
        """A batch that the model takes in eval mode, with its pass; the reason where it takes none.

        Where the batch can be chosen and training is planned, one that train mode takes as well is preferred.
        """
        reason, fallback, refused = "", None, set()
        for batch in self._candidates():
            if batch.dtype in refused or (fallback is not None and batch.shape[1] != fallback[0].shape[1]):
                continue
            try:
                seen = answer(self.model, batch)
            except Exception as error:  # whatever a user's model may raise
                reason = reason or first_line(error)
                if isinstance(error, NotImplementedError) or "type" in first_line(error).partition(" ")[2]:
                    refused.add(batch.dtype)  # other sizes would not help
                continue
            if self.given_images is not None or self.purpose != "training" or not self._failure_in_train_mode(batch):
                return batch, seen
            fallback = fallback or (batch, seen)
        if fallback is not None:
            return fallback
        if self.given_images is not None:
            return f"it fails on the images given: {reason}"
        channels = channel_counts(self.model)[0]
        return f"it takes no synthetic images of {channels} channels ({reason}); give images="

    def _candidates(self) -> Iterator[Tensor]:
        """Batches that the model might take, the most likely first; in its own number format, else in float32."""
        if self.given_images is not None:
            batch = self.given_images[:MOST_IMAGES].to(self.device)
            yield batch
            if batch.is_floating_point() and batch.dtype != self.dtype:
                yield batch.to(self.dtype)
            return
        shapes = list(dict.fromkeys(product(channel_counts(self.model), sides(self.model))))
        for dtype in dict.fromkeys((self.dtype, torch.float32)):
            for channels, side in shapes:
                yield synthetic_images(BATCH, channels, side).to(self.device, dtype)

    @property
    def failure(self) -> str:
        """Why the model could not be run in eval mode; empty where it could."""
        return self._first_pass if isinstance(self._first_pass, str) else ""

    def _passed(self) -> tuple[Tensor, Pass]:
        if isinstance(self._first_pass, str):
            raise NotCheckedError(self._first_pass)
        return self._first_pass

    @property
    def images(self) -> Tensor:
        """A batch as the model gets it, [N, C, H, W]: the first 64 of those given, else random normalised ones.

        Raises:
            NotCheckedError: the model could not be run; so do all properties that need a pass.
        """
        return self._passed()[0]

    @cached_property
    def raw_outputs(self) -> Tensor:
        """The model's outputs in eval mode, float32, of whatever shape."""
        outputs: Tensor | None = self._passed()[1].logits
        if outputs is None:
            raise NotCheckedError("the model puts out no tensor")
        return outputs.float()

    @cached_property
    def logits(self) -> Tensor:
        """The outputs as logits, finite, [N, classes].

        Raises:
            NotCheckedError: they have another shape, or are not finite.
        """
        if self.raw_outputs.ndim != 2 or self.raw_outputs.shape[1] < 2:
            raise NotCheckedError(
                f"the outputs are no logits of classes, their shape is {tuple(self.raw_outputs.shape)}"
            )
        if not self.raw_outputs.isfinite().all():
            raise NotCheckedError("the outputs are not finite")
        return self.raw_outputs

    @cached_property
    def classes(self) -> int | None:
        """The number of classes: as told, else the width of the outputs; None where they are no rows."""
        return self.num_classes or (self.raw_outputs.shape[1] if self.raw_outputs.ndim == 2 else None)

    # The labels of those images.

    @cached_property
    def _labels_of_batch(self) -> tuple[Tensor, Tensor]:
        """Where the images have a label, bool [N], and all labels, int64 [N]."""
        self._hold_classes()
        if self.given_labels is None:
            raise NotCheckedError("needs images= and labels=")
        labels = self.given_labels[: len(self.images)].to(self.device)
        return labels != self.ignore_index, labels

    @property
    def labelled(self) -> Tensor:
        """Which images have a label, bool [N]."""
        return self._labels_of_batch[0]

    @property
    def labels(self) -> Tensor:
        """The labels of the images that have one, int64 [number of `labelled`].

        Raises:
            NotCheckedError: none were given, or some are no class.
        """
        known, labels = self._labels_of_batch
        labels = labels[known]
        if not len(labels) or int(labels.min()) < 0:
            raise NotCheckedError("the labels are negative, or all are marks for images to be ignored")
        return labels

    @cached_property
    def all_labels(self) -> Tensor:
        """All labels given that stand for a class, also those of images beyond the batch; int64 [labels].

        Raises:
            NotCheckedError: none were given.
        """
        self._hold_classes()
        if self.given_labels is None:
            raise NotCheckedError("needs labels=")
        return self.given_labels[self.given_labels != self.ignore_index]

    def _hold_classes(self) -> None:
        if self.label_rows is not None:
            raise NotCheckedError("is about one class an image, and here it has several labels")

    @property
    def rows(self) -> Tensor | None:
        """Several labels of each image of the batch, int64 [N, L] of 0 and 1; None where it has one class.

        Raises:
            NotCheckedError: there are fewer outputs than labels.
        """
        if self.label_rows is None:
            return None
        if self.logits.shape[1] < self.label_rows.shape[1]:
            raise NotCheckedError("the model has fewer outputs than there are labels")
        return self.label_rows[: len(self.images)].to(self.device)

    # Train mode, and the graph behind the outputs.

    def _failure_in_train_mode(self, batch: Tensor) -> str:
        try:
            with mode(self.model, True), torch.no_grad():
                self.model(batch[:FEW])
        except Exception as error:  # whatever a user's model may raise
            return first_line(error)
        return ""

    @cached_property
    def train_failure(self) -> str:
        """What a pass in train mode raises; empty where it succeeds."""
        return self._failure_in_train_mode(self.images)

    @cached_property
    def connected_in_eval(self) -> frozenset[str]:
        """Names of the parameters that the outputs have a gradient to in eval mode."""
        return self._connected(training=False)

    @cached_property
    def connected(self) -> frozenset[str]:
        """Names of the parameters that the outputs have a gradient to, in eval or in train mode."""
        found = self.connected_in_eval
        return found if self.train_failure else found | self._connected(training=True, known=found)

    def _connected(self, training: bool, known: frozenset[str] = frozenset()) -> frozenset[str]:
        try:
            return connected(self.model, self.images, training, known)
        except RuntimeError as error:
            raise NotCheckedError(f"no gradients can be taken: {first_line(error)}") from error


def first_line(error: Exception) -> str:
    """Type and first line of an error, at most 160 characters of it."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:160]}" if lines else type(error).__name__
