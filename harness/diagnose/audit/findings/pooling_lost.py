"""The pooling is not the architecture's own."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.audit import _fixes as fixes
from harness.diagnose.audit._heads import own_pooling, pooling
from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, NotCheckedError


@declares(
    "error",
    "warning",
    measures="timm's pooling against the one asked for, the weights', or a new instance's",
    threshold="e for attention pooling",
)
def pooling_lost(case: Case) -> Iterator[Finding]:
    """The model's pooling against the one asked for, else against a new instance of the same architecture."""
    found = pooling(case.model)
    if found is None:
        raise NotCheckedError("the model does not say how it pools (timm's models do)")
    stored = [name for name in case.state or () if name.startswith("attn_pool.")]
    wanted = case.pooling or ("map" if stored else own_pooling(case.model))
    if wanted is None:
        raise NotCheckedError("the architecture is not known to timm; give pooling=")
    if found == wanted:
        return
    attention = wanted == "map"
    if case.pooling:
        source = f"'{wanted}' was asked for"
    elif stored:
        source = f"the weights hold {len(stored)} tensors of attention pooling"
    else:
        source = f"a new instance of the architecture pools by '{wanted}'"
    yield Finding(
        id="pooling-lost",
        severity="error" if attention else "warning",
        seen=f"The model pools by '{found}'; {source}.",
        why="The pretrained attention pooling, with its weights, is gone from the model."
        if attention
        else "The head gets other features than the pretrained network was trained to give it.",
        fix=fixes.remade(case, {"global_pool": wanted}) or f"make the model with the pooling {wanted!r}",
        location="attn_pool" if attention else "",
    )
