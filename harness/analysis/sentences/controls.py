"""What null pairs and positive controls say of the study's intervals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from harness.analysis.controls import ALL, FULL, PAIRED, TWIN
from harness.analysis.findings import Findings
from harness.analysis.nulls import Nulls
from harness.analysis.sentences.wording import count, of


def _floors(nulls: Nulls, labels: dict[Any, str]) -> str:
    """Spread of the null differences for each method, where there are several."""
    by_family = (
        nulls.table.groupby("family", sort=False)["diff_sd"].apply(lambda sd: float((sd**2).mean() ** 0.5))
    ).dropna()
    if len(by_family) < 2:
        return ""
    return " (" + "; ".join(f"{labels[family]} {sd:.1f}" for family, sd in by_family.items()) + ")"


def noise(found: Findings) -> Iterator[str]:
    """Fraction of null intervals that exclude zero, beside what is expected by chance, and the floor in points."""
    nulls = found.nulls
    if not nulls.judged:
        return
    labels = found.runs.sort_values("replicate").drop_duplicates("family").set_index("family")["arm_label"].to_dict()
    told = (
        "as expected by chance (5 %)"
        if nulls.as_chance
        else "more than expected by chance (5 %): the intervals of this study are too narrow for small differences"
    )
    yield (
        "Noise floor: the same method with other random numbers for head and dropout differs by a standard deviation "
        "of "
        f"{nulls.floor:.1f} points over seeds{_floors(nulls, labels)}; the interval of {nulls.excluding} of "
        f"{count(nulls.judged, 'null pair')} excludes zero, {told}."
    )


_WORDS = {
    PAIRED: "with other random numbers for head and dropout",
    FULL: "with another split and data order as well (eight seeds against the next eight)",
    TWIN: "of two methods that give the same runs number by number, with other random numbers for one of them",
}


def control_sentences(false_positives: pd.DataFrame, positive: pd.DataFrame) -> Iterator[str]:
    """For each kind of null the fraction of t intervals that exclude zero; how many positive controls were found."""
    if len(false_positives):
        whole = false_positives[(false_positives["interval"] == "t") & (false_positives["setting"] == ALL)]
        for row in whole.itertuples():
            told = "which contains" if row.held else "which does not contain"
            yield (
                f"Null comparisons of eight seeds {_WORDS[str(row.kind)]}: the paired t interval excludes zero in "
                f"{row.excluding} of {row.comparisons:,} ({row.share:.1f} %, exact interval {row.low:.1f} to "
                f"{row.high:.1f} %), {told} the nominal {row.nominal:.0f} %."
            )
    if len(positive):
        held, seen = int(positive["holds"].sum()), int(positive["found"].sum())
        yield (
            f"Positive controls of known size ({positive['known'].min():+.1f} to {positive['known'].max():+.1f} "
            f"points): the interval contains the known size in {of(held, len(positive), 'configuration')}, and also "
            f"excludes zero in {of(seen, len(positive), 'configuration')}."
        )
