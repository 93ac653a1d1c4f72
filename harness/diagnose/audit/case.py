"""What is measured of an audited model: each measurement is made once, when a finding first asks for it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from harness.diagnose.audit import _preprocessing as preprocessing
from harness.diagnose.audit._dropout import ObservedDrop, drops
from harness.diagnose.audit._heads import (
    carries,
    classifiers,
    classifying,
    looks_fresh,
    made_without_head,
    scopes,
    used_heads,
)
from harness.diagnose.audit._library import Maker, maker
from harness.diagnose.audit._origin import Origin, StateDict, read, trace, untrained, without_neck
from harness.diagnose.audit._passes import FEW, Pass, answer
from harness.diagnose.audit._plan import Plan
from harness.diagnose.audit._wrappers import adapter_modules, carrier, unused_copies, zeroing
from harness.diagnose.audit.audited_model import AuditedModel, first_line
from harness.diagnose.audit.report import NotCheckedError
from harness.training.recipe.losses import image_losses


@dataclass(frozen=True, eq=False)
class Case(AuditedModel):
    """Everything that findings ask for; a property that cannot be measured raises `NotCheckedError` with the reason."""

    # Who made the model, and which of its modules are not in use on purpose.

    @cached_property
    def maker(self) -> Maker:
        """The library that made the model, or most of it."""
        return maker(self.model, self.start)

    @cached_property
    def spare(self) -> tuple[str, ...]:
        """Modules that a wrapper keeps on purpose without using them."""
        return unused_copies(self.model)

    # The head: the layers that make the logits.

    @cached_property
    def heads(self) -> tuple[str, ...]:
        """Names of the layers that make the logits.

        Raises:
            NotCheckedError: there is none, or the model was made without.
        """
        if made_without_head(self.model):
            raise NotCheckedError("the model was made without a head (num_classes=0)")
        width = self.raw_outputs.shape[1] if self.raw_outputs.ndim == 2 else None
        found = used_heads(self.model, width, self.connected_in_eval, self._no_heads)
        if not found:
            raise NotCheckedError("no Linear or convolution was found that makes the logits")
        return found

    @property
    def _no_heads(self) -> tuple[str, ...]:
        return (*self.spare, *adapter_modules(self.model))

    @cached_property
    def known_heads(self) -> tuple[str, ...]:
        """The heads, or none where they cannot be told."""
        try:
            return self.heads
        except NotCheckedError:
            return ()

    @cached_property
    def likely_heads(self) -> tuple[str, ...]:
        """The heads; where the forward pass fails and cannot tell them, the layers that look like one.

        Tensors can be judged without a forward pass, and a head is not expected to come from the weights.
        """
        if not self.failure:
            return self.known_heads
        every = frozenset(name for name, _ in self.model.named_parameters())
        found = used_heads(self.model, self.num_classes, every, self._no_heads)
        return found or used_heads(self.model, None, every, self._no_heads)

    @cached_property
    def head(self) -> nn.Module:
        """The first head's layer."""
        return self.model.get_submodule(self.heads[0])

    @property
    def head_weight(self) -> Tensor:
        """Its weight, as it is used: computed where the layer is pruned or normed; [classes, features, ...]."""
        weight = self.head.weight
        assert isinstance(weight, Tensor)
        return weight

    @cached_property
    def scope(self) -> tuple[str, ...]:
        """The classifiers that the heads belong to: modules that are trained as the head, norms and layers included."""
        return scopes(self.model, self.known_heads)

    @cached_property
    def fresh(self) -> bool:
        """Whether the head was initialised and not trained."""
        state = [] if self.state is None else [each for each in self.state.values() if each.ndim > 1]
        return looks_fresh(self.head, state)

    def zeroed(self) -> str:
        """The line of Python that makes the head zero."""
        return zeroing(self.head, self.written(self.heads[0]))

    @cached_property
    def unused(self) -> tuple[str, ...]:
        """Layers that look like a classifier, by name or by width, and have no path to the outputs."""
        aside = tuple(f"{name}." for name in self.spare)
        return tuple(
            name
            for name in classifiers(self.model, self.classes)
            if not carries(self.model, name, self.connected)
            and name not in self.known_heads
            and not f"{name}.".startswith(aside or ("\0",))
        )

    # What a pass shows: activations, features, the loss before training, dropout.

    @cached_property
    def watched(self) -> Pass:
        """A pass with the ranges of every leaf module and what reaches the heads.

        Raises:
            NotCheckedError: the model is compiled, its modules cannot be watched.
        """
        seen = answer(self.model, self.images, self.known_heads)
        if not seen.flows:
            raise NotCheckedError("the model has no modules that can be watched")
        return seen

    @cached_property
    def features(self) -> Tensor:
        """What reaches the head, [N, features]; positions are averaged."""
        caught = self.watched.features.get(self.heads[0])
        if caught is None:
            raise NotCheckedError("the head is not called as a module, so its input cannot be seen")
        caught = caught.float()
        if isinstance(self.head, nn.Conv2d):
            return caught.mean(dim=(2, 3))
        return caught.reshape(len(caught), -1, caught.shape[-1]).mean(dim=1)

    @cached_property
    def initial_loss(self) -> float:
        """Cross-entropy in nats: of the labels given, else the mean over all labels that the images could have.

        Of several labels an image the mean over labels of the binary cross-entropy.
        """
        logits = self.logits
        if self.rows is not None:
            return float(image_losses(logits, self.rows).mean())
        if self.given_labels is not None and int(self.labels.max()) < logits.shape[1]:
            return float(nn.functional.cross_entropy(logits[self.labelled], self.labels))
        return float((logits.logsumexp(dim=1) - logits.mean(dim=1)).mean())

    @property
    def uniform_loss(self) -> float:
        """The loss of a uniform guess in nats: ln(classes), of several labels an image ln(2)."""
        return math.log(self.logits.shape[1] if self.label_rows is None else 2)

    @cached_property
    def logit_spread(self) -> float:
        """Standard deviation of an image's logits over the classes, mean over the images."""
        return float(self.logits.std(dim=1, correction=0).mean())

    @cached_property
    def drops(self) -> frozenset[ObservedDrop]:
        """Every dropout that takes place in train mode."""
        if self.train_failure:
            raise NotCheckedError(f"the model fails in train mode: {self.train_failure}")
        return drops(self.model, self.images[:FEW])

    # The plan of training.

    @cached_property
    def plan(self) -> Plan:
        """The planned training.

        Raises:
            NotCheckedError: none was told.
        """
        if self.recipe is None:
            raise NotCheckedError("needs recipe=, a mapping with optimizer, lr and steps")
        head = carrier(self.head) if self.known_heads else None
        return Plan.of(self.recipe, self.optimizer, head, self.samples, self.steps_per_epoch)

    # Where the tensors come from.

    @cached_property
    def state(self) -> StateDict | None:
        """The tensors that the backbone should have come from; None where none were told."""
        return None if self.weights is None or isinstance(self.weights, bool) else read(self.weights)

    @cached_property
    def origin(self) -> Origin:
        """Where the backbone's tensors come from; judged without a pass where the model cannot be run.

        Raises:
            NotCheckedError: no weights were told.
        """
        if self.state is None:
            raise NotCheckedError("needs weights=, a state dict or a file")
        unused = () if self.failure else self.unused
        new = (*self.likely_heads, *classifying(self.model, self.likely_heads), *unused, *self.spare)
        return without_neck(trace(self.model, new, self.state), self._order)

    @property
    def _order(self) -> tuple[str, ...]:
        """Leaf modules in the order in which they were first called; none where that cannot be watched."""
        if self.failure:
            return ()
        try:
            return tuple(self.watched.calls)
        except NotCheckedError:
            return ()

    @cached_property
    def norms(self) -> tuple[int, int]:
        """How many norm layers are at their initial values, out of how many."""
        return untrained(self.model)

    @property
    def never_trained(self) -> bool:
        """Whether there are norm layers, and all of them are at their initial values."""
        fresh, total = self.norms
        return total > 0 and fresh == total

    @cached_property
    def estimated(self) -> bool:
        """Whether eval mode says something of the features: not with BatchNorm statistics that were never estimated."""
        return not (self.never_trained and any(isinstance(each, _BatchNorm) for each in self.model.modules()))

    # The preprocessing.

    @cached_property
    def expected(self) -> preprocessing.StatedPreprocessing:
        """What the weights expect of their images.

        Raises:
            NotCheckedError: the model does not say, and nobody told.
        """
        if self.weights is False or (self.expects is None and self.never_trained):
            raise NotCheckedError("there are no pretrained weights that would expect anything")
        found = preprocessing.expected(self.model, self.expects)
        if found is None:
            raise NotCheckedError("the model does not say what its weights expect; give expects=")
        return found

    @cached_property
    def observed(self) -> preprocessing.StatedPreprocessing:
        """What the user's preprocessing does.

        Raises:
            NotCheckedError: it was not given, or does not take an RGB image.
        """
        if self.pipeline is None:
            raise NotCheckedError("needs preprocessing=, a mapping or the transform of the evaluation images")
        try:
            return preprocessing.observed(self.pipeline)
        except Exception as error:  # whatever a user's transform may raise
            raise NotCheckedError(f"preprocessing= fails on an RGB image: {first_line(error)}") from error

    # The second model.

    @cached_property
    def other(self) -> Case:
        """The reference, as a case of its own on the same images.

        Raises:
            NotCheckedError: there is none.
        """
        if self.reference is None:
            raise NotCheckedError("needs reference=, a second model to compare with")
        labels, rows = self.given_labels, self.label_rows
        return Case(self.reference, given_images=self.images, given_labels=labels, label_rows=rows)
