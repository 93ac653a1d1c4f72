"""The core creation methods on the smallest member of every timm family: what is serious there must be real."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from typing import Any

import torch

from harness.dev.conformance.families import families
from harness.diagnose.audit.examine import check
from harness.model.creation import Created, ModelOrder
from harness.spec.errors import ImpossibleConfiguration
from harness.spec.variants import load_variant

METHODS = ("create_model", "swap_head", "reset_classifier")
CLASSES = 10
MOST_PARAMETERS = 60_000_000
PLAN = {"optimizer": "adamw", "lr": 1e-3, "steps": 500}
COLUMNS = (
    "family", "model", "parameters", "method", "outcome", "serious", "warnings", "notes", "initial_loss", "head_std",
    "seen", "seconds",
)  # fmt: skip

Row = dict[str, Any]


def survey(done: set[tuple[str, str]]) -> Iterator[Row]:
    """One row for each family and method; weights are random, so what hangs on pretrained ones is not checked."""
    for family, model, parameters in families("timm"):
        for method in METHODS:
            if (family, method) not in done:
                yield {"family": family, "model": model, "parameters": parameters, "method": method} | _look(
                    model, method, parameters
                )


def _look(model: str, method: str, parameters: int) -> Row:
    row: Row = dict.fromkeys(COLUMNS[4:], "")
    if parameters > MOST_PARAMETERS:
        return row | {"outcome": f"skipped: {parameters / 1e6:.0f} M parameters"}
    began = time.perf_counter()
    torch.manual_seed(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = load_variant("harness.model.creation", method)(ModelOrder(model, CLASSES))
    except ImpossibleConfiguration as reason:
        return row | {"outcome": f"refused: {reason}"}
    except Exception as error:  # whatever an architecture may raise is a fact about it
        return row | {"outcome": f"not built: {type(error).__name__}: {str(error).splitlines()[0][:100]}"}
    network = made.model if isinstance(made, Created) else made
    report = check(network, num_classes=CLASSES, recipe=PLAN, weights=False)
    by = {
        key: " ".join(sorted({each.id for each in report.findings if each.severity == severity}))
        for key, severity in (("serious", "error"), ("warnings", "warning"), ("notes", "note"))
    }
    looked = "initial loss" in report.measured
    failed = f"the model {report.failure.removeprefix('it ')}" if report.failure else ""
    return row | by | {
        "outcome": failed or ("serious" if report.serious else "healthy"),
        "initial_loss": round(report.measured["initial loss"], 4) if looked else "",
        "head_std": round(report.measured.get("head std", float("nan")), 4) if looked else "",
        "seen": report.serious[0].seen if report.serious else "",
        "seconds": round(time.perf_counter() - began, 2),
    }  # fmt: skip
