"""The initial diagnostics: what is known of a model before step 0."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from harness.model.build import Built
from harness.model.heads import HeadLayer, head_layer
from harness.model.pretrained import Preprocessing
from harness.model.verify import backbone_tensors
from harness.training.monitors import summarise
from harness.training.recipe.losses import image_losses


def rates(model: nn.Module) -> dict[str, float]:
    """The rates in force: the largest found in the modules of each kind, and the head's own attribute."""
    found = {"drop_rate": 0.0, "attn_drop_rate": 0.0, "proj_drop_rate": 0.0, "drop_path_rate": 0.0}
    for name, module in model.named_modules():
        attribute = name.rpartition(".")[2]
        if isinstance(module, nn.Dropout):
            kind = "attn_drop_rate" if attribute == "attn_drop" else "proj_drop_rate"
            if attribute in ("head_drop", "dropout", "classifier_dropout") or name.startswith("head"):
                kind = "drop_rate"
            found[kind] = max(found[kind], float(module.p))
        elif type(module).__name__ in ("DropPath", "StochasticDepth"):
            rate = getattr(module, "drop_prob", getattr(module, "p", 0.0)) or 0.0
            found["drop_path_rate"] = max(found["drop_path_rate"], float(rate))
    own = getattr(model, "drop_rate", 0.0)
    found["drop_rate"] = max(found["drop_rate"], float(own) if isinstance(own, int | float) else 0.0)
    return found


HISTOGRAM_BINS = 40


def backbone_hash(model: nn.Module, heads: tuple[str, ...]) -> str:
    """Hash of every backbone tensor by name: equal backbones, equal hashes."""
    digest = hashlib.sha256()
    for name, tensor in sorted(backbone_tensors(model, heads).items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def _head(name: str, layer: HeadLayer, keys: tuple[str, ...]) -> dict[str, Any]:
    """Its shape and numbers, and where its first values came from: `fresh` (drawn), or `loaded` from these keys."""
    weight = layer.weight.detach().float().cpu()
    counts, edges = torch.histogram(weight.flatten(), bins=HISTOGRAM_BINS)
    return {
        "name": name,
        "kind": type(layer).__name__,
        "in_features": weight.shape[1],
        "out_features": weight.shape[0],
        "origin": "loaded" if keys else "fresh",
        **({"keys": list(keys)} if keys else {}),
        "weight": summarise(weight),
        "bias": summarise(layer.bias) if layer.bias is not None else None,
        "histogram": {"edges": edges.tolist(), "counts": [int(count) for count in counts.tolist()]},
    }


def _told(preprocessing: Preprocessing) -> dict[str, Any]:
    """Its fields; crop and squashing only where there is one, as earlier records have none."""
    neutral = {"crop": 1, "squash": False}
    return {name: value for name, value in asdict(preprocessing).items() if (name, value) not in neutral.items()}


def _guesses(logits: torch.Tensor, labels: torch.Tensor) -> dict[str, float]:
    """What guessing costs, in nats."""
    if labels.ndim == 1:
        return {"uniform_loss": math.log(logits.shape[1])}
    frequency = labels.double().mean(dim=0)
    return {
        "uniform_loss": math.log(2),
        "prior_loss": float((torch.special.entr(frequency) + torch.special.entr(1 - frequency)).mean()),
    }


def initial_diagnostics(
    built: Built, size: int, logits: torch.Tensor, labels: torch.Tensor, learnable: Mapping[str, torch.Tensor]
) -> dict[str, Any]:
    """Head statistics, first loss against a guess, rates, hashes and weights of a model that is not yet trained.

    A uniform guess among classes costs their logarithm, one between having a label and not having it ln 2; of several
    labels `prior_loss` is what answering each one's frequency among these images costs.

    Args:
        built: the model.
        size: the images' side in pixels.
        logits: its answers in eval mode to a fixed batch of validation images, float [N, classes].
        labels: the truth, int64 [N] or [N, L].
        learnable: the tensors that the transfer strategy trains, by name.
    """
    model, verification = built.model, built.verification
    modes = {"train" if module.training else "eval" for module in model.modules() if isinstance(module, _BatchNorm)}
    logits = logits.float()
    return {
        "initial_loss": float(image_losses(logits, labels).mean()),
        **_guesses(logits, labels),
        "logit_std": float(logits.std(dim=1, correction=0).mean()),
        "head": [
            _head(name, head_layer(model, name), keys)
            for name, keys in zip(built.heads, built.head_keys or ((),) * len(built.heads), strict=True)
        ],
        "rates": rates(model),
        "backbone_hash": built.frozen_hash or backbone_hash(model, built.on_top),
        "weights": {
            "source": built.pretrained.source,
            "label": built.pretrained.label,
            "fingerprint": built.pretrained.fingerprint,
            "tag": built.pretrained.tag,
            "expected": verification.expected if verification else 0,
            "loaded": verification.loaded if verification else 0,
            "not_loaded": list(verification.not_loaded) if verification else [],
            **({"changes": list(built.pretrained.changes)} if built.pretrained.changes else {}),
        },
        "preprocessing": {**_told(built.preprocessing), "size": size},
        "batchnorm": "mixed" if len(modes) > 1 else next(iter(modes), "none"),
        "parameters": sum(parameter.numel() for parameter in model.parameters()),
        "trainable_parameters": sum(tensor.numel() for tensor in learnable.values()),
        **({"neck": list(built.neck)} if built.neck else {}),
        **({} if built.norms is None else {"norms": asdict(built.norms)}),
    }
