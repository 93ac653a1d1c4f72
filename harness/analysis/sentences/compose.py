"""All sentences of the answer, in order."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from harness.analysis.findings import Findings
from harness.analysis.gaps import gaps
from harness.analysis.sentences.advice import advice
from harness.analysis.sentences.arms import crowded, others, overview
from harness.analysis.sentences.bridge import bridge
from harness.analysis.sentences.cause import cause, start
from harness.analysis.sentences.controls import control_sentences, noise
from harness.analysis.sentences.gaps import gap_sentences
from harness.analysis.sentences.reported import past, predicted
from harness.analysis.sentences.scope import incomparable, looks, machinery, scope


def sentences(found: Findings, tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """The answer: different heads and predictions first, then gaps, cause, advice, other methods, looks, the historical
    pair, noise floor, controls, scope."""
    every = gaps(found, found.contrasts)
    explanations, none = tables["rivals.csv"], pd.DataFrame()
    told = [*start(found), *machinery(found), *predicted(tables.get("predictions.csv", none)), *bridge(found)]
    if every and crowded(found, every):
        told += overview(found, every)
        told += cause(found, every, explanations)
    elif every:
        told += gap_sentences(found, every)
        told += cause(found, every, explanations)
        told += advice(found, every)
    else:
        told.append(incomparable(found))
    told += others(found)
    told += looks(found)
    told += past(found)
    told += noise(found)
    told += control_sentences(tables.get("false_positives.csv", none), tables.get("planted.csv", none))
    told += scope(found)
    return told
