"""One creation method tried on one architecture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from timm.models import get_pretrained_cfg
from torch import nn
from torch.nn.functional import cross_entropy

from harness.dev.conformance.families import SMALLER, from_type
from harness.model.build import Built, build
from harness.model.creation import ModelOrder
from harness.model.entry_point import entry_point
from harness.model.heads import head_layer
from harness.spec.errors import ImpossibleConfiguration, RequestError
from harness.spec.spec import Spec
from harness.spec.variants import load_variant

CLASSES, SIZE = 7, 96
BUILT, REFUSED, BROKEN, CARELESS = "built", "refused", "broken", "careless"


@dataclass(frozen=True)
class TrialOutcome:
    """What became of a method on an architecture, and why."""

    status: str
    reason: str = ""


def image_size(library: str, architecture: str) -> int:
    """Side in pixels: the architecture's own where it is fixed, else a small one that it takes."""
    if library == "torchvision":
        return 224
    if library == "transformers":
        from transformers import AutoConfig

        config = AutoConfig.for_model(architecture, **SMALLER.get(architecture, {}))
        side = getattr(getattr(config, "vision_config", config), "image_size", 224)
        return int(side if isinstance(side, int) else side[0])
    config = get_pretrained_cfg(architecture)
    if config is None:
        return SIZE
    return config.input_size[-1] if config.fixed_input_size else max(SIZE, *(config.min_input_size or (0,)))


def save_weights(library: str, architecture: str, file: Path) -> None:
    """Write a state dict of the architecture, randomly drawn, as if it were pretrained; of transformers a folder."""
    if library == "transformers":
        with torch.random.fork_rng():
            torch.manual_seed(0)
            model = from_type(architecture)
            if any(isinstance(module, nn.BatchNorm2d) for module in model.modules()):
                _settle(model, image_size(library, architecture))
        model.save_pretrained(file)  # type: ignore[operator]
        return
    size = image_size(library, architecture)
    options: dict[str, Any] = {}
    config = get_pretrained_cfg(architecture) if library == "timm" else None
    if config is not None and config.fixed_input_size:
        options = {"img_size": size}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = entry_point(ModelOrder(architecture, CLASSES, library=library, options=options))
    torch.save(model.state_dict(), file)


def _settle(model: nn.Module, side: int) -> None:
    """Statistics for BatchNorm: with those that it begins with a network of small weights gives features of zero."""
    model.train()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = None  # the mean over batches, of which there is one
    with torch.no_grad():
        model(torch.randn(2, 3, side, side))


def attempt(library: str, architecture: str, creation: str, file: Path) -> TrialOutcome:
    """Build by the creation method from the weights in `file`, look at its answers, and let its head learn a step.

    torchvision's direct creation takes no weights, so there it is tried without.
    """
    bare = library == "torchvision" and creation == "create_model"
    weights = {"name": "none"} if bare else {"name": "file", "path": file, "verify": "record"}
    spec = Spec.model_validate(
        {
            "backbone": {"name": architecture, "library": library},
            "weights": weights,
            "creation": {"name": creation},
            "data": {"size": image_size(library, architecture)},
        }
    )
    try:
        built = build(spec, CLASSES)
    except (ImpossibleConfiguration, RequestError) as refusal:
        return TrialOutcome(REFUSED, str(refusal))
    fault = _fault(built, spec)
    if getattr(load_variant("harness.model.creation", creation), "fault", None) is not None:
        return TrialOutcome(CARELESS, fault)
    return TrialOutcome(BROKEN, fault) if fault else TrialOutcome(BUILT)


def _fault(built: Built, spec: Spec) -> str:
    """What is wrong with a model; empty where all is well."""
    model, heads = built.model.eval(), [head_layer(built.model, name) for name in built.heads]
    if built.verification is not None and built.verification.not_loaded:
        missing = built.verification.not_loaded
        return (
            f"{len(missing)} of {built.verification.expected} backbone tensors are not those of the file ({missing[0]})"
        )
    model.requires_grad_(False)
    for head in heads:
        head.requires_grad_(True)
    images = torch.randn(2, 3, spec.data.size, spec.data.size, generator=torch.Generator().manual_seed(0))
    try:
        logits = model(images)
    except (RuntimeError, TypeError, ValueError, AttributeError, AssertionError) as error:
        first = str(error).strip().splitlines() or [""]
        return f"the forward pass fails: {type(error).__name__} {first[0][:120]}"
    if not isinstance(logits, torch.Tensor) or tuple(logits.shape) != (2, CLASSES):
        return f"answers of shape {tuple(logits.shape) if isinstance(logits, torch.Tensor) else type(logits).__name__}"
    return _does_not_learn(logits, heads)


def _does_not_learn(logits: torch.Tensor, heads: list[nn.Linear | nn.Conv2d]) -> str:
    """Heads that a step of the optimizer does not move."""
    if not logits.requires_grad:
        return "the logits do not depend on the head"
    cross_entropy(logits, torch.tensor([0, 1])).backward()
    still = sum(head.weight.grad is None or not bool(head.weight.grad.any()) for head in heads)
    return f"{still} of {len(heads)} heads get no gradient" if still else ""
