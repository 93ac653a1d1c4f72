"""From the requests of a sweep to the study that they make."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.analysis.sequential.plan import Plan
from harness.records.archive import done_ids
from harness.records.store import STUDY, write_text
from harness.spec.identity import cell_id, run_id
from harness.spec.spec import Spec
from harness.studies.request import DEFAULT_STUDY, Request


@dataclass(frozen=True)
class Skipped:
    """A cell that cannot be, and why."""

    cell: str
    reason: str


@dataclass(frozen=True)
class Study:
    """Checked requests with one folder: every run once, in an order that lets neighbours share what they load.

    `plan` is that of the looks, None where the seeds are fixed.
    """

    requests: tuple[Request, ...]
    skipped: tuple[Skipped, ...]
    overrides: tuple[str, ...]
    plan: Plan | None = None

    @property
    def first(self) -> Request:
        """What holds for all of a study's runs is read from its first request."""
        return self.requests[0]

    @property
    def folder(self) -> Path:
        """Where the records go."""
        return self.first.folder

    def runs(self) -> list[Spec]:
        """Each distinct run: probes first, as they are quick, then cell by cell, so that what is done is whole."""
        distinct = {run_id(request.spec): request.spec for request in self.requests}
        place: dict[str, int] = {}
        for spec in distinct.values():
            place.setdefault(cell_id(spec), len(place))
        return sorted(
            distinct.values(),
            key=lambda spec: (
                spec.transfer.name != "linear_probe",
                spec.data.label or "",
                spec.backbone.name,
                place[cell_id(spec)],
                spec.seed,
            ),
        )

    def missing(self, tried: frozenset[str] = frozenset()) -> list[Spec]:
        """The runs that have not ended yet, or all of them under `force`; without those tried since the start."""
        done = tried if self.first.force else tried | done_ids(self.folder)
        return [spec for spec in self.runs() if run_id(spec) not in done]

    def description(self) -> dict[str, Any]:
        """The content of study.json."""
        comparison, spec = self.first.comparison, self.first.spec
        baseline = comparison.baseline or {
            "creation": spec.creation.target or spec.creation.name,
            "init": spec.init.name,
            "replicate": spec.replicate,
        }
        name = self.first.study or DEFAULT_STUDY
        return {
            "name": name,
            "title": comparison.title or name,
            "claim": comparison.claim,
            "arms": list(comparison.arms),
            "baseline": baseline,
            "margin": comparison.margin,
            "metric": comparison.metric,
            "cells": sorted({cell_id(request.spec) for request in self.requests}),
            "overrides": list(self.overrides),
            "skipped": [{"cell": cell.cell, "reason": cell.reason} for cell in self.skipped],
            "historical": comparison.historical,
            "until_decided": None if self.plan is None else self.plan.as_json(),
        }

    def write(self) -> None:
        """Write study.json."""
        write_text(self.folder / STUDY, json.dumps(self.description(), indent=1) + "\n")
