"""Run the audit on a report's faulty model and on its twin, and judge what it says by the rules of the package."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterable
from types import ModuleType
from typing import Any

from harness.dev.foreign.causes import CAUSES
from harness.dev.foreign.later import inputs as later_inputs
from harness.dev.foreign.later import learning as later_learning
from harness.dev.foreign.later import models as later_models
from harness.dev.foreign.latest import inputs as latest_inputs
from harness.dev.foreign.latest import learning as latest_learning
from harness.dev.foreign.latest import models as latest_models
from harness.dev.foreign.material import Reported, Situation
from harness.dev.foreign.reports import heads, inputs, learning, modes, normalisation, weights
from harness.diagnose.audit.examine import check
from harness.diagnose.audit.report import Report

PLACES = (weights, heads, learning, modes, normalisation, inputs)
AFTERWARDS = (later_models, later_learning, later_inputs)
MENDED = (latest_models, latest_learning, latest_inputs)
SEEN, HELD_OUT, LATER, LATEST = "seen", "held out", "later", "latest"
COLUMNS = ("name", "source", "cause", "half", "found", "finding", "others", "twin called", "twin")
CALLS = ("error", "warning")


def reports() -> dict[str, Reported]:
    """All reports by name: those of the first look, then the later and the latest ones."""
    return {**_marked(PLACES), **_marked(AFTERWARDS), **_marked(MENDED)}


def parts() -> dict[str, str]:
    """Which part each report is in: a half of the first look, later, or latest."""
    return {
        **half(_marked(PLACES)), **dict.fromkeys(_marked(AFTERWARDS), LATER), **dict.fromkeys(_marked(MENDED), LATEST),
    }  # fmt: skip


def half(names: Iterable[str]) -> dict[str, str]:
    """Which half each name is in: the first half by SHA-256 is seen."""
    ordered = sorted(names, key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    return {name: SEEN if place < (len(ordered) + 1) // 2 else HELD_OUT for place, name in enumerate(ordered)}


def _marked(places: Iterable[ModuleType]) -> dict[str, Reported]:
    found = [each for place in places for each in vars(place).values() if isinstance(each, Reported)]
    return {each.name: each for each in found}


def judged(report: Reported, part: str) -> dict[str, Any]:
    """One row: whether the fault was found and by what, and what was said of the twin."""
    faulty, twin = _called(report.rebuild(True)), _called(report.rebuild(False))
    right = sorted((faulty & CAUSES[report.cause]) - twin)
    return {
        "name": report.name,
        "source": report.source,
        "cause": report.cause,
        "half": part,
        "found": "yes" if right else "no",
        "finding": " ".join(right),
        "others": " ".join(sorted(faulty - set(right))),
        "twin called": "yes" if twin else "no",
        "twin": " ".join(sorted(twin)),
    }


def _called(situation: Situation) -> set[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        told: Report = check(situation.model, **situation.arguments)
    return {finding.id for finding in told.findings if finding.severity in CALLS}
