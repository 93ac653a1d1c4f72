"""Statistics of paired differences, on arrays and data frames alone: they know nothing of studies or records."""

from harness.analysis.choices import CONFIDENCE, MIN_PAIRS
from harness.analysis.statistics.intervals import Floats, fraction_interval, t_interval
from harness.analysis.statistics.verdict import (
    DIFFERENT,
    EQUIVALENT,
    FAMILYWISE,
    UNDECIDED,
    holm,
    judge,
    summarise,
    verdicts,
)

__all__ = [
    "CONFIDENCE",
    "DIFFERENT",
    "EQUIVALENT",
    "FAMILYWISE",
    "MIN_PAIRS",
    "UNDECIDED",
    "Floats",
    "fraction_interval",
    "holm",
    "judge",
    "summarise",
    "t_interval",
    "verdicts",
]
