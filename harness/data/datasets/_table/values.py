"""Labels stored as text or as plain numbers: classes are the values of the training part."""

from __future__ import annotations

from harness.data.names import ambiguous, composed, unmatched
from harness.spec.errors import RequestError


def match_values(given: dict[str, list[str]]) -> tuple[tuple[str, ...], dict[str, list[int]]]:
    """The classes and each split's labels as their numbers; the last split is the test part.

    Numbers are ordered by their value and may begin anywhere; text is compared in Unicode's normal form C, and else
    exactly.

    Raises:
        RequestError: the test part has values that the training part has not, in another spelling or not at all, or
            two values differ in outer blanks alone.
    """
    *learnt, tested = given
    values = sorted({value for name in learnt for value in given[name]}, key=_order)
    faults = list(ambiguous(values, "+".join(learnt)))
    numbered = {composed(value): number for number, value in enumerate(values)}
    foreign = sorted({value for value in given[tested] if composed(value) not in numbered}, key=_order)
    faults += unmatched(foreign, values, tested, "+".join(learnt))
    if faults:
        raise RequestError([f"data.label_column: {fault}" for fault in faults])
    return tuple(values), {name: [numbered[composed(label)] for label in labels] for name, labels in given.items()}


def _order(name: str) -> tuple[int, str]:
    """Numbers by their value, then text."""
    return (int(name), "") if name.lstrip("-").isdecimal() else (2**62, name)
