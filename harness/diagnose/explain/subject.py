"""One built model with its images: its logits, and what one optimizer step changes in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout

from harness.data.grey import require_grey
from harness.data.images import Dataset
from harness.data.load import load
from harness.data.split import split
from harness.model.build import Built
from harness.model.heads import HeadLayer, head_layer
from harness.model.heads.dropout import dropout_before
from harness.model.pretrained import Preprocessing
from harness.spec.errors import RequestError
from harness.spec.spec import TRAIN_MODE, Spec
from harness.spec.streams import stream
from harness.training.batches import Normalise, unit_range
from harness.training.evaluate import evaluating
from harness.training.hybrids.build import image_preprocessing, prepare, twin
from harness.training.recipe.objective import make_loss
from harness.training.recipe.optimizer import make_clipping, make_optimizer

CPU = torch.device("cpu")
STRATEGIES = ("full", "linear_probe")


@dataclass(frozen=True)
class ExplainedModel:
    """A built model with the images it sees as its preprocessing has them: `pixels` uint8 [N, 3, S, S].

    `labels` are int64 [N], or of several labels an image [N, L] of 0 and 1. `index` [N] says which of the training
    images they are.
    """

    name: str
    spec: Spec
    built: Built
    pixels: Tensor
    labels: Tensor
    num_classes: int
    index: Tensor

    @property
    def model(self) -> nn.Module:
        """The model itself."""
        return self.built.model

    @property
    def multilabel(self) -> bool:
        """Whether an image has several labels."""
        return self.labels.ndim == 2

    @property
    def heads(self) -> list[HeadLayer]:
        """Its heads."""
        return [head_layer(self.model, name) for name in self.built.heads]

    def twin(self) -> ExplainedModel:
        """A copy that may be changed; the parameters that the optimizer holds are the copy's own."""
        return replace(self, built=twin(self.built))

    def seeing(self, built: Built) -> ExplainedModel:
        """With another build of it, and the same images as that one's preprocessing has them."""
        prepared = built.preprocessing
        same = replace(self.built.preprocessing, mean=prepared.mean, std=prepared.std) == prepared
        pixels = self.pixels if same else _seen(self.spec, prepared).train.pixels[self.index]
        return replace(self, built=built, pixels=pixels)

    def images(self) -> Tensor:
        """Normalised as this creation's weights want them, float [N, 3, S, S]."""
        return Normalise(self.built.preprocessing, CPU)(unit_range(self.pixels))

    def logits(self) -> Tensor:
        """Answers in eval mode, [N, classes]."""
        with evaluating(self.model):
            logits: Tensor = self.model(self.images())
        return logits

    def step(self) -> Tensor:
        """How one optimizer step at the recipe's peak rate changes the answers, [N, classes].

        The step is a real one: in training mode, on these images, with the run's dropout and clipping; images are
        not mixed and classes not weighted, which is alike for all creations. The model stays
        changed, so a subject that is to be asked again takes it as a twin. In a linear probe the heads alone learn, and
        a neck before them, on features taken in eval mode, after the dropout before them.
        """
        before = self.logits()
        probe, built, model = self.spec.transfer.name == "linear_probe", self.built, self.model
        learns = built.mode == TRAIN_MODE or model.training
        if probe or built.mode == TRAIN_MODE:
            model.train(not probe)
        images = self.images()
        handles = []
        if probe:
            entries = built.neck[:1] or built.heads
            rates = dropout_before(model, entries, images)
            model.requires_grad_(False)
            for name in built.on_top:
                model.get_submodule(name).train(learns).requires_grad_(True)
            for name, rate in zip(entries, rates, strict=True):
                handles.append(model.get_submodule(name).register_forward_pre_hook(_drops(rate if learns else 0.0)))
        optimizer = make_optimizer(self.spec.recipe, model, self.built.optimised)
        with torch.random.fork_rng():
            torch.manual_seed(stream(self.spec, "dropout"))
            plain = self.spec.recipe.model_copy(update={"balance": "none"})
            loss = make_loss(plain, self.labels, self.num_classes, CPU)(model(images), self.labels)
            loss.backward()
        for handle in handles:
            handle.remove()
        clip = make_clipping(self.spec.recipe, model, optimizer)
        if clip:
            clip()
        optimizer.step()
        return self.logits() - before


def _drops(rate: float) -> Callable[[nn.Module, tuple[Tensor, ...]], Tensor]:
    return lambda entry, inputs: dropout(inputs[0], rate)


def subject(spec: Spec, name: str, images: int) -> ExplainedModel:
    """Build a creation and take the first validation images of its data set.

    Raises:
        RequestError: its step is that of a strategy that is not known here.
    """
    if spec.transfer.name not in STRATEGIES:
        raise RequestError(f"transfer: explain takes a step by {' or '.join(STRATEGIES)}, not by {spec.transfer.name}")
    if spec.transfer.batchnorm != "train":
        raise RequestError("transfer.batchnorm: explain takes its step with BatchNorm as it is; leave it at train")
    prepared = image_preprocessing(spec)
    dataset = _seen(spec, prepared)
    if spec.backbone.in_chans == 1:
        require_grey(dataset.train, "training")
    train, index = split(dataset.train, spec.data.val_fraction, stream(spec, "split"))
    index = index[:: max(1, len(index) // images)][:images]
    built = prepare(spec, dataset, train, CPU)
    pixels, labels = dataset.train.pixels[index], dataset.train.labels[index]
    return ExplainedModel(name, spec, built, pixels, labels, len(dataset.classes), index)


def _seen(spec: Spec, prepared: Preprocessing) -> Dataset:
    return load(spec.data, prepared.interpolation, crop=prepared.crop, squash=prepared.squash)
