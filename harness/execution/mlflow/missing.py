"""Send what a store lacks, and do not let one record that it refuses keep the others away."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from harness.execution.mlflow.errors import one_line
from harness.execution.mlflow.library import require_answer
from harness.execution.mlflow.location import Location
from harness.execution.mlflow.store import Store


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
