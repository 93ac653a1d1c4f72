"""The report's contents, and their two renderings."""

from __future__ import annotations

import base64
import shlex
from pathlib import Path
from typing import Any

import pandas as pd

from harness.analysis.findings import Findings
from harness.analysis.frame import OWN_SPLIT
from harness.analysis.report.environment import environment
from harness.analysis.report.provenance import provenance
from harness.analysis.report.sections import ROWS, shown
from harness.analysis.study import AnalysedStudy

TEMPLATES = Path(__file__).parent.parent / "templates"

CAPTIONS = {
    "bridge": "From the first creation to the second: what each difference makes, by its Shapley value, with its 95 % "
    "interval over seeds.",
    "response_map": "Response map. Each cell is a recipe; blue: the arm beats the baseline, red: it loses.",
    "forest": "Paired differences with their 95 % intervals; the grey band is the margin of equivalence.",
    "learning_rates": "Every arm over the learning rate: read off each at its own best one.",
    "curves": "Validation top-1 while training.",
    "initial_loss": "Loss before the first step. Right of the dashed line a model starts worse than guessing.",
    "head_weights": "The head's weights before the first step (logarithmic density).",
}
KINDS = {".svg": "image/svg+xml", ".png": "image/png"}
"""What a figure's file may be, by its suffix: its media type."""


def _embedded(path: Path) -> str:
    return f"data:{KINDS[path.suffix]};base64,{base64.b64encode(path.read_bytes()).decode()}"


def contents(
    study: AnalysedStudy,
    sentences: list[str],
    tables: dict[str, pd.DataFrame],
    found: Findings | None,
    figures: dict[str, Path],
    command: str,
) -> dict[str, Any]:
    """Everything that the templates show. `found` is None where there is no record yet; `command` makes it again."""
    crossed = found is not None and bool((found.pairs["split"] != OWN_SPLIT).any())
    ended = found.runs[found.runs["status"] != "finished"].head(ROWS) if found else pd.DataFrame()
    return {
        "study": study,
        "sentences": sentences,
        "figures": [
            {
                "name": name,
                "caption": CAPTIONS[name],
                "file": f"figures/{path.name}",
                "data": _embedded(path),
                "command": f"{command} {shlex.quote(f'figure={name}')}",
            }
            for name, path in figures.items()
        ],
        "command": command,
        "sections": shown(tables, study, study.guard, crossed),
        "failures": [
            {
                "run": run.run_id,
                "status": run.status,
                "cell": f"{run.row_label}, {run.arm_label}",
                "seed": run.seed,
                "reason": run.reason or "",
            }
            for run in ended.itertuples()
        ],
        "provenance": provenance(found.records) if found else [],
    }


def render(context: dict[str, Any]) -> tuple[str, str]:
    """The report as Markdown, with its figures as files, and as one HTML file that needs nothing else."""
    plain, page = (environment(TEMPLATES, html) for html in (False, True))
    for each in (plain, page):
        each.filters["shell"] = shlex.join  # what is read here is pasted into a shell
    return plain.get_template("report.md.j2").render(context), page.get_template("report.html.j2").render(context)
