"""What the controls say: null comparisons of eight seeds, and planted effects."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from harness.analysis.controls.blocks import FULL, PAIRED, TWIN
from harness.analysis.controls.false_positives import ALL
from harness.analysis.sentences.wording import of

_WORDS = {
    PAIRED: "with another draw of head and dropout",
    FULL: "with split and data order anew as well (eight seeds against the next eight)",
    TWIN: "of two arms that give the same runs number by number, with another draw for one of them",
}


def control_sentences(false_positives: pd.DataFrame, planted: pd.DataFrame) -> Iterator[str]:
    """For each kind of null the share of paired t intervals that exclude zero; how many planted effects were found."""
    if len(false_positives):
        whole = false_positives[(false_positives["interval"] == "t") & (false_positives["setting"] == ALL)]
        for row in whole.itertuples():
            told = "which holds" if row.held else "which does not hold"
            yield (
                f"Null comparisons of eight seeds {_WORDS[str(row.kind)]}: the paired t interval excludes zero in "
                f"{row.excluding} of {row.comparisons:,} ({row.share:.1f} %, exact interval {row.low:.1f} to "
                f"{row.high:.1f} %), {told} the nominal {row.nominal:.0f} %."
            )
    if len(planted):
        held, seen = int(planted["holds"].sum()), int(planted["found"].sum())
        yield (
            f"Planted effects of known size ({planted['known'].min():+.1f} to {planted['known'].max():+.1f} points): "
            f"the interval holds the known size in {of(held, len(planted), 'cell')}, and excludes zero besides in "
            f"{of(seen, len(planted), 'cell')}."
        )
