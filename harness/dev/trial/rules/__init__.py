"""The mutations: one kind a file, a rule a public function `(subject, generator) -> subject`.

A rule is marked with the ids that would name it rightly and with the setup that it is planted in. What a model cannot
have (a dropout to delete) raises `Inapplicable`. The rules were written down before any recall was looked at.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from harness.dev.trial.subject import TrialSubject

Rule = Callable[[TrialSubject, random.Random], None]


class Inapplicable(Exception):  # noqa: N818 - no error: the architecture lacks what the rule would change
    """This rule has nothing to change in this model."""


def shows(*ids: str, setup: str = "training") -> Callable[[Rule], Rule]:
    """Mark a rule with the findings that name it rightly, any of which counts, and with its setup."""

    def mark(rule: Rule) -> Rule:
        rule.ids, rule.setup = frozenset(ids), setup  # type: ignore[attr-defined]
        return rule

    return mark
