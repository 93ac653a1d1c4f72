"""The mode that the model is handed over in: train or eval."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from harness.model.build import Built
from harness.model.wrappers import plain_name
from harness.spec.spec import TRAIN_MODE
from harness.training.hybrids.factors import Factor, told


def handover_mode(first: Built, second: Built) -> Factor | None:
    """By module, of those that both have; of no effect, and the same, under `creation.mode=train`."""
    ours, theirs = _modes(first), _modes(second)
    if all(ours[name] == theirs[name] for name in ours.keys() & theirs.keys()):
        return None
    return Factor(told("mode at hand-over", _told(ours), _told(theirs)), _take)


def _modes(built: Built) -> dict[str, bool]:
    """Whether each module trains, by its plain name."""
    train = built.mode == TRAIN_MODE
    return {plain_name(name): train or module.training for name, module in built.model.named_modules()}


def _told(modes: dict[str, bool]) -> str:
    counted = Counter("train" if training else "eval" for training in modes.values())
    if len(counted) == 1:
        return next(iter(counted))
    return ", ".join(f"{count} modules in {mode}" for mode, count in sorted(counted.items()))


def _take(hybrid: Built, source: Built) -> Built:
    """The source's mode for each module; one that the source lacks is in the mode of the whole."""
    modes = _modes(source)
    for name, module in hybrid.model.named_modules():
        module.training = modes.get(plain_name(name), modes[""])
    return replace(hybrid, mode=source.mode)
