"""What came of a study's predictions."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from harness.analysis.expectations.judge import AS_SAID, OTHERWISE, UNDECIDED
from harness.analysis.sentences.wording import count, listed


def predicted(table: pd.DataFrame) -> Iterator[str]:
    """One sentence a prediction: in how many rows it came as said."""
    if table.empty:
        return
    for (claim, says), rows in table.groupby(["claim", "says"], sort=False):
        outcomes = rows["outcome"].value_counts()
        parts = [f"{word} in {outcomes[word]}" for word in (AS_SAID, OTHERWISE, UNDECIDED) if word in outcomes]
        yield f"Predicted for claim {claim}: {says}. Of {count(len(rows), 'row')} {listed(parts)}."
