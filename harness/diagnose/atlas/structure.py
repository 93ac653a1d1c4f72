"""What a model is made of around its head, and what a reset changes of it."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from torch import nn

Snapshot = dict[str, str]

SETTINGS = ("global_pool", "pool_type", "drop_rate")
"""Plain attributes that change what the forward pass does."""

POOLS = ("global_pool", "avgpool", "attn_pool", "pool_type")

PARTS = {"pool": ("Pool",), "norm": ("Norm",), "dropout": ("Dropout",), "hidden layer": ("Linear", "Conv")}
"""Parts of a head module beside its last layer, by what their classes are called."""


def snapshot(model: nn.Module, heads: Iterable[str]) -> Snapshot:
    """Every module but the heads, and every setting, as text under its name."""
    skipped = {"", *heads}
    found = {}
    for name, module in model.named_modules():
        if name not in skipped:
            found[name] = f"{type(module).__name__}({module.extra_repr()})"
        for setting in SETTINGS:
            value = getattr(module, setting, None)
            if isinstance(value, str | float | int):
                found[f"{name}.{setting}".lstrip(".")] = repr(value)
    return found


def changes(before: Snapshot, after: Snapshot) -> list[str]:
    """What is gone, new or other, in a line each; of a module that is gone or new whole, only its own name."""
    gone, new = before.keys() - after.keys(), after.keys() - before.keys()
    lost = [f"lost {name}: {text}" for name, text in before.items() if name in gone and not _within(name, gone)]
    come = [f"new {name}: {text}" for name, text in after.items() if name in new and not _within(name, new)]
    other = [f"{name}: {text} -> {after[name]}" for name, text in before.items() if after.get(name, text) != text]
    return lost + come + other


def _within(name: str, names: AbstractSet[str]) -> bool:
    """Whether a module that contains this one is among the names."""
    parts = name.split(".")
    return any(".".join(parts[:end]) in names for end in range(1, len(parts)))


def top(name: str) -> str:
    """The model's own attribute that holds a head."""
    return name.partition(".")[0]


def parts(model: nn.Module, heads: tuple[str, ...]) -> list[str]:
    """What else lies under the attributes that hold the heads: what replacing such an attribute destroys."""
    owners = dict.fromkeys(top(name) for name in heads)
    classes = [
        type(module).__name__
        for owner in owners
        for name, module in model.get_submodule(owner).named_modules(prefix=owner)
        if name not in heads and name != owner and getattr(module, "p", None) != 0.0  # a dropout that is switched off
    ]
    return [part for part, words in PARTS.items() if any(word in kind for word in words for kind in classes)]


def pool(model: nn.Module, heads: tuple[str, ...]) -> str:
    """The model's pooling as its own attributes tell it; empty where it is written into the forward pass."""
    owners = [model, *(model.get_submodule(owner) for owner in dict.fromkeys(top(name) for name in heads))]
    told = []
    for owner in owners:
        for name in POOLS:
            value = getattr(owner, name, None)
            if isinstance(value, str):
                told.append(value)
            elif isinstance(value, nn.Module) and not isinstance(value, nn.Identity):
                told.append(getattr(value, "pool_type", None) or type(value).__name__)
    return " + ".join(dict.fromkeys(text for text in told if text))
