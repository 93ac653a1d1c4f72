"""The study's own file, `study.json`, and the same study seen with other methods and another baseline."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from harness.analysis.choices import TITLES, Correction
from harness.analysis.expectation import Expectation
from harness.analysis.look_plan import LookPlan, read_plan
from harness.analysis.settings import settings
from harness.analysis.shapley import Crossing
from harness.analysis.statistics.verdict import TITLES as CORRECTIONS
from harness.records.earlier import studies
from harness.records.store import STUDY
from harness.spec.errors import RequestError
from harness.spec.variants import suggest

ARMS = ("creation", "init", "replicate")
SEQUENTIAL = "the correction for looks and comparisons"
MARGIN = 1.0


@dataclass(frozen=True)
class AnalysedStudy:
    """A named question. `margin` is in points of `metric`; `historical` a pair of validation top-1 in percent.

    `until_decided` is the plan of looks, None where the seeds were fixed in advance.
    """

    name: str
    title: str = ""
    claim: str = ""
    arms: tuple[str, ...] = ARMS
    baseline: dict[str, Any] = field(default_factory=dict)
    margin: float = MARGIN
    metric: str = "top1"
    correction: Correction = "holm"
    cells: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    skipped: tuple[dict[str, str], ...] = ()
    historical: tuple[float, float] | None = None
    expects: tuple[Expectation, ...] = ()
    bridges: tuple[Crossing, ...] = ()
    until_decided: LookPlan | None = None

    @property
    def guard(self) -> str:
        """What keeps many comparisons from giving false findings."""
        return CORRECTIONS[self.correction] if self.until_decided is None else SEQUENTIAL

    @property
    def measure(self) -> str:
        """The metric that arms are compared by, in words."""
        return TITLES[self.metric]


def read_study(folder: Path) -> AnalysedStudy:
    """Read a study's file.

    Raises:
        RequestError: the folder holds no study, or its file is no JSON.
    """
    path = folder / STUDY
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        others = [study.name for study in studies(folder.parent)]
        hint = suggest(folder.name, others) if others else "name the folder that a sweep has written"
        raise RequestError(f"study: no {STUDY} in {folder}; {hint}") from None
    except json.JSONDecodeError as error:
        raise RequestError(f"study: {path} is no JSON ({error}); start the sweep again to write it anew") from None
    return parse(content, folder.name)


def parse(content: dict[str, Any], name: str) -> AnalysedStudy:
    """A study from the content of its file; `name` stands in where it has none."""
    historical = content.get("historical")
    margin = content.get("margin")
    return AnalysedStudy(
        name=content.get("name") or name,
        title=content.get("title") or content.get("name") or name,
        claim=(content.get("claim") or "").strip(),
        arms=tuple(content.get("arms") or ARMS),
        baseline=content.get("baseline") or {},
        margin=MARGIN if margin is None else float(margin),
        metric=content.get("metric") or "top1",
        correction=content.get("correction") or "holm",
        cells=tuple(content.get("cells") or ()),
        overrides=tuple(content.get("overrides") or ()),
        skipped=tuple(content.get("skipped") or ()),
        historical=(float(historical[0]), float(historical[1])) if historical else None,
        expects=tuple(Expectation.model_validate(each) for each in content.get("expects") or ()),
        bridges=tuple(Crossing.from_json(each) for each in content.get("bridges") or ()),
        until_decided=read_plan(content.get("until_decided")),
    )


def select(study: AnalysedStudy, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The records of the study's cells, with every seed found; all of them where the study names no cells."""
    if not study.cells:
        return records
    cells = set(study.cells)
    return [record for record in records if record["cell_id"] in cells]


@dataclass(frozen=True)
class View:
    """What is compared (`arms`: groups such as transfer, or keys such as recipe.lr), and against what."""

    arms: tuple[str, ...]
    baseline: Mapping[str, str]

    @property
    def words(self) -> tuple[str, str]:
        """As `harness report` takes it."""
        baseline = ",".join(f"{name}:{value}" for name, value in self.baseline.items())
        return f"arms={','.join(self.arms)}", f"baseline={baseline}"

    def of(self, study: AnalysedStudy, records: list[dict[str, Any]]) -> AnalysedStudy:
        """The study with these arms; a plan of looks stays, with the comparisons counted anew.

        Raises:
            RequestError: no run has such a setting, or none has the baseline's value.
        """
        seen: dict[str, set[str]] = {}
        for record in records:
            for name, value in settings(record["spec"]).items():
                seen.setdefault(name, set()).add(str(value))
        faults = [f"arms: no run has '{name}'; {suggest(name, seen)}" for name in self.arms if name not in seen]
        faults += [
            f"baseline: {name} has to be one of the arms ({', '.join(self.arms)})"
            for name in self.baseline
            if name not in self.arms
        ]
        faults += [
            f"baseline: no run has {name}={value}; {suggest(value, seen[name])}"
            for name, value in self.baseline.items()
            if name in seen and value not in seen[name]
        ]
        if faults:
            raise RequestError(faults)
        plan = study.until_decided and replace(study.until_decided, comparisons=0)
        return replace(
            study,
            arms=self.arms,
            baseline=dict(self.baseline),
            historical=None,
            bridges=(),
            expects=(),
            until_decided=plan,
        )
