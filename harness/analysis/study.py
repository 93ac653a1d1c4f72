"""The study's own file, `study.json`: what is compared, against what, and by which margin."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.analysis.attribution.crossing import Crossing
from harness.analysis.choices import Correction
from harness.analysis.expectations.expectation import Expectation
from harness.analysis.metric import TITLES
from harness.analysis.sequential.plan import LookPlan, read_plan
from harness.analysis.statistics.correction import TITLES as CORRECTIONS
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
