"""Which images belong together."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.diagnose.analyze.facts import Facts
from harness.training.recipe.defaults import Recommendation

PATTERNS = (
    (r"(person\d+|IM-\d+)", "Kermany et al. 2018, chest X-rays"),
    (r"(patient\d+)", "Irvin et al. 2019, CheXpert"),
    (r"^(\d{8})_\d{3}", "Wang et al. 2017, ChestX-ray14"),
    (r"(TCGA-\w\w-\w{4})", "The Cancer Genome Atlas"),
    (r"(?i)((?:patient|subject|subj|sub|case|person)[-_ ]?\d+)", "names that tell a person"),
)
MOST_GROUPS = 0.95
"""Of the images: where nearly every one would be its own group, the pattern found a number, not a person."""


def groups(facts: Facts) -> Iterator[Recommendation]:
    """A pattern that finds a person in every file name of the training part, several images of some."""
    if facts.spec.data.name != "imagefolder" or facts.spec.data.groups is not None:
        return
    names = [name.rpartition("/")[2] for name in facts.names]
    for pattern, source in PATTERNS:
        found = [match.group(1) for name in names if (match := re.search(pattern, name))]
        distinct = len(set(found))
        if len(found) == len(names) and 1 < distinct < MOST_GROUPS * len(names):
            reason = f"{len(names):,} file names tell {distinct:,} people; a split must not divide one"
            yield Recommendation("data.groups", pattern, reason, source)
            return
