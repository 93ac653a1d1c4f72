"""Two runs' answers to the same test images, image by image."""

from __future__ import annotations

import numpy as np
import scipy

from harness.analysis.compare.comparison import Section
from harness.analysis.compare.side import Run

TITLE = "Test predictions"


def predictions(a: Run, b: Run) -> Section:
    """How many answers agree, and the exact test of McNemar (1947, Psychometrika 12, 153-157).

    Of the images that one of the two has right and the other wrong, each has half, were both equally good: a binomial
    test, two-sided. It is about these two models on these images; other seeds are another matter.
    """
    if a.predictions is None or b.predictions is None:
        lacking = " and ".join(run.name for run in (a, b) if run.predictions is None)
        return Section(TITLE, (f"No predictions lie beside {lacking}.",))
    if not np.array_equal(a.predictions.label, b.predictions.label) or _test(a) != _test(b):
        return Section(TITLE, ("The two were tested on different images, so no answers can be compared.",))
    label, left, right = a.predictions.label, a.predictions.predicted, b.predictions.predicted
    images, equal = len(label), int((left == right).sum())
    only_a = int(((left == label) & (right != label)).sum())
    only_b = int(((left != label) & (right == label)).sum())
    told = f"{equal} of {images} answers are equal ({100 * equal / images:.1f} %)."
    if only_a + only_b == 0:
        return Section(TITLE, (told, "No image is right in one and wrong in the other."))
    p = float(scipy.stats.binomtest(only_a, only_a + only_b).pvalue)
    return Section(
        TITLE,
        (told, f"{only_a} are right in a alone, {only_b} in b alone: McNemar's exact p is {p:.2g}."),
        ("images", "equal", "right in a alone", "right in b alone", "mcnemar p"),
        ((images, equal, only_a, only_b, p),),
    )


def _test(run: Run) -> object:
    return (run.record.get("data") or {}).get("test_hash")
