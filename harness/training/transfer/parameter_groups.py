"""Learning rates by patterns of parameter names."""

from __future__ import annotations

from fnmatch import fnmatchcase

import torch

from harness.data.images import Images
from harness.model.build import Built
from harness.spec.errors import RequestError
from harness.spec.spec import Spec
from harness.spec.variants import suggest
from harness.training.learner import Learner
from harness.training.transfer._fine_tune import fine_tune


def parameter_groups(spec: Spec, built: Built, images: Images, device: torch.device) -> Learner:
    """`transfer.groups` gives factors of the learning rate; 0 freezes, and what no pattern matches has factor 1.

    A pattern (`*`, `?`) matches a parameter or a module with all that is in it: `blocks.0`, `conv_stem.weight`,
    `blocks.*.bn1`. Of several that match, the longest counts.

    Raises:
        RequestError: a pattern matches nothing, two of one length contradict each other, or nothing is left to learn.
    """
    groups = spec.transfer.groups
    names = [name for name, _ in built.model.named_parameters()]
    faults = [_unmatched(pattern, names) for pattern in groups if not any(_matches(pattern, name) for name in names)]
    factors: dict[str, float] = {}
    contradictions: dict[tuple[str, ...], str] = {}
    for name in names:
        matching = [pattern for pattern in groups if _matches(pattern, name)]
        longest = [pattern for pattern in matching if len(pattern) == max(map(len, matching))]
        found = {groups[pattern] for pattern in longest}
        if len(found) > 1:
            contradictions.setdefault(tuple(sorted(longest)), name)
        factors[name] = max(found, default=1.0)
    for patterns, name in contradictions.items():
        faults.append(f"transfer.groups: {' and '.join(patterns)} contradict each other on {name}")
    if not any(factors.values()):
        faults.append("transfer.groups: every parameter has factor 0; nothing would learn")
    if faults:
        raise RequestError(faults)
    return fine_tune(
        spec,
        built,
        images,
        device,
        begins={name: 0 for name, factor in factors.items() if factor > 0},
        rates=factors,
        facts={
            "groups": [
                {"pattern": pattern, "rate": factor, "matches": sum(_matches(pattern, name) for name in names)}
                for pattern, factor in sorted(groups.items())
            ]
        },
    )


def _matches(pattern: str, name: str) -> bool:
    """By the parameter's own name or that of a module around it."""
    parts = name.split(".")
    return any(fnmatchcase(".".join(parts[:count]), pattern) for count in range(1, len(parts) + 1))


def _unmatched(pattern: str, names: list[str]) -> str:
    parts = [name.split(".") for name in names]
    known = {".".join(each[:count]) for each in parts for count in range(1, len(each) + 1)}
    return f"transfer.groups: {pattern} matches no parameter; {suggest(pattern, known)}"
