"""A study: the requests of a sweep as one question, and what it and its runs are called."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from harness.analysis.look_plan import LookPlan
from harness.analysis.settings import settings
from harness.analysis.shapley import Crossing
from harness.records.archive import done_ids
from harness.records.store import STUDY, write_text
from harness.spec.identity import configuration_id, identify
from harness.spec.secret import redacted
from harness.spec.spec import Spec
from harness.study.request import Request


@dataclass(frozen=True)
class Skipped:
    """A configuration that is unavailable, and why."""

    configuration: str
    reason: str


@dataclass(frozen=True)
class Study:
    """Checked requests with one folder: every run once, in an order that lets neighbours share what they load.

    What was asked for is told without `out`: a folder of one's machine is no part of the question.

    `plan` is that of the looks, None where the seeds are fixed.
    """

    requests: tuple[Request, ...]
    skipped: tuple[Skipped, ...]
    overrides: tuple[str, ...]
    bridges: tuple[Crossing, ...] = ()
    plan: LookPlan | None = None

    @property
    def first(self) -> Request:
        """What holds for all of a study's runs is read from its first request."""
        return self.requests[0]

    @property
    def folder(self) -> Path:
        """Where the records go."""
        return self.first.folder

    @cached_property
    def _ids(self) -> list[tuple[str, str]]:
        """Ids of run and configuration of each request."""
        return [identify(request.spec) for request in self.requests]

    @cached_property
    def by_id(self) -> dict[str, Spec]:
        """Each distinct run: linear probes first, as they are quick, then one configuration after the other."""
        distinct = {run: request.spec for (run, _), request in zip(self._ids, self.requests, strict=True)}
        configurations = dict(self._ids)
        place = {configuration: at for at, configuration in enumerate(self.configurations)}

        def order(identity: str) -> tuple[bool, str, str, int, int, int]:
            spec, at = distinct[identity], place[configurations[identity]]
            probe, split = spec.transfer.name == "linear_probe", spec.data.split
            return not probe, spec.data.label or "", spec.backbone.name, at, spec.seed, -1 if split is None else split

        return {identity: distinct[identity] for identity in sorted(distinct, key=order)}

    @cached_property
    def configurations(self) -> dict[str, Request]:
        """The first request of each configuration."""
        found: dict[str, Request] = {}
        for (_, configuration), request in zip(self._ids, self.requests, strict=True):
            found.setdefault(configuration, request)
        return found

    def comparing(self, further: Sequence[str]) -> Study:
        """The study with further settings among those that it compares."""
        compared = tuple(dict.fromkeys([*self.first.comparison.arms, *further]))
        if compared == self.first.comparison.arms:
            return self
        told = {"comparison": self.first.comparison.model_copy(update={"arms": compared})}
        return replace(self, requests=tuple(request.model_copy(update=told) for request in self.requests))

    def runs(self) -> list[Spec]:
        """The distinct runs in their order."""
        return list(self.by_id.values())

    def missing(self, tried: frozenset[str] = frozenset()) -> list[Spec]:
        """The runs that have not ended yet, or all of them under `force`; without those tried since the start."""
        done = tried if self.first.force else tried | done_ids(self.folder)
        return [spec for identity, spec in self.by_id.items() if identity not in done]

    def description(self) -> dict[str, Any]:
        """The content of study.json."""
        comparison, spec = self.first.comparison, self.first.spec
        baseline = comparison.baseline or {
            "creation": spec.creation.target or spec.creation.name,
            "init": spec.init.name,
            "replicate": spec.replicate,
        }
        name = self.first.study_name
        return {
            "name": name,
            "title": comparison.title or name,
            "claim": comparison.claim,
            "arms": list(comparison.arms),
            "baseline": baseline,
            "margin": comparison.margin,
            "metric": comparison.metric,
            "correction": comparison.correction,
            "expects": [expected.model_dump(mode="json", exclude_defaults=True) for expected in comparison.expects],
            "bridges": [bridge.as_json() for bridge in self.bridges],
            "cells": sorted(self.configurations),
            "overrides": [redacted(override) for override in self.overrides if not override.startswith("out=")],
            "skipped": [{"cell": skip.configuration, "reason": skip.reason} for skip in self.skipped],
            "historical": comparison.historical,
            "until_decided": None if self.plan is None else self.plan.as_json(),
        }

    def write(self) -> None:
        """Write study.json."""
        write_text(self.folder / STUDY, json.dumps(self.description(), indent=1) + "\n")


def describe(spec: dict[str, Any]) -> str:
    """A run in a few words."""
    recipe, takes = spec["recipe"], spec["bridge"]["takes"]
    hybrid = f" with {', '.join(takes)} of {spec['bridge']['to']['creation']['name']}" if takes else ""
    return (
        f"{spec['backbone']['name']} {spec['creation']['name']} {spec['init']['name']}{hybrid} {spec['data']['label']} "
        f"{spec['transfer']['name']} lr={recipe['lr']:g} epochs={recipe['epochs']} seed={spec['seed']}"
    )


LENGTH = 8  # hexadecimal digits
MOST_WORDS = 80  # characters before them
BRIDGE = "bridge"


def named(study: Study) -> Study:
    """The study itself where it has a name, else the same with the name that `name_of` gives it."""
    if study.first.study is not None:
        return study
    return with_name(study, name_of(study.requests))


def with_name(study: Study, name: str) -> Study:
    """The study under this name, which says where its records lie."""
    return replace(study, requests=tuple(request.model_copy(update={"study": name}) for request in study.requests))


def name_of(requests: Sequence[Request], kind: str = "", space: Sequence[str] = ()) -> str:
    """`DATA-BACKBONE-METHOD-vs-METHOD-DIGITS`; the digits: a hash of configurations, and of a space that is searched.

    The same sweep, or one with other seeds, has the same name on every machine; one that differs in any other setting
    of a run has another. A sweep that bridges its creations has a name of its own beside the one that does not.
    """
    first = requests[0]
    configurations: dict[str, Spec] = {}
    for request in requests:
        configurations.setdefault(configuration_id(request.spec), request.spec)
    columns = [settings(spec.model_dump(mode="json")) for spec in configurations.values()]
    kinds = [kind] if kind else [BRIDGE] if first.comparison.bridge else []
    words = [*kinds, _told(columns, "data"), _told(columns, "backbone"), *_methods(columns, first.comparison.arms)]
    content = json.dumps([*kinds, *sorted(configurations), *space])
    digits = hashlib.sha256(content.encode()).hexdigest()[:LENGTH]
    text = re.sub(r"[^\w.]+", "-", "-".join(words)).strip("-.")[:MOST_WORDS].rstrip("-.")
    return f"{text}-{digits}"


def _told(columns: Sequence[dict[str, Any]], name: str) -> str:
    values = list(dict.fromkeys(str(column.get(name)) for column in columns))
    return "-and-".join(values) if len(values) <= 2 else f"{len(values)}-{name}s"


def _methods(columns: Sequence[dict[str, Any]], compared: Iterable[str]) -> list[str]:
    """What varies among the keys that are compared; the creation method where nothing does."""
    found = []
    for key in compared:
        names = [
            name for name in dict.fromkeys(each for column in columns for each in column) if _belongs_to(name, key)
        ]
        for name in names:
            values = list(dict.fromkeys(str(column.get(name)) for column in columns))
            if len(values) > 1:
                more = f"-and-{len(values) - 2}-more" if len(values) > 2 else ""
                label = "" if name in ("creation", "init") else f"{name.rpartition('.')[2]}-"
                found.append(f"{label}{values[0]}-vs-{values[1]}{more}")
    return found or [_told(columns, "creation")]


def _belongs_to(name: str, key: str) -> bool:
    return (name == key or name.startswith(f"{key}.")) and not name.endswith("fingerprint")
