"""`harness sync`: send to the tracking store what it lacks of a study."""

from __future__ import annotations

from harness.cli.arguments import study_folder, words
from harness.tracking.parts.settings import Settings
from harness.tracking.parts.sync import sync as send


def sync(arguments: list[str]) -> int:
    """`harness sync study=NAME [out=FOLDER] [tracking.uri=ADDRESS]`."""
    given = words("sync", arguments, {"study": None, "out": "runs", "tracking.uri": ""})
    sent = send(study_folder(given["out"], given["study"]), Settings(uri=given["tracking.uri"] or None))
    print(f"{sent} runs sent")
    return 0
