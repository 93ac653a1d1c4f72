"""Which patterns of frozen and learning parameters somebody would choose."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import groupby

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

SWITCHES = 1  # frozen stages first, then learning ones: one change along the network
REPEATED = 2  # layers of a kind, from which on it is a kind


def meant_pattern(model: nn.Module, backbone: list[str], frozen: set[str]) -> bool:
    """Frozen stages from the input on, the same kinds of parameter everywhere, or adapters in a frozen network."""
    tops = list(dict.fromkeys(name.partition(".")[0] for name in backbone if "." in name))
    inside = [name for name in backbone if "." in name]  # tokens and position embeddings belong to no stage
    order = sorted(inside, key=lambda name: tops.index(name.partition(".")[0]))
    switches = len([key for key, _ in groupby(name in frozen for name in order)]) - 1
    if switches <= SWITCHES and order and order[0] in frozen:
        return True
    norms = {
        f"{name}.{kind}"
        for name, module in model.named_modules()
        if isinstance(module, _BatchNorm) or "Norm" in type(module).__name__
        for kind in ("weight", "bias")
    }
    vectors = {name for name in backbone if model.get_parameter(name).ndim <= 1}
    rest = set(backbone)
    return any(frozen == kind & rest or frozen == rest - kind for kind in (norms, vectors)) or _by_kind(
        model, rest, frozen
    )


def _by_kind(model: nn.Module, backbone: set[str], frozen: set[str]) -> bool:
    """Whether what learns are whole kinds of layer, the same in every block: adapters, attention, prompts.

    A kind is a name with its numbers left out. Tokens and prompts (parameters of the whole model) stand alone.
    """
    kinds: dict[str, list[str]] = defaultdict(list)
    for name in backbone:
        kinds[re.sub(r"\d+", "#", name)].append(name)
    learning = {kind: names for kind, names in kinds.items() if any(name not in frozen for name in names)}
    return all(
        not frozen & set(names) and (len(names) >= REPEATED or "." not in names[0]) for names in learning.values()
    )
