"""Which of two classes is sought."""

from __future__ import annotations

from harness.spec.errors import RequestError
from harness.spec.variants import suggest


def positive_class(name: str | None, classes: tuple[str, ...]) -> int:
    """Index of the class that `metrics.positive` names; the last one for None.

    Raises:
        RequestError: there is no such class, or there are more than two.
    """
    if name is None:
        return len(classes) - 1
    if name not in classes:
        raise RequestError(f"metrics.positive: there is no class '{name}'; {suggest(name, classes)}")
    if len(classes) != 2:
        raise RequestError(
            f"metrics.positive: has no effect on {len(classes)} classes, over which metrics are means; leave it out"
        )
    return classes.index(name)
