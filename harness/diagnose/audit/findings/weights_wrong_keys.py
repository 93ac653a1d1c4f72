"""Weights were loaded under wrong keys: their names do not fit, or tensors sit in each other's place."""

from __future__ import annotations

from collections.abc import Iterator

from harness.diagnose.audit import _fixes as fixes
from harness.diagnose.audit._heads import HEAD_NAMES
from harness.diagnose.audit._origin import likely_name
from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.report import Finding, listed


@declares(
    "error",
    "warning",
    measures="tensors that hold another's values; names in the weights that the model lacks",
    threshold="w where nothing of the model is missing and its modules lack a tensor that the weights have",
)
def weights_wrong_keys(case: Case) -> Iterator[Finding]:
    """Tensors that hold what the weights keep for another, and missing ones that the weights name differently."""
    origin = case.origin
    if origin.exchanged:
        name, source = next(iter(origin.exchanged.items()))
        yield Finding(
            id="weights-wrong-keys",
            severity="error",
            seen=f"{len(origin.exchanged)} tensors hold what the weights keep for another: {name} holds {source}.",
            why="The shapes agree, so nothing complained; the network computes something else.",
            fix="compare your renaming of the keys with model.state_dict().keys()",
            location=name,
        )
    if not origin.missing:
        yield from _dropped(case)
    if not origin.missing or not origin.leftover:
        return
    pairs = [(name, near) for name in origin.missing if (near := likely_name(name, origin.leftover))]
    yield Finding(
        id="weights-wrong-keys",
        severity="error",
        seen=f"{len(origin.missing)} tensors are not in the weights, and {len(origin.leftover)} names in the "
        "weights are "
        "not the model's: "
        + (f"{pairs[0][0]} is there as {pairs[0][1]}." if pairs else f"{listed(origin.leftover)}."),
        why="load_state_dict(strict=False) passes over names that do not fit without a word.",
        fix=f"weights = {{key.removeprefix({_prefix(*pairs[0])!r}): value for key, value in weights.items()}}; "
        + fixes.loading(case)
        if pairs and pairs[0][1].endswith(pairs[0][0])
        else "rename the keys of the state dict to model.state_dict().keys()",
        location=origin.missing[0],
    )  # fmt: skip


def _dropped(case: Case) -> Iterator[Finding]:
    """Tensors of the weights that belong in modules of the model, and have no place there."""
    names = [name for name in case.origin.dropped if not set(name.split(".")) & set(HEAD_NAMES)]
    if names:
        yield Finding(
            id="weights-wrong-keys",
            severity="warning",
            seen=f"{len(names)} tensors of the weights have no place in the model, though their modules are there: "
            f"{listed(names)}.",
            why="The weights are those of a variant with more in it, such as gains on the residual branches; without "
            "them the rest computes something else, and load_state_dict(strict=False) does not say so.",
            fix="make the variant that the weights belong to, or load them with strict=True",
            location=names[0].rpartition(".")[0],
        )


def _prefix(name: str, stored: str) -> str:
    return stored.removesuffix(name)
