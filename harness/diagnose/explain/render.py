"""An explanation in words, and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

from harness.diagnose.explain.compare import Explanation, Ranked
from harness.spec.spec import Spec
from harness.training.hybrids.pairs import origin


def names(specs: Sequence[Spec]) -> list[str]:
    """`swap_head, keep`, followed by every other setting in which they differ, `recipe.lr=0.01`."""
    flat = [dict(_flat(spec.model_dump(mode="json"))) for spec in specs]
    keys = [
        key
        for key in flat[0]
        if len({str(each.get(key)) for each in flat}) > 1 and key not in ("creation.name", "init.name")
    ]
    return [
        ", ".join([spec.creation.name, spec.init.name, *(f"{key.removesuffix('.name')}={each[key]}" for key in keys)])
        for spec, each in zip(specs, flat, strict=True)
    ]


def _flat(fields: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in fields.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


SHOWN_TENSORS = 12


def text(found: Explanation) -> str:
    """For reading: totals, the differences by their effect, the tensors that differ."""
    return "\n".join(_lines(found))


def as_json(found: Explanation) -> str:
    """For programs: the same with every digit."""
    return json.dumps(
        {
            "first": found.first.name,
            "second": found.second.name,
            "classes": found.first.num_classes,
            "images": len(found.first.labels),
            "initial_loss": list(found.losses),
            "heads": [origin(each.built) for each in (found.first, found.second)],
            "together": vars(found.whole),
            "differences": [_entry(each) for each in found.ranked],
            "tensors": {
                "equal": sum(pair.same for pair in found.tensors),
                "differing": [pair.name for pair in found.tensors if not pair.same],
            },
        },
        indent=1,
    )


def _entry(each: Ranked) -> dict[str, Any]:
    difference = each.difference
    names = {"what": difference.what, "first": difference.first, "second": difference.second}
    return {**names, **vars(each.effect), "shared": each.shared}


def _number(value: float | None) -> str:
    return "n/a" if value is None else f"{value:.3g}"


def _lines(found: Explanation) -> Iterator[str]:
    first, second, classes = found.first, found.second, found.first.num_classes
    yield f"{first.name}  against  {second.name}"
    yield (
        f"first loss {found.losses[0]:.3f} and {found.losses[1]:.3f} nats on {len(first.labels)} validation images "
        f"(a uniform guess: {math.log(2 if first.multilabel else classes):.3f})"
    )
    sides = [origin(each.built) for each in (first, second)]
    if any(any(each.built.head_keys) for each in (first, second)):
        yield "head: both " + sides[0] if sides[0] == sides[1] else f"head: {sides[0]} and {sides[1]}"
    if not found.ranked:
        yield "no difference: every tensor, setting and rate is the same"
        return
    yield (
        f"all differences together: logits {_number(found.whole.logits)}, loss {found.whole.loss:+.3f}, "
        f"first step {_number(found.whole.update)}"
    )
    yield ""
    yield "differences, the first creation taking over one at a time (they need not add up):"
    for rank, each in enumerate(found.ranked, 1):
        effect, difference = each.effect, each.difference
        yield f"{rank}. {difference.what}: {difference.first}  ->  {difference.second}"
        note = "; all differences of structure together" if each.shared else ""
        yield (
            f"   logits {_number(effect.logits)}, loss {effect.loss:+.3f}, first step {_number(effect.update)}{note}"
        )
    yield ""
    differing = [pair for pair in found.tensors if not pair.same]
    yield f"tensors: {len(found.tensors) - len(differing)} equal, {len(differing)} not"
    for pair in differing[:SHOWN_TENSORS]:
        yield f"   {pair.name}: {_tensor(pair.first)}  ->  {_tensor(pair.second)}"
    if len(differing) > SHOWN_TENSORS:
        yield f"   ... and {len(differing) - SHOWN_TENSORS} more (format=json names them all)"


def _tensor(tensor: Any) -> str:
    if tensor is None:
        return "none"
    shape = "x".join(map(str, tensor.shape)) or "scalar"
    values = tensor.float()
    return f"{shape}, mean {float(values.mean()):.3g}, std {float(values.std(correction=0)):.3g}"
