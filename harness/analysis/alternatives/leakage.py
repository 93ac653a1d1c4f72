"""Rival cause: leakage between the splits."""

from __future__ import annotations

from harness.analysis.alternatives.alternative import Alternative, agreement
from harness.analysis.findings import Findings

CAUSE = "leakage between the splits"
TEST = "exact duplicates of training images in the test part are counted in every run"


def leakage(found: Findings) -> Alternative:
    """Ruled out where there is none, or where both sides of every pair have as many."""
    counts = found.runs["test_images_in_train"].dropna()
    if counts.empty:
        return Alternative(CAUSE, TEST, "not tested here", "no run counted duplicates")
    if (counts == 0).all():
        return Alternative(CAUSE, TEST, "ruled out", f"none in {len(counts)} runs")
    share = (100 * found.runs["test_images_in_train"] / found.runs["n_test"]).max()
    equal, total = agreement(found.pairs, "test_images_in_train")
    evidence = (
        f"up to {counts.max():g} test images ({share:.1f} %) are also in the training part; as many on both "
        f"sides in {equal} of {total} pairs, so it can lift both arms, but not one alone"
    )
    return Alternative(CAUSE, TEST, "ruled out" if total and equal == total else "not ruled out", evidence)
