"""The report's contents, and their two renderings."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from harness.analysis import best, equalities, nulls
from harness.analysis.findings import Findings
from harness.analysis.report.provenance import provenance
from harness.analysis.report.table import table
from harness.analysis.study import Study
from harness.analysis.summary import LEADING

ROWS = 120
TEMPLATES = Path(__file__).parent.parent / "templates"

CAPTIONS = {
    "response_map": "Response map. Each cell is a recipe; blue: the arm beats the baseline, red: it loses.",
    "forest": "Paired differences with their 95 % intervals; the grey band is the margin of equivalence.",
    "learning_rates": "Every arm over the learning rate: read off each at its own best one.",
    "curves": "Validation top-1 while training.",
    "initial_loss": "Loss before the first step. Right of the dashed line a model starts worse than guessing.",
    "head_weights": "The head's weights before the first step (logarithmic density).",
}
_MIME = {".svg": "image/svg+xml", ".png": "image/png"}


def _embedded(path: Path) -> str:
    return f"data:{_MIME[path.suffix]};base64,{base64.b64encode(path.read_bytes()).decode()}"


def _telling(frame: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """A table without the settings that are the same in all its rows, and those in one line."""
    constant = [name for name in LEADING if name in frame and len(frame) > 1 and frame[name].nunique() == 1]
    told = ", ".join(f"{name} {frame[name].iloc[0]}" for name in constant)
    return frame.drop(columns=constant), told


def _of_metric(frame: pd.DataFrame, study: Study) -> pd.DataFrame:
    """The rows of the study's own metric."""
    return frame if frame.empty else frame[frame["metric"] == study.metric]


@dataclass(frozen=True)
class Tables:
    """What stands in tables of its own; each is empty where it does not apply."""

    summary: pd.DataFrame
    rivals: pd.DataFrame = field(default_factory=pd.DataFrame)
    over_test_part: pd.DataFrame = field(default_factory=pd.DataFrame)
    outcomes: pd.DataFrame = field(default_factory=pd.DataFrame)
    conditions: pd.DataFrame = field(default_factory=pd.DataFrame)
    false_positives: pd.DataFrame = field(default_factory=pd.DataFrame)
    planted: pd.DataFrame = field(default_factory=pd.DataFrame)


def contents(
    study: Study,
    sentences: list[str],
    tables: Tables,
    found: Findings | None,
    figures: dict[str, Path],
) -> dict[str, Any]:
    """Everything that the templates show. `found` is None where there is no record yet."""
    cells, constant = _telling(tables.summary)
    context: dict[str, Any] = {
        "constant": constant,
        "study": study,
        "sentences": sentences,
        "summary": table(cells, ROWS),
        "rivals": table(tables.rivals),
        "figures": [
            {"name": name, "caption": CAPTIONS[name], "file": f"figures/{path.name}", "data": _embedded(path)}
            for name, path in figures.items()
        ],
        "best": None,
        "over_test_part": table(_of_metric(tables.over_test_part, study), ROWS),
        "outcomes": table(tables.outcomes, ROWS),
        "conditions": table(tables.conditions, ROWS),
        "false_positives": table(tables.false_positives, ROWS),
        "planted": table(tables.planted, ROWS),
        "nulls": None,
        "historical": None,
        "equalities": None,
        "failures": [],
        "provenance": [],
    }
    if found is not None:
        ended = found.runs[found.runs["status"] != "finished"]
        same = found.equalities[found.equalities["equal"] == found.equalities["total"]]
        context |= {
            "best": table(_telling(best.published(found.best))[0], ROWS),
            "nulls": table(nulls.published(found.nulls), ROWS),
            "historical": table(found.historical, ROWS),
            "equalities": table(equalities.published(same, found.arm_labels), ROWS),
            "failures": [
                {
                    "run": run.run_id,
                    "status": run.status,
                    "cell": f"{run.row_label}, {run.arm_label}",
                    "seed": run.seed,
                    "reason": run.reason or "",
                }
                for run in ended.head(ROWS).itertuples()
            ],
            "provenance": provenance(found.records),
        }
    return context


def _code(text: str) -> Markup:
    """What stands between backquotes as code, all else escaped."""
    parts = [escape(part) for part in text.split("`")]
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup("").join(Markup("<code>{}</code>").format(part) if at % 2 else part for at, part in enumerate(parts))


def render(context: dict[str, Any]) -> tuple[str, str]:
    """The report as Markdown, with its figures as files, and as one HTML file that needs nothing else."""
    plain = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
        keep_trailing_newline=True,
    )
    plain.filters["cell"] = lambda text: str(text).replace("|", "\\|").replace("\n", " ")
    page = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,
    )
    page.filters["code"] = _code
    return plain.get_template("report.md.j2").render(context), page.get_template("report.html.j2").render(context)
