"""What a user may ask of tracking: `tracking` and `tracking.uri`."""

from __future__ import annotations

from typing import ClassVar

from harness.spec.spec import Variant


class Settings(Variant):
    """Which tracker, and its address: by default a SQLite file below the working directory."""

    package: ClassVar[str] = "harness.execution.tracking"

    name: str = "mlflow"
    uri: str | None = None
