"""What is audited as its user told it, and the passes of it that everything else is measured on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from harness.diagnose.audit import _connections as connections
from harness.diagnose.audit import images
from harness.diagnose.audit._answers import Pass, answer, mode
from harness.diagnose.audit._batches import MOST_IMAGES
from harness.diagnose.audit._labels import IGNORED
from harness.diagnose.audit._plan import Plan
from harness.diagnose.audit._unchecked import NotCheckedError
from harness.diagnose.audit._writing import written


@dataclass(frozen=True, eq=False)
class Told:
    """A model with what its user told about it; see `harness.diagnose.audit.check` for the fields.

    `model` is the one inside of compiled and parallel wrappers, `start` how it is written in Python. `samples` and
    `steps_per_epoch` are the data's, where they are known.
    """

    model: nn.Module
    num_classes: int | None = None
    reference: nn.Module | None = None
    given_images: Tensor | None = None
    given_labels: Tensor | None = None
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
        """Where the model lies."""
        return next((each.device for each in self.model.parameters()), torch.device("cpu"))

    @cached_property
    def dtype(self) -> torch.dtype:
        """The number format of the model: of its first floating parameter."""
        return next((each.dtype for each in self.model.parameters() if each.is_floating_point()), torch.float32)

    @cached_property
    def _tried(self) -> tuple[Tensor, Pass] | str:
        """The batch that the model takes, with its pass; where it can be chosen, one that train mode takes as well.

        Where no batch goes through, the reason.
        """
        reason, kept, refused = "", None, set()
        for batch in self._batches():
            if batch.dtype in refused or (kept is not None and batch.shape[1] != kept[0].shape[1]):
                continue
            try:
                seen = answer(self.model, batch)
            except Exception as error:  # whatever a user's model may raise
                reason = reason or first_line(error)
                if isinstance(error, NotImplementedError) or "type" in first_line(error).partition(" ")[2]:
                    refused.add(batch.dtype)  # other sizes would not help
                continue
            if self.given_images is not None or self.purpose != "training" or not self._train_failure(batch):
                return batch, seen
            kept = kept or (batch, seen)
        if kept is not None:
            return kept
        if self.given_images is not None:
            return f"it fails on the images given: {reason}"
        channels = images.depths(self.model)[0]
        return f"it takes no made images of {channels} channels ({reason}); give images="

    @property
    def _ran(self) -> tuple[Tensor, Pass]:
        if isinstance(self._tried, str):
            raise NotCheckedError(self._tried)
        return self._tried

    def _batches(self) -> Iterator[Tensor]:
        """Batches that the model might take, the most likely first; in its own number format, else in float32."""
        if self.given_images is not None:
            batch = self.given_images[:MOST_IMAGES].to(self.device)
            yield batch
            if batch.is_floating_point() and batch.dtype != self.dtype:
                yield batch.to(self.dtype)
            return
        sizes = list(dict.fromkeys(product(images.depths(self.model), images.sides(self.model))))
        for dtype in dict.fromkeys((self.dtype, torch.float32)):
            for depth, side in sizes:
                yield images.made_images(images.BATCH, depth, side).to(self.device, dtype)

    @property
    def failure(self) -> str:
        """Why the model could not be run at all; empty where it could."""
        return self._tried if isinstance(self._tried, str) else ""

    @property
    def images(self) -> Tensor:
        """A batch as the model gets it, [N, C, H, W]: the first of those given, else random normalised ones."""
        return self._ran[0]

    @cached_property
    def _known(self) -> tuple[Tensor, Tensor]:
        """Where the images have a label, bool [N], and all labels, int64 [N]."""
        if self.given_labels is None:
            raise NotCheckedError("needs images= and labels=")
        labels = self.given_labels[: len(self.images)].to(self.device)
        return labels != self.ignore_index, labels

    @property
    def labels(self) -> Tensor:
        """The labels of the images that have one, int64 [N].

        Raises:
            NotCheckedError: none were given, or some are no class.
        """
        known, labels = self._known
        labels = labels[known]
        if not len(labels) or int(labels.min()) < 0:
            raise NotCheckedError("the labels are negative, or all are marks for images to be ignored")
        return labels

    @property
    def labelled(self) -> Tensor:
        """Which images have a label, bool [N]."""
        return self._known[0]

    @cached_property
    def all_labels(self) -> Tensor:
        """All labels given that stand for a class, also those of images beyond the batch; int64 [N].

        Raises:
            NotCheckedError: none were given.
        """
        if self.given_labels is None:
            raise NotCheckedError("needs labels=")
        return self.given_labels[self.given_labels != self.ignore_index]

    @cached_property
    def raw_outputs(self) -> Tensor:
        """What the model puts out in eval mode, of whatever shape."""
        outputs: Tensor | None = self._ran[1].logits
        if outputs is None:
            raise NotCheckedError("the model puts out no tensor")
        return outputs.float()

    @cached_property
    def logits(self) -> Tensor:
        """The outputs as [N, classes], finite."""
        if self.raw_outputs.ndim != 2 or self.raw_outputs.shape[1] < 2:
            raise NotCheckedError(
                f"the outputs are no logits of classes, their shape is {tuple(self.raw_outputs.shape)}"
            )
        if not self.raw_outputs.isfinite().all():
            raise NotCheckedError("the outputs are not finite")
        return self.raw_outputs

    @cached_property
    def classes(self) -> int | None:
        """The number of classes: as told, else the width of the outputs."""
        return self.num_classes or (self.raw_outputs.shape[1] if self.raw_outputs.ndim == 2 else None)

    def _train_failure(self, batch: Tensor) -> str:
        try:
            with mode(self.model, True), torch.no_grad():
                self.model(batch[: connections.FEW])
        except Exception as error:  # whatever a user's model may raise
            return first_line(error)
        return ""

    @cached_property
    def train_failure(self) -> str:
        """What a pass in train mode raises; empty where it works."""
        return self._train_failure(self.images)

    @cached_property
    def connected_in_eval(self) -> frozenset[str]:
        """Names of the parameters that the outputs have a gradient to in eval mode."""
        return self._connected(False)

    @cached_property
    def connected(self) -> frozenset[str]:
        """Names of the parameters that the outputs have a gradient to, in eval or in train mode."""
        found = self.connected_in_eval
        return found if self.train_failure else found | self._connected(True, known=found)

    def _connected(self, training: bool, known: frozenset[str] = frozenset()) -> frozenset[str]:
        try:
            return connections.connected(self.model, self.images, training, known)
        except RuntimeError as error:
            raise NotCheckedError(f"no gradients can be taken: {first_line(error)}") from error


def first_line(error: Exception) -> str:
    """Type and first line of an error."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:160]}" if lines else type(error).__name__
