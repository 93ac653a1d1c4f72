"""What a run leaves behind: its record, and its answers to the test images."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

MOST_CLASSES = 20
"""Beyond so many classes probabilities would make most of a study's size."""

_LEAST = -1e4  # half precision ends at 65,504


@dataclass(frozen=True)
class Predictions:
    """The answer to every test image, in the order of the test set.

    `label` and `predicted` are class indices, `loss` is the cross-entropy in nats; one entry an image each. Where there
    are 20 classes at most, `log_probability` [N, C] holds the log-softmax; `group` holds a code for each image's group.
    All but the first two may be missing: in old files, and in an archive.
    """

    label: npt.NDArray[np.int16]
    predicted: npt.NDArray[np.int16]
    loss: npt.NDArray[np.float32] | None = None
    log_probability: npt.NDArray[np.float16] | None = None
    group: npt.NDArray[np.int32] | None = None

    def arrays(self) -> dict[str, Any]:
        """The arrays that there are, by name."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: array for name, array in found.items() if array is not None}


def compact(log_probability: npt.NDArray[np.floating]) -> npt.NDArray[np.float16] | None:
    """Half precision, which is finest near a probability of 1; None for more than 20 classes."""
    if log_probability.shape[1] > MOST_CLASSES:
        return None
    halved: npt.NDArray[np.float16] = np.maximum(log_probability, _LEAST).astype(np.float16)
    return halved


def group_codes(groups: tuple[str, ...] | None) -> npt.NDArray[np.int32] | None:
    """The groups' names as numbers."""
    return None if groups is None else np.unique(groups, return_inverse=True)[1].astype(np.int32)


Status = Literal["finished", "diverged", "failed"]


@dataclass(frozen=True)
class Record:
    """Spec, status, initial diagnostics (`birth`), curve, metrics, statistics, timing and provenance of one run.

    `metrics` holds fractions in percent and losses in nats, those of the validation part with the prefix `val_`;
    `timing` holds seconds; `probes` what the optional monitors measured, by their names. `evaluation` says how the test
    part was handled where that was not proper, and what it cost beside a proper evaluation (seconds, bytes); the proper
    metrics then have the prefix `proper_`. A run that diverged or failed has a `reason` and what was known until then.
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
        """Everything but the predictions, which lie beside the record in a file of their own; nothing is copied."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name != "predictions"}
