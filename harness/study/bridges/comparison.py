"""What a study with bridges compares: its creations, and the hybrids between them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.analysis.settings import settings
from harness.spec.bridge import GROUPS
from harness.spec.spec import Part
from harness.study.bridges.rows import Pair
from harness.study.request import Comparison, Request


def told_apart(requests: Sequence[Request], pairs: Iterable[Pair]) -> Comparison:
    """The study's comparison, with whatever the creations differ in among its arms, and the first one as baseline."""
    apart = ["bridge"]
    for first, second in pairs:
        ours, theirs = next(iter(first.values())).spec, next(iter(second.values())).spec
        apart += [group for group in GROUPS if group != "backbone" and getattr(ours, group) != getattr(theirs, group)]
        apart += [f"backbone.{key}" for key in _unlike(ours.backbone, theirs.backbone)]
        apart += ["transfer.norm"] if ours.transfer.norm != theirs.transfer.norm else []
    comparison = requests[0].comparison
    arms = tuple(dict.fromkeys([*comparison.arms, *apart]))
    usual = settings(requests[0].spec.model_dump(mode="json"))
    within = tuple(f"{arm}." for arm in arms)
    baseline = {name: value for name, value in usual.items() if name in arms or name.startswith(within)}
    return comparison.model_copy(update={"arms": arms, "baseline": {**baseline, **(comparison.baseline or {})}})


def _unlike(first: Part, second: Part) -> list[str]:
    return [key for key in type(first).model_fields if getattr(first, key) != getattr(second, key)]
