"""Recall and false alarms over mutations made by rule."""

from __future__ import annotations

import importlib
import inspect
import random
import time
from collections.abc import Iterator
from typing import Any

from harness.dev.trial.rules import Inapplicable
from harness.dev.trial.subject import TIMM, TORCHVISION, TrialSubject, dressed, make
from harness.diagnose.audit.examine import check
from harness.diagnose.audit.report import Report
from harness.spec.streams import derive
from harness.spec.variants import variants

RULES = "harness.dev.trial.rules"
SETUPS = ("training", "inference", "pipeline", "reference")
HEALTHY = "healthy"
COLUMNS = ("library", "model", "rule", "setup", "planted", "found", "serious", "warnings", "outcome", "seconds")

Row = dict[str, Any]


def rules() -> dict[str, Any]:
    """Every rule by its kind and name: the public functions of the modules in `rules`."""
    return {
        f"{kind}.{name}": function
        for kind in variants(RULES)
        for name, function in inspect.getmembers(importlib.import_module(f"{RULES}.{kind}"), inspect.isfunction)
        if hasattr(function, "ids")
    }


def mutate(done: set[tuple[str, str]]) -> Iterator[Row]:
    """One row for each healthy setup and each rule of each model; what is in `done` (model, rule) is left out."""
    for library, names in (("timm", TIMM), ("torchvision", TORCHVISION)):
        for name in names:
            wanted = [*(f"{HEALTHY}.{setup}" for setup in SETUPS), *rules()]
            if all((name, rule) in done for rule in wanted):
                continue
            subject = make(library, name)
            for rule in wanted:
                if (name, rule) not in done:
                    yield _row(subject, rule)


def _row(subject: TrialSubject, rule: str) -> Row:
    kind, _, setup = rule.partition(".")
    row: Row = dict.fromkeys(COLUMNS, "") | {"library": subject.library, "model": subject.name, "rule": rule}
    began = time.perf_counter()
    if kind == HEALTHY:
        report = _check(dressed(subject, setup))
        outcome = "false alarm" if report.serious else "silent"
        expected: frozenset[str] = frozenset()
    else:
        function = rules()[rule]
        setup, expected = function.setup, function.ids
        mutant = dressed(subject, setup)
        try:
            function(mutant, random.Random(derive("mutation", subject.name, rule)))
        except Inapplicable as reason:
            return row | {"setup": setup, "outcome": f"inapplicable: {reason}"}
        except Exception as error:  # the library itself refuses what the rule does (a state dict without version)
            return row | {"setup": setup, "outcome": f"inapplicable: {error!r}"[:120]}
        try:
            report = _check(mutant)
        except Exception as error:  # a mutant that the audit breaks on counts as missed
            return row | {"setup": setup, "planted": " ".join(sorted(expected)), "outcome": f"crash: {error!r}"[:120]}
        named = {finding.id for finding in report.findings if finding.severity != "note"} & expected
        outcome = "found" if named else "other" if report.serious else "missed"
    return row | {
        "setup": setup,
        "planted": " ".join(sorted(expected)),
        "found": " ".join(sorted(report.ids & expected)),
        "serious": " ".join(sorted({finding.id for finding in report.serious})),
        "warnings": " ".join(sorted({each.id for each in report.findings if each.severity == "warning"})),
        "outcome": outcome,
        "seconds": round(time.perf_counter() - began, 2),
    }


def _check(subject: TrialSubject) -> Report:
    arguments = {key: value for key, value in subject.arguments.items() if key != "raw"}
    return check(subject.model, **arguments)
