"""What a run leaves behind."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Literal

from harness.records.predictions import Predictions

Status = Literal["finished", "diverged", "failed"]


@dataclass(frozen=True)
class Record:
    """Spec, status, birth certificate, curve, metrics, statistics, timing and provenance of one run.

    `metrics` holds shares in percent and losses in nats, those of the validation part with the prefix `val_`; `timing`
    holds seconds; `probes` what optional instruments read, by their names. `evaluation` says how the test part was
    handled where that was not proper, and what it cost beside a proper evaluation (seconds, bytes); the proper metrics
    then have the prefix `proper_`. A run that diverged or failed has a `reason` and whatever was known until then.
    """

    run_id: str
    cell_id: str
    spec: dict[str, Any]
    status: Status
    reason: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    birth: dict[str, Any] = field(default_factory=dict)
    curve: list[dict[str, Any]] = field(default_factory=list)
    metrics: dict[str, Any] = field(default_factory=dict)
    evaluation: dict[str, Any] = field(default_factory=dict)
    statistics: list[dict[str, Any]] = field(default_factory=list)
    probes: dict[str, Any] = field(default_factory=dict)
    timing: dict[str, float] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)
    predictions: Predictions | None = field(default=None, repr=False)

    def as_json(self) -> dict[str, Any]:
        """Everything but the predictions, which lie beside the record in a file of their own."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name != "predictions"}
