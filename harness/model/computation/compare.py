"""Where two models with the same tensors first compute something else, and what they state differently there."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from harness.model.computation.statement import NORM, Differences, differences, is_dropout, is_norm
from harness.model.computation.trace import Key, Seen, trace
from harness.model.wrappers import plain_name, wrapper_of

LARGEST = 60_000_000
"""Parameters up to which float64 is used."""

IMAGES = 4
"""What two models compute shows on a few images."""

TOLERANCE = {torch.float64: 1e-7, torch.float32: 1e-4}
"""Relative change that rounding alone may leave: of parts that compute in float32 whatever their input is, and of
float32 through a deep network."""

EVAL, TRAIN, LEFT = "eval mode", "train mode", "what a pass in train mode leaves behind"


class NotComparableError(Exception):
    """The two models cannot be run side by side; the text says why."""


@dataclass(frozen=True)
class Divergence:
    """One difference in what two models compute.

    `place` is the module (empty: the model itself), `when` in which mode it shows. `change` is the relative change
    of the first output that differs, infinite for another shape, and None where it was read off the modules alone;
    `features` that of what reaches the head. `stated` is what the modules state differently, empty where the forward
    pass itself is another; `before` is the module whose input is the first to differ, where it is one that `place`
    calls. `others` counts further modules with the same differences.
    """

    place: str
    when: str
    change: float | None
    features: float | None
    stated: Differences
    before: str = ""
    others: int = 0

    @property
    def where(self) -> str:
        """The place in words."""
        at = self.place or "the model itself"
        return f"{at}, before {self.before}" if self.before else at

    def words(self) -> tuple[str, str]:
        """How it stands in the first and in the second model."""
        if not self.stated:
            return "a forward pass of its own", "another forward pass"
        sides = [", ".join(f"{name} {pair[side]}" for name, pair in self.stated.items()) for side in (0, 1)]
        return sides[0], sides[1]


@dataclass(frozen=True)
class _Side:
    """A copy that may be changed, with one name for each module; `heads` are the names that the heads have here."""

    model: nn.Module
    names: dict[nn.Module, str]
    heads: tuple[str, ...]

    @property
    def modules(self) -> dict[str, nn.Module]:
        return {name: module for module, name in self.names.items()}

    @property
    def around(self) -> set[str]:
        """The heads, and every module that holds one."""
        heads = {self.modules[name] for name in self.heads}
        return {name for module, name in self.names.items() if not heads.isdisjoint(module.modules())}


def compare(
    first: nn.Module, second: nn.Module, images: Tensor, heads: tuple[tuple[str, ...], tuple[str, ...]]
) -> list[Divergence]:
    """Every way found in which the two compute differently; empty where they compute the same.

    Copies of both get the first one's tensors wherever name and shape agree, heads included, so that nothing but the
    computation is compared: in eval mode, and where that is the same, in train mode without dropout, running
    statistics included. The models stay as they are.

    Args:
        first: the one that is looked at.
        second: the one that it is compared with.
        images: a batch that both take, float [N, C, H, W]; the first few are used.
        heads: names of the head layers in either model.

    Raises:
        NotComparableError: one cannot be copied or watched, or fails on the images.
    """
    if any(isinstance(module, torch.jit.ScriptModule) for model in (first, second) for module in model.modules()):
        raise NotComparableError("a model is compiled, its modules cannot be watched")
    size = max(sum(each.numel() for each in model.parameters()) for model in (first, second))
    precisions = (torch.float64, torch.float32) if size <= LARGEST else (torch.float32,)
    for precision in precisions:
        try:
            with torch.random.fork_rng(devices=[]):
                sides = _side(first, heads[0], precision), _side(second, heads[1], precision)
                _align(*sides)
                return list(_divergences(*sides, images[:IMAGES].to(precision)))
        except Exception as error:  # whatever a user's model may raise; some know float32 alone
            if precision is precisions[-1]:
                reason = (str(error).strip().splitlines() or [""])[0][:160]
                raise NotComparableError(
                    f"they cannot be run side by side: {type(error).__name__}: {reason}"
                ) from error
    return []


def _side(model: nn.Module, heads: tuple[str, ...], precision: torch.dtype) -> _Side:
    twin = copy.deepcopy(model).to(precision)
    wrapper = wrapper_of(twin)
    own = tuple(f"head {at}" if len(heads) > 1 else "the head" for at in range(len(heads)))
    names = {
        module: own[heads.index(name)] if name in heads else _plain(name, wrapper) if wrapper else name
        for name, module in twin.named_modules()
    }
    return _Side(twin, names, own)


def _plain(name: str, wrapper: str) -> str:
    """A module's name without the wrapper, whose own name stands apart."""
    return plain_name(name) if f"{name}.".startswith(f"{wrapper}.") else f"wrapper {name}".strip()


def _align(first: _Side, second: _Side) -> None:
    """Give the second the first one's tensors."""
    ours = first.modules
    with torch.no_grad():
        for module, name in second.names.items():
            source = ours.get(name)
            for kind in ("_parameters", "_buffers"):
                held = {} if source is None else getattr(source, kind)
                for key, tensor in getattr(module, kind).items():
                    other = held.get(key)
                    if tensor is not None and other is not None and tensor.shape == other.shape:
                        tensor.copy_(other)


def _heads_agree(first: _Side, second: _Side) -> bool:
    shapes = [
        [tuple(each.shape) for name in side.heads for each in side.modules[name].parameters()]
        for side in (first, second)
    ]
    return shapes[0] == shapes[1]


def _divergences(first: _Side, second: _Side, images: Tensor) -> Iterator[Divergence]:
    found = _passed(first, second, images, training=False)
    apart = found is not None
    if found is None and len(images) > 1:
        for side in (first, second):
            _undropped(side.model)
        try:
            found = _passed(first, second, images, training=True) or _left(first, second, TOLERANCE[images.dtype])
        except Exception:  # a model without a train mode is compared in eval mode alone
            found = None
    told: set[tuple[str, tuple[str, str]]] = set()
    if found is not None:
        told = set(found.stated.items())
        yield found
    yield from _stated(first, second, told, apart)


def _passed(first: _Side, second: _Side, images: Tensor, training: bool) -> Divergence | None:
    """The first place in the first model's order that both pass and that differs.

    Where the heads are other layers, what they and the modules around them put out says nothing, nor does what a
    module puts out whose head lies outside of it in one of the two.
    """
    seen = []
    for side in (first, second):
        side.model.train(training)
        torch.manual_seed(0)  # of whatever draws beside dropout
        seen.append(trace(side.model, side.names, images))
    hidden = first.around ^ second.around if _heads_agree(first, second) else first.around | second.around
    for key, ours in seen[0].items():
        name, side_of, _ = key
        theirs = seen[1].get(key)
        if theirs is None or (side_of == "out" and name in hidden):
            continue
        change = ours.sketch.change(theirs.sketch)
        if change > TOLERANCE[images.dtype]:
            place, before = (name, "") if side_of == "out" else (ours.caller, name)
            when = TRAIN if training else EVAL
            return _described(first, second, place, when, change, _features(first.heads, *seen), before)
    return None


def _features(heads: tuple[str, ...], ours: Mapping[Key, Seen], theirs: Mapping[Key, Seen]) -> float | None:
    """Relative change of what reaches the head."""
    keys = [key for key in ours if key[0] in heads and key[1] == "in" and key in theirs]
    return max((ours[key].sketch.change(theirs[key].sketch) for key in keys), default=None)


def _left(first: _Side, second: _Side, tolerance: float) -> Divergence | None:
    """The first module that a pass in train mode leaves other buffers in, BatchNorm's running statistics above all."""
    theirs = second.modules
    for module, name in first.names.items():
        held = theirs[name]._buffers if name in theirs else {}
        for key, buffer in module._buffers.items():
            other = held.get(key)
            if buffer is None or other is None or not buffer.is_floating_point() or buffer.shape != other.shape:
                continue
            change = float((buffer - other).norm()) / max(float(buffer.norm()), float(other.norm()), 1e-30)
            if change > tolerance:
                return _described(first, second, name, LEFT, change, None, "")
    return None


def _described(
    first: _Side, second: _Side, place: str, when: str, change: float, features: float | None, before: str
) -> Divergence:
    ours, theirs = first.modules, second.modules
    stated = differences(ours[place], theirs[place]) if place in ours and place in theirs else {}
    items = stated.items()
    others = sum(
        name != place and name in theirs and not items.isdisjoint(differences(module, theirs[name]).items())
        for name, module in ours.items()
    )
    return Divergence(place, when, change, features, stated, before, others)


def _stated(first: _Side, second: _Side, told: set[tuple[str, tuple[str, str]]], apart: bool) -> Iterator[Divergence]:
    """What was not told yet and is read off the modules: of norm layers always, of other leaves where, from a place
    before them on, all outputs differ anyhow (`apart`)."""
    theirs = second.modules
    places: dict[tuple[str, tuple[str, str]], list[str]] = defaultdict(list)
    for module, name in first.names.items():
        other = theirs.get(name)
        if other is None or name in first.heads or is_dropout(module) or is_dropout(other):
            continue
        norms = is_norm(module) and is_norm(other)
        if not norms and (not apart or any(module.children()) or any(other.children())):
            continue
        for key, pair in differences(module, other).items():
            if (key, pair) not in told and (apart or key in NORM):
                places[key, pair].append(name)
    for (key, pair), names in places.items():
        when = TRAIN if key == "momentum" else f"{EVAL} and {TRAIN}"
        yield Divergence(names[0], when, None, None, {key: pair}, others=len(names) - 1)


def _undropped(model: nn.Module) -> None:
    """Switch off every dropout of a copy: by module, and by the rates that functional ones read."""
    for module in model.modules():
        for name, value in list(vars(module).items()):
            if isinstance(value, float) and ("drop" in name or (name == "p" and is_dropout(module))):
                setattr(module, name, 0.0)
