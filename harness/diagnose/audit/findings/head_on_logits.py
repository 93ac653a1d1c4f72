"""The new head stands on the logits of the old one."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import nn

from harness.diagnose.audit._heads import classifiers, looks_fresh
from harness.diagnose.audit._passes import FEW, answer
from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, NotCheckedError


@declares(
    "warning",
    measures="whether what reaches the head is the output of a trained layer that bears a classifier's name",
    threshold="exact, up to the rounding of the number format",
)
def head_on_logits(case: Case) -> Iterator[Finding]:
    """A trained classifier whose outputs are the features of the head, with nothing between them."""
    head = case.head
    if not isinstance(head, nn.Linear):
        raise NotCheckedError("the head is no Linear")
    state = [] if case.state is None else [each for each in case.state.values() if each.ndim > 1]
    fitting = [
        name
        for name in classifiers(case.model, None)
        if name not in case.known_heads
        and isinstance(layer := case.model.get_submodule(name), nn.Linear)
        and layer.out_features == head.in_features
        and not looks_fresh(layer, state)
    ]
    if not fitting:
        return
    seen = answer(case.model, case.images[:FEW], (case.heads[0], *fitting)).features
    for name in fitting:
        if name in seen and case.heads[0] in seen:
            with torch.no_grad():
                logits = case.model.get_submodule(name)(seen[name])
            if logits.shape == seen[case.heads[0]].shape and torch.allclose(logits, seen[case.heads[0]], 1e-3, 1e-4):
                yield _finding(case, name, head.in_features)
                return


def _finding(case: Case, name: str, width: int) -> Finding:
    return Finding(
        id="head-on-logits",
        severity="warning",
        seen=f"The head gets the {width} logits of {name}, a trained classifier, as its features.",
        why="What tells the new classes apart has to pass through the scores of the old ones; the features before them "
        "hold more.",
        fix=f"{case.written(name)} = torch.nn.Identity()  # and a head with as many inputs as there are features",
        location=name,
    )
