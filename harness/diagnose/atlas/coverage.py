"""How much of a library a table holds, and under which versions it was measured."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from harness.diagnose.atlas import CLASSES
from harness.diagnose.atlas.row import METHOD, Row


def write_coverage(path: Path, rows: Sequence[Row], listed: Sequence[str]) -> None:
    """`LIBRARY-VERSION.json` beside the table: versions, counts, and the names that are exceptions. No dates."""
    held = {row["name"] for row in rows}
    content = {
        "library": sorted({row["library"] for row in rows}),
        "version": sorted({row["version"] for row in rows}),
        "torch": sorted({row["torch"] for row in rows}),
        "method": METHOD,
        "classes": list(CLASSES),
        "listed": len(listed),
        "measured": sum(not row["error"] for row in rows),
        "not_built": {row["name"]: row["error"] for row in rows if row["error"]},
        "not_asked_for": len(set(listed) - held),
        "without_head": [row["name"] for row in rows if row["kind"] == "none"],
        "backbone_drawn": [row["name"] for row in rows if row["backbone"] == "drawn"],
    }
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(draft, path)
