"""Tensors under another library's names, by rules; none is lost and none is left to chance."""

from __future__ import annotations

import re
from collections.abc import Mapping

from torch import Tensor

from harness.model.native import Rules, otherwise
from harness.model.pretrained import StateDict

_LESS = re.compile(r"\[(\d+)-1\]")
_SPLIT = re.compile(r"\{([^}]*)\}")


def renamed(state: StateDict, rules: Rules) -> dict[str, Tensor]:
    """The tensors under the names that the rules make of theirs, cut where one says so; see `harness.model.native`."""
    found: dict[str, Tensor] = dict(state)
    for pattern, target in rules:
        found = _applied(found, re.compile(pattern), target)
    return found


def _applied(state: Mapping[str, Tensor], pattern: re.Pattern[str], target: str) -> dict[str, Tensor]:
    places: dict[str, int] = {}
    found = {}
    for name, tensor in state.items():
        match = pattern.search(name)
        if match is None:
            found[name] = tensor
            continue
        number = places.setdefault(match[0], len(places))
        put = _LESS.sub(lambda less: str(int(less[1]) - 1), match.expand(target).replace("#", str(number)))
        new = name[: match.start()] + put + name[match.end() :]
        names = _parts(new)
        pieces = tensor.chunk(len(names)) if len(names) > 1 else (tensor,)
        found |= dict(zip(names, pieces, strict=True))
    return found


def _parts(name: str) -> list[str]:
    split = _SPLIT.search(name)
    if split is None:
        return [name]
    return [name[: split.start()] + part + name[split.end() :] for part in split[1].split(",")]


def fitted(state: Mapping[str, Tensor], wanted: Mapping[str, Tensor], what: str) -> dict[str, Tensor]:
    """The tensors in the shapes wanted: every one of them, and no other.

    Args:
        state: under the names wanted.
        wanted: tensors of the right shapes, by name; their values are not looked at.
        what: what goes where, for what is refused: "test_resnet's tensors in ResNetForImageClassification".

    Raises:
        ImpossibleConfiguration: a tensor has no place, or another shape, or one is missing.
    """
    strange = [name for name in state if name not in wanted]
    missing = [name for name in wanted if name not in state]
    unlike = [name for name in wanted if name in state and _plain(state[name]) != _plain(wanted[name])]
    for names, fault in ((strange, "have no place"), (missing, "are missing"), (unlike, "have another shape")):
        if names:
            raise otherwise(f"of {what} {len(names)} {fault}, first {names[0]}")
    return {name: tensor.reshape(wanted[name].shape).contiguous() for name, tensor in state.items()}


def _plain(tensor: Tensor) -> tuple[int, ...]:
    return tuple(size for size in tensor.shape if size != 1)
