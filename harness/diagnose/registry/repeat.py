"""Trains a recorded run once more, since records keep no weights, and looks whether it is the same run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from harness.records.record import Predictions, Record
from harness.records.store import rounded
from harness.spec.errors import RequestError
from harness.spec.identity import run_id
from harness.spec.machine import Machine
from harness.spec.spec import Spec
from harness.training.hardware import available
from harness.training.recording import Trained
from harness.training.run import run

PATHS = ("data.path", "data.root", "weights.path", "shift.path")
"""Keys that a record leaves out, because they hold on one machine only."""


@dataclass(frozen=True)
class Repeated:
    """The model of the repeated run; `exact` where all numbers are the recorded ones, `told` is the same in words."""

    spec: Spec
    trained: Trained
    exact: bool
    told: str


def recorded_spec(record: Mapping[str, Any], paths: Mapping[str, str]) -> Spec:
    """The spec of a record, its files and folders found at `paths` (see `PATHS`).

    Raises:
        RequestError: a path is missing or leads to other content, or the model is made by a function of the user's own.
    """
    fields = json.loads(json.dumps(record["spec"]))
    if fields["creation"]["name"] == "custom":
        raise RequestError(
            "creation: a model made by a function of your own cannot be read back without it, and is not registered"
        )
    for key, path in paths.items():
        group, _, leaf = key.partition(".")
        fields[group] |= {leaf: path, "fingerprint": None}
    for group, names in (("data", ("imagefolder", "table", "dicom")), ("weights", ("file",))):
        part = fields[group]
        if part["name"] in names and f"{group}.path" not in paths:
            raise RequestError(
                f"{group}.path: the run is to be repeated, and a record keeps no paths; name the place of "
                f"{part['label']} ({part['fingerprint']})"
            )
    try:
        spec = Spec.model_validate(fields)
    except ValueError as error:
        raise RequestError(f"the run's spec is unavailable here: {_first(error)}") from None
    for key in paths:
        group = key.partition(".")[0]
        part, then = getattr(spec, group), record["spec"][group]
        if part.fingerprint != then["fingerprint"]:
            raise RequestError(
                f"{key}: what is there has the fingerprint {part.fingerprint}, run {record['run_id']} was made from "
                f"{then['label']} with {then['fingerprint']}"
            )
        # A file is known by its content; the label is the name that it had.
        spec = spec.model_copy(update={group: part.model_copy(update={"label": then["label"]})})
    if run_id(spec) != record["run_id"]:
        raise RequestError(
            f"run {record['run_id']} cannot be repeated: this version of harness reads its spec otherwise"
        )
    return spec


def repeat(record: Mapping[str, Any], recorded: Predictions | None, paths: Mapping[str, str]) -> Repeated:
    """Train the run of a record again, with its device, threads and precision where they can be had.

    On a CPU the same code and versions give the same numbers bit by bit; elsewhere the difference is told.

    Raises:
        RequestError: the spec is unavailable here.
    """
    spec = recorded_spec(record, paths)
    kept: list[Trained] = []
    again = run(spec, _machine(record["provenance"]), keep=kept.append)
    differences = list(_differences(record, recorded, again))
    if not differences:
        return Repeated(spec, kept[0], True, "Trained again, the run gave every number as it was recorded.")
    other = _other_machinery(record["provenance"], again.provenance) or "no difference known"
    return Repeated(
        spec, kept[0], False, f"Trained again, the run differs from its record: {', '.join(differences)} ({other})."
    )


def _machine(provenance: Mapping[str, Any]) -> Machine:
    device = str(provenance.get("device") or "auto")
    there = any(name.startswith(device) for name in available())
    return Machine(
        device=device if there else "auto",
        precision=(provenance.get("precision") or "auto") if there else "auto",
        threads=provenance.get("threads") or "auto",
        monitors=False,
    )


def _differences(record: Mapping[str, Any], recorded: Predictions | None, again: Record) -> Iterator[str]:
    metrics = rounded(again.metrics)
    for name, value in record["metrics"].items():
        if name in metrics and metrics[name] != value:
            yield f"{name} {_number(metrics[name])} for {_number(value)}"
    if recorded is not None and again.predictions is not None:
        other = recorded.predicted != again.predictions.predicted  # of several labels [N, L]
        apart = int(np.count_nonzero(other.any(axis=1) if other.ndim == 2 else other))
        if apart:
            yield f"{apart} of {len(recorded.predicted)} test predictions"


def _number(value: Any) -> str:
    return f"{value:.5g}" if isinstance(value, float) else str(value)


def _other_machinery(then: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """What the record and this machine do not have in common."""
    pairs = [(name, then.get(name), now.get(name)) for name in ("device", "threads", "precision", "git_commit")]
    pairs.append(("cpu", (then.get("hardware") or {}).get("cpu"), now["hardware"]["cpu"]))
    versions = then.get("versions") or {}
    pairs += [(name, versions.get(name), version) for name, version in now["versions"].items()]
    return ", ".join(f"{name} {here} here and {there} there" for name, there, here in pairs if there != here)


def _first(error: Exception) -> str:
    return next((line.strip() for line in str(error).splitlines()[1:] if line.strip()), str(error))


def known_path(key: str, value: str) -> tuple[str, str]:
    """A path given on the command line, made absolute.

    Raises:
        RequestError: there is nothing.
    """
    path = Path(value).expanduser().absolute()
    if not path.exists():
        raise RequestError(f"{key}: nothing is at {path}")
    return key, str(path)
