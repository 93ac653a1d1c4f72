"""What a version consists of, written into a folder: weights, description, card, audit and its configuration's runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from jinja2 import Environment, PackageLoader, StrictUndefined
from torch import Tensor

from harness.analysis.choices import TITLES, USUAL_OF_LABELS, validated
from harness.analysis.statistics import t_interval
from harness.data.load import load
from harness.data.split import split
from harness.diagnose.audit.examine import check
from harness.diagnose.audit.formats import json as as_json
from harness.diagnose.audit.planned import audit_spec
from harness.diagnose.audit.report import Report
from harness.diagnose.registry.choice import COLUMNS, BestRun
from harness.diagnose.registry.repeat import Repeated
from harness.diagnose.registry.restore import DESCRIPTION, WEIGHTS, restore, write_model
from harness.execution.mlflow.naming import configuration
from harness.spec.errors import RequestError
from harness.spec.packaged import packaged_weights
from harness.spec.streams import stream
from harness.training.batches import Normalise
from harness.training.recording import Trained

LONGEST = 5000
"""What MLflow's database keeps of a version's description, in characters."""


def measured(choice: BestRun) -> dict[str, float]:
    """The study's metric over the configuration's seeds: how many, mean, deviation, and the mean's 95 % interval."""
    found: dict[str, float] = {"seeds": float(len(choice.runs))}
    for name, column in ((choice.study.metric, "score"), (f"val_{validated(choice.study.metric)}", "val_score")):
        mean, sd = float(choice.runs[column].mean()), float(choice.runs[column].std())
        low, high, _ = t_interval(*(np.array([value], float) for value in (found["seeds"], mean, sd)))
        values = {"mean": mean, "std": sd, "low": float(low[0]), "high": float(high[0])}
        found |= {f"{name}_{end}": value for end, value in values.items() if np.isfinite(value)}
    return found


def card(choice: BestRun, repeated: Repeated, reports: Sequence[Report]) -> str:
    """The card, at most 5,000 characters: what, data, recipe, metrics with intervals, audit, limits, licence."""
    record = choice.record
    environment = Environment(
        loader=PackageLoader("harness.diagnose.registry"),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    metrics: dict[str, Any] = record["metrics"]
    text = environment.get_template("card.md.j2").render(
        choice=choice,
        record=record,
        spec=repeated.spec,
        configuration=configuration(record["spec"]),
        data=record["data"],
        metrics=metrics,
        measured=measured(choice),
        metric=choice.study.metric,
        validation=validated(choice.study.metric),
        title=TITLES[choice.study.metric],
        repeated=repeated,
        by_label=_by_label(record),
        reports=reports,
        weights=_weights(record),
        licences=licences(record),
        provenance=record["provenance"],
    )
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 4]} ..."


MOST_LABELS = 20
"""In the card; all are in the model's description."""


def _by_label(record: Mapping[str, Any]) -> list[tuple[str, float | None, float | None, float | None]]:
    """Of several labels an image the name, threshold, average precision and AUROC of each; empty for one class."""
    metrics = record["metrics"]
    if "thresholds" not in metrics:
        return []
    columns = (metrics["thresholds"], metrics["average_precision_by_label"], metrics["auroc_by_label"])
    return list(zip(record["data"]["classes"], *columns, strict=True))[:MOST_LABELS]


def licences(record: Mapping[str, Any]) -> str:
    """What is known of the terms under which a run's model may be passed on."""
    weights = _weights(record)
    source = weights.get("source")
    known = packaged_weights(record["spec"]["backbone"]["name"]) if source == "package" else None
    if known is not None:
        return (
            f"The pretrained weights are under {known.licence} (pip's {known.requirement}). The harness does not know "
            "the licence of the data; it is to be looked up where they come from before the model is passed on."
        )
    return (
        f"The harness does not know the licence of the pretrained weights{f' (from: {source})' if source else ''}, nor "
        "that of the data; both are to be looked up where they come from before the model is passed on."
    )


def _weights(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the run's initial diagnostics say of them."""
    return (record.get("birth") or {}).get("weights") or {}


RUNS, CARD, AUDIT = "runs.csv", "card.md", "audit.json"
EARLIER_RUNS = "cell.csv"
"""What versions up to 0.2.0 called it."""

FILES = {"weights": WEIGHTS, "spec": DESCRIPTION, "runs": RUNS, "card": CARD, "audit": AUDIT}

IMAGES = 64
CLOSE = 1e-4
"""Largest difference of logits, by their own size, that the order of sums can make in float32."""


@dataclass(frozen=True)
class Package:
    """A folder with `FILES`; the images' side in pixels, the number of classes, tags, numbers and the card."""

    folder: Path
    size: int
    classes: int
    tags: Mapping[str, str]
    metrics: Mapping[str, float]
    card: str


def pack(choice: BestRun, repeated: Repeated, tags: Mapping[str, str], folder: Path) -> Package:
    """Write all files of a version, audited before and after training, and read back once as a trial.

    Raises:
        RequestError: the model cannot be built from its files, or gives other answers then.
    """
    write_model(folder, repeated.spec, repeated.trained, choice.record["metrics"].get("thresholds"))
    pixels, labels = _images(repeated)
    inputs = Normalise(repeated.trained.preprocessing, torch.device("cpu")).stored(pixels)
    _try(folder, repeated, pixels, inputs)
    reports = [audit_spec(repeated.spec), _after(repeated.trained, inputs, labels)]
    written = card(choice, repeated, reports)
    (folder / CARD).write_text(written, encoding="utf-8")
    (folder / AUDIT).write_text(as_json(reports), encoding="utf-8")
    choice.runs.assign(metric=choice.study.metric)[list(COLUMNS)].to_csv(folder / RUNS, index=False)
    told = {"repeated": "exactly" if repeated.exact else "not exactly", **_serious(reports)}
    size, classes = repeated.spec.data.size, len(repeated.trained.classes)
    return Package(folder, size, classes, {**tags, **told}, _numbers(choice), written)


def read_runs(file: Path) -> pd.DataFrame:
    """The runs of a version's configuration, one row for each seed."""
    return pd.read_csv(file, dtype={"run_id": str})


def tags_of(choice: BestRun) -> dict[str, str]:
    """Where a version comes from."""
    record, fingerprint = choice.record, choice.record["spec"]["data"].get("fingerprint")
    return {
        "study": choice.study.name,
        "run_id": record["run_id"],
        "configuration_id": record["cell_id"],
        "spec_hash": hashlib.sha256(json.dumps(record["spec"], sort_keys=True).encode()).hexdigest(),
        "seeds": str(len(choice.runs)),
        "git_commit": str(record["provenance"].get("git_commit") or "unknown"),
        "data": record["data"]["label"],
        "data_fingerprint": fingerprint or "none",
        "test_hash": record["data"]["test_hash"],
        "metric": choice.study.metric,
        "margin": f"{choice.study.margin:g}",
    }


def _numbers(choice: BestRun) -> dict[str, float]:
    """The metric over the configuration's seeds, and the test metrics of the run itself."""
    usual = USUAL_OF_LABELS if choice.record["data"].get("targets") else "top1"
    own = {name: choice.record["metrics"][name] for name in dict.fromkeys((choice.study.metric, usual, "loss"))}
    return {
        **{f"configuration_{name}": value for name, value in measured(choice).items()},
        **{f"test_{name}": float(value) for name, value in own.items()},
    }


def _serious(reports: list[Report]) -> dict[str, str]:
    """The kinds of serious findings before and after training, for people to filter by."""
    ids = sorted({finding.id for report in reports for finding in report.serious})
    return {"audit": ", ".join(ids) or "nothing serious"}


def _after(trained: Trained, inputs: Tensor, labels: Tensor) -> Report:
    """The trained model looked at as it is going to be used."""
    model = trained.model.eval().requires_grad_(False)
    with torch.no_grad():
        return check(
            model,
            num_classes=len(trained.classes),
            images=inputs,
            labels=labels,
            weights=model.state_dict(),
            multilabel=labels.ndim == 2,
            purpose="inference",
            subject="the trained model",
        )


def _images(repeated: Repeated) -> tuple[Tensor, Tensor]:
    """Up to 64 validation images and their labels."""
    spec, prepared = repeated.spec, repeated.trained.preprocessing
    train = load(spec.data, prepared.interpolation, crop=prepared.crop, squash=prepared.squash).train
    validation = split(train, spec.data.val_fraction, stream(spec, "split"))[1]
    chosen = validation[:: max(1, len(validation) // IMAGES)][:IMAGES]
    return train.pixels[chosen], train.labels[chosen]


def _try(folder: Path, repeated: Repeated, pixels: Tensor, inputs: Tensor) -> None:
    with torch.inference_mode():
        wanted = repeated.trained.model.eval()(inputs).float()
    given = restore(folder / WEIGHTS, folder / DESCRIPTION).logits(pixels)
    if not torch.allclose(given, wanted, rtol=CLOSE, atol=CLOSE * float(wanted.abs().max())):
        raise RequestError(
            f"creation: a model by {repeated.spec.creation.name} under transfer={repeated.spec.transfer.name} gives "
            "other answers when it is read back from its tensors, and is not registered"
        )
