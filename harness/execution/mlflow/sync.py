"""Sends what a tracking store lacks of a study: after a server was away, or from a machine without MLflow."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from harness.execution.mlflow.client import TrackingError, one_line, require_answer
from harness.execution.mlflow.settings import Location, Settings, locate, require
from harness.execution.mlflow.store import Store
from harness.records.archive import read_records
from harness.records.store import STUDY
from harness.spec.errors import RequestError


def send_missing(store: Store, location: Location, records: Iterable[dict[str, Any]]) -> tuple[int, dict[str, str]]:
    """How many records were sent, and for each that was refused twice, by its run's id, why.

    Raises:
        TrackingError: a record fails, and nothing listens at the server's address any more.
    """
    sent, refused = 0, {}
    for record in records:
        for again in (False, True):
            try:
                sent += store.send(record)
                break
            except Exception as error:  # what a store has against a record is its own business
                require_answer(location)
                if again:
                    refused[record["run_id"]] = one_line(error)
    return sent, refused


ANSWER = ("report.html", "report.md", "summary.csv")
FIGURES = (".png", ".svg")


def _answer(folder: Path) -> list[Path]:
    """The report's files, and figures that do not lie in the folder of a run."""
    files = [folder / name for name in ANSWER]
    files += [path for path in sorted(folder.rglob("*")) if path.suffix in FIGURES]
    return [path for path in files if path.is_file()]


def sync(
    study_folder: Path,
    settings: Settings,
    lines: Callable[[], Sequence[str]] = tuple,
) -> int:
    """Send each record of a study that the store does not have, and the report; returns how many were sent.

    A record is known by its run's id and the time at which it was finished. `lines` tells the answer; it is asked where
    something was sent, or the store has no answer yet.

    Raises:
        RequestError: there is no study in the folder, or the requested tracking is unavailable.
        TrackingError: the store failed, and what was sent until then stays there; or it refused some of the records.
    """
    require(settings)
    file = study_folder / STUDY
    if settings.name == "none":
        raise RequestError("tracking: none has no store to send to; use tracking=mlflow")
    if not file.is_file():
        raise RequestError(f"study: no study at {study_folder}; name one with out=FOLDER study=NAME")
    location = locate(settings.uri)
    try:
        store = Store(location, json.loads(file.read_text(encoding="utf-8")), study_folder)
        sent, refused = send_missing(store, location, read_records(study_folder))
        answered = lines() if sent or not store.is_answered else ()
        store.answer(answered, {}, _answer(study_folder))
    except RequestError:
        raise
    except Exception as error:
        raise TrackingError(f"tracking: MLflow at {location.shown} failed ({one_line(error)})") from error
    if refused:
        told = "; ".join(f"{run}: {why}" for run, why in refused.items())
        raise TrackingError(f"tracking: {sent} runs sent; MLflow at {location.shown} refuses {len(refused)} ({told})")
    return sent
