"""A timm network as transformers' own class has it: configuration and weights converted, and proven by its features.

**The contract.** A file here is a family of transformers' classes, and holds functions that take a model of timm and
say what it is over there: `Form`, a type of models, the fields of its configuration, and the rules that turn names of
tensors into names. `FORMS` in `harness.model.native.conversion` says which function is asked for which of timm's
classes. A function has to know what the names of the tensors do not tell (activation, eps, padding); tensors that have
no place in the other network, or are missing there, are refused by `rename`, and all else by `conversion.prove`: both
networks are run in float64 and have to hand the same features to their heads.

**Rules** are pairs of a regular expression and what stands in its place, applied to all names one after the other:

    (r"^blocks\\.(\\d+)\\.attn\\.qkv", r"vit.layers.\\1.attention.{q,k,v}_proj")    # cut in three along the first axis
    (r"^layer(\\d)\\.", r"stages.[\\1-1].")                                       # one less: counted from 0
    (r"^blocks\\.\\d+\\.\\d+", "blocks.#")                                         # counted through, in order

A tensor takes the shape that it has over there where the two differ by axes of length 1 alone (a convolution of one
pixel is a Linear).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn

from harness.spec.errors import ImpossibleConfiguration

Rules = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Form:
    """What a timm model is in transformers.

    `kind` is transformers' type of models, `fields` are those of its configuration, `rules` turn timm's names into
    transformers' (see the package), `kind_class` names the class where a type has several. `pooled` makes of timm's
    last features what transformers' class hands to its head, where timm's own head is given something else.
    """

    kind: str
    fields: dict[str, Any] = field(default_factory=dict)
    rules: Rules = ()
    kind_class: str | None = None
    pooled: Callable[[Tensor], Tensor] | None = None


def otherwise(what: str) -> ImpossibleConfiguration:
    """The refusal of a network that transformers' class cannot express."""
    return ImpossibleConfiguration(f"creation: {what}; use creation=transformers_timm")


ACTIVATIONS = {
    "ReLU": "relu", "ReLU6": "relu6", "GELU": "gelu", "GELUTanh": "gelu_pytorch_tanh", "QuickGELU": "quick_gelu",
    "SiLU": "silu", "Swish": "silu",
}  # fmt: skip
"""transformers' names of activations, by their classes in torch and timm."""


def activation(module: nn.Module) -> str:
    """What transformers calls an activation.

    Raises:
        ImpossibleConfiguration: it is none of those known to be the same.
    """
    name = type(module).__name__
    if name == "GELU" and getattr(module, "approximate", "none") == "tanh":
        name = "GELUTanh"
    if name not in ACTIVATIONS:
        raise otherwise(f"transformers is not known to have the activation {name}")
    return ACTIVATIONS[name]
