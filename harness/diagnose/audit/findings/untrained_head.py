"""A new head stands where inference needs the one of the weights."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.audit._wrappers import carrier
from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, NotCheckedError


@declares(
    "error",
    measures="before inference: a head that looks drawn, against the weights' of the same name and shape",
    threshold="exact; a trained head that is not the weights' is not meant",
)
def untrained_head(case: Case) -> Iterator[Finding]:
    """A head drawn anew before inference, by weights that hold a trained one of the same name and shape."""
    if case.purpose != "inference" or case.state is None:
        raise NotCheckedError("needs purpose='inference' and weights=, a state dict or a file")
    within = f"{case.origin.place}." if case.origin.place else ""
    for name in case.heads:
        stored = case.state.get(f"{name.removeprefix(within)}.weight")
        if stored is None or stored.shape != carrier(case.model.get_submodule(name)).shape or not case.fresh:
            continue
        yield Finding(
            id="untrained-head",
            severity="error",
            seen=f"{name} looks drawn anew; the weights hold another {name} of the same shape, "
            f"{' × '.join(map(str, stored.shape))}.",
            why="Its answers are a guess. A library draws the head anew where it takes the number of classes for "
            "another than the weights', or where the head is reset after loading.",
            fix=f"{case.written(case.origin.place)}.load_state_dict(weights)  # the head included, strictly",
            location=name,
        )
