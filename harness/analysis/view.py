"""The same runs from another side: other arms, and another baseline, than the study's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness.analysis.settings import settings
from harness.analysis.study import AnalysedStudy
from harness.spec.errors import RequestError
from harness.spec.variants import suggest


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
