"""The backbone holds other values than the reference's."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, listed
from harness.model.verify import backbone_tensors


@declares(
    "warning",
    measures="backbone tensors by name and value",
    threshold="exact",
)
def reference_backbone(case: Case) -> Iterator[Finding]:
    """Backbone tensors by name: there in both, of one shape, with the same values."""
    own = backbone_tensors(case.model, case.likely_heads)
    other = backbone_tensors(case.other.model, case.other.likely_heads)
    lacking = sorted(set(other) - set(own)) + sorted(set(own) - set(other))
    differing = [
        name
        for name in own
        if name in other and (own[name].shape != other[name].shape or not own[name].equal(other[name]))
    ]
    if not lacking and not differing:
        return
    yield Finding(
        id="reference-backbone",
        severity="warning",
        seen=f"Of {len(other)} backbone tensors in the reference {len(differing)} have other values here, "
        f"{len(lacking)} are in one model alone: {listed(differing or lacking)}.",
        why="The two do not start from the same backbone: other weights, or parts that were never loaded.",
        fix="model.load_state_dict(reference.state_dict(), strict=False)  # and read what it returns",
        location=(differing or lacking)[0],
    )
