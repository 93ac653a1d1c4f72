"""A network that learns from images, each parameter from an epoch of its own on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from harness.data.images import Images
from harness.model.build import Built
from harness.model.computation.statement import is_norm
from harness.model.stages import Stage, find_stages
from harness.spec.errors import ImpossibleConfiguration
from harness.spec.spec import KEEP_NORM, TRAIN_BATCHNORM, TRAIN_MODE, Spec
from harness.spec.variants import load_variant
from harness.training.batches import image_batches
from harness.training.learner import InputSource, Learner


@dataclass(frozen=True)
class Context:
    """What a handling may look at: the model on its device, the training part's images (validation included)."""

    spec: Spec
    built: Built
    images: Images
    device: torch.device
    batches: Callable[[Images], InputSource]

    @property
    def norms(self) -> tuple[tuple[str, _BatchNorm], ...]:
        """The BatchNorm layers by name, those of a neck left out: they know nothing yet."""
        named, neck = self.built.model.named_modules(), set(self.built.neck)
        return tuple((name, each) for name, each in named if isinstance(each, _BatchNorm) and name not in neck)


@dataclass(frozen=True)
class BatchNormHandling:
    """`held`: the layers stay in eval mode; `only`: what may learn by name, None for all; `facts` for the record."""

    held: bool = False
    only: frozenset[str] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def handle_batchnorm(context: Context) -> BatchNormHandling:
    """Do before training what `transfer.batchnorm` asks for.

    Raises:
        ImpossibleConfiguration: something is asked of BatchNorm layers, and there are none.
    """
    name = context.spec.transfer.batchnorm
    if name == TRAIN_BATCHNORM:
        return BatchNormHandling()
    if not context.norms:
        exchanged = (
            "" if context.spec.transfer.norm == KEEP_NORM else f" under transfer.norm={context.spec.transfer.norm}"
        )
        raise ImpossibleConfiguration(
            f"transfer.batchnorm: {context.spec.backbone.name} has no BatchNorm layer{exchanged}"
        )
    handling: BatchNormHandling = load_variant("harness.training.batchnorm", name)(context)
    return handling


def stages_of(spec: Spec, built: Built, *, fine: bool = False) -> tuple[Stage, ...]:
    """Stem to head, as a pass of one image of the run's size finds them; `fine` gives single blocks."""
    device = next(built.model.parameters()).device
    images = torch.zeros(1, spec.backbone.in_chans, spec.data.size, spec.data.size, device=device)
    return find_stages(built.model, built.on_top, images, fine=fine)


def begins_of(stages: Sequence[Stage], epochs: Mapping[str, int]) -> dict[str, int]:
    """The epoch from which each parameter learns, by that of its stage; stages without one are left out."""
    return {name: epochs[stage.name] for stage in stages if stage.name in epochs for name in stage.parameters}


def described(
    built: Built, stages: Sequence[Stage], epochs: Mapping[str, int], rates: Mapping[str, float] | None = None
) -> dict[str, Any]:
    """For the initial diagnostics: each stage's parameters, the epoch it begins to learn in, its rate's factor.

    Args:
        built: the model.
        stages: stem to head.
        epochs: the epoch from which each stage learns, by its name.
        rates: factors of the learning rate, by stage.
    """
    sizes = {name: parameter.numel() for name, parameter in built.model.named_parameters()}
    return {
        "stages": [
            {
                "name": stage.name,
                "parameters": sum(sizes[name] for name in stage.parameters),
                "from_epoch": epochs.get(stage.name),
                "rate": 1.0 if rates is None else rates[stage.name],
            }
            for stage in stages
        ]
    }


def fine_tune(
    spec: Spec,
    built: Built,
    images: Images,
    device: torch.device,
    *,
    begins: Mapping[str, int] | None = None,
    rates: Mapping[str, float] | None = None,
    facts: Mapping[str, Any] | None = None,
) -> Learner:
    """Learn from augmented images.

    What the network's author fixed (position embeddings of sines) stays so. While all parameters of a module are
    frozen, it is in the mode that `transfer.frozen` says, and in eval mode its BatchNorm statistics stay as they are.
    All others are in train mode, or under `creation.mode=returned` in the one that the model came in. Under
    `transfer.frozen_norms=learn` every norm layer learns from the first epoch, as fastai has it.

    Args:
        spec: the run's.
        built: its model.
        images: the training part, validation included.
        device: where it learns.
        begins: the epoch from which a parameter learns, by its name; without a name it never does, None lets all learn
            from the first.
        rates: factors of the learning rate, by parameter.
        facts: for the initial diagnostics.

    Raises:
        ImpossibleConfiguration: something is asked of BatchNorm or norm layers, and there are none.
    """
    model = built.model.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    modes = None if built.mode == TRAIN_MODE else {module: module.training for module in model.modules()}
    batches = image_batches(spec, built.preprocessing, device)
    context = Context(spec, built, images, device, batches)
    handling = handle_batchnorm(context)
    parameters = {name: each for name, each in model.named_parameters() if each.requires_grad}
    begins = dict.fromkeys(parameters, 0) if begins is None else begins
    if built.frozen_norms == "learn":
        begins = {**begins, **dict.fromkeys(_of_norms(spec, model), 0)}
    learnable = {
        name: each
        for name, each in parameters.items()
        if begins.get(name, spec.recipe.epochs) < spec.recipe.epochs
        and (handling.only is None or name in handling.only)
    }
    for name, parameter in parameters.items():
        parameter.requires_grad_(name in learnable)
    held = tuple(norm for _, norm in context.norms) if handling.held else ()
    schedule = UnfreezeSchedule(
        model, {name: begins[name] for name in learnable}, spec.transfer.frozen == "eval", held, modes
    )
    schedule.train()
    return Learner(
        network=model,
        source=batches(images),
        source_of=batches,
        learnable=learnable,
        train=schedule.train,
        optimised=built.optimised,
        rates=rates or {},
        begin_epoch=schedule.begin_epoch,
        facts={**(facts or {}), **handling.facts},
    )


def _of_norms(spec: Spec, model: nn.Module) -> tuple[str, ...]:
    """Names of the parameters of norm layers."""
    norms = [(name, module) for name, module in model.named_modules() if is_norm(module)]
    found = tuple(f"{name}.{own}" for name, module in norms for own, _ in module.named_parameters(recurse=False))
    if not found:
        raise ImpossibleConfiguration(f"transfer.frozen_norms: {spec.backbone.name} has no norm layer that could learn")
    return found


class UnfreezeSchedule:
    """What learns in which epoch, and the mode of each module that goes with it.

    Every parameter that learns at some time takes gradients until the first epoch begins, so that the optimizer is made
    for all of them. A frozen one has no gradient, and an optimizer leaves it alone, its weight decay and momentum too.

    Args:
        model: whose parameters learn or rest.
        begins: the epoch from which each learns, by its name.
        still: whether frozen modules are in eval mode.
        held: modules that are, whatever learns.
        modes: of all modules while they learn; None for train mode.
    """

    def __init__(
        self,
        model: nn.Module,
        begins: Mapping[str, int],
        still: bool,
        held: Sequence[nn.Module],
        modes: Mapping[nn.Module, bool] | None = None,
    ) -> None:
        self._model, self._begins, self._still, self._held, self._modes = model, begins, still, held, modes
        self._epoch = 0

    def begin_epoch(self, epoch: int) -> None:
        """Free what begins to learn."""
        self._epoch = epoch
        for name, parameter in self._model.named_parameters():
            parameter.requires_grad_(self._learns(name))
        self.train()

    def train(self) -> None:
        """Training mode, but eval mode where all is frozen (if so asked), and for what is held."""
        if self._modes is None:
            self._model.train()
        for module, training in (self._modes or {}).items():
            module.training = training
        for module in (*(self._frozen_modules() if self._still else ()), *self._held):
            module.eval()

    def _learns(self, name: str) -> bool:
        return name in self._begins and self._begins[name] <= self._epoch

    def _frozen_modules(self) -> list[nn.Module]:
        learning = {id(each) for name, each in self._model.named_parameters() if self._learns(name)}
        found = []
        for module in self._model.modules():
            inside = [id(each) for each in module.parameters()]
            if inside and learning.isdisjoint(inside):
                found.append(module)
        return found
