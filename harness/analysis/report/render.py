"""The report's contents, and their renderings as Markdown and HTML."""

from __future__ import annotations

import base64
import shlex
from collections import Counter
from pathlib import Path
from typing import Any

import orjson
import pandas as pd
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from harness.analysis.findings import Findings
from harness.analysis.frame import OWN_SPLIT
from harness.analysis.report.sections import ROWS, shown
from harness.analysis.study import AnalysedStudy


def environment(folder: Path, html: bool) -> Environment:
    """The templates of a folder. HTML is escaped, with a filter `code`; Markdown has a filter `cell`."""
    found = Environment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=html,
        keep_trailing_newline=not html,
    )
    found.filters |= {"code": _code, "cell": _cell}
    return found


def _code(text: str) -> Markup:
    """What stands between backquotes as code, all else escaped."""
    parts = [escape(part) for part in text.split("`")]
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup("").join(Markup("<code>{}</code>").format(part) if at % 2 else part for at, part in enumerate(parts))


def _cell(text: object) -> str:
    """What may stand in a Markdown table."""
    return str(text).replace("|", "\\|").replace("\n", " ")


def _told(counts: Counter[str]) -> str:
    """One value as it is, several with how many runs have each."""
    if len(counts) == 1:
        return next(iter(counts))
    return "; ".join(f"{value} ({count} runs)" for value, count in counts.most_common(6))


def _named(values: dict[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in values.items() if value not in (None, ""))


_TOLD = ("device", "threads", "precision", "executor", "hardware", "versions", "libraries", "git_commit", "git_dirty")


def _lines(entry: dict[str, Any]) -> dict[str, Any]:
    """What a record's provenance tells, in words."""
    commit = str(entry["git_commit"] or "")[:12]
    return {
        "device": entry["device"],
        "threads": entry["threads"],
        "precision": entry["precision"],
        "executor": entry["executor"],
        "hardware": _named(entry["hardware"] or {}),
        "versions": _named(entry["versions"] or {}),
        "libraries of a way": _named(entry["libraries"] or {}),
        "commit": f"{commit}{' with uncommitted changes' if entry['git_dirty'] else ''}" if commit else "",
    }


def provenance(records: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Pairs of a name and its value or values over all runs."""
    known = [record.get("provenance") or {} for record in records]
    # the runs of one sweep mostly tell the same, and are put into words once
    alike = Counter(orjson.dumps({name: entry.get(name) for name in _TOLD}) for entry in known)
    lines: dict[str, Counter[str]] = {}
    for values, count in alike.items():
        for name, value in _lines(orjson.loads(values)).items():
            if value not in (None, ""):
                lines.setdefault(name, Counter())[str(value)] += count
    told = [(name, _told(counts)) for name, counts in lines.items()]
    started = sorted(str(entry["started"]) for entry in known if entry.get("started"))
    finished = sorted(str(entry["finished"]) for entry in known if entry.get("finished"))
    if started and finished:
        told.append(("runs done between", f"{started[0]} and {finished[-1]}"))
    seconds = sum((record.get("timing") or {}).get("total_s") or 0 for record in records)
    if seconds:
        told.append(("time of all runs", f"{seconds / 3600:.2f} h, summed over runs"))
    return told


TEMPLATES = Path(__file__).parent.parent / "templates"

CAPTIONS = {
    "accuracies": "Each dot is one seed; lines and bars are means over seeds. Where the learning rate varies, a grey "
    "strip marks the configuration told of above.",
    "bridge": "From the first creation to the second: the contribution of each difference (its Shapley value) with "
    "the 95 % "
    "interval over seeds.",
    "response_map": "Each field is one recipe. Blue: the method beats the baseline; red: it loses.",
    "forest": "Paired differences with their 95 % intervals; the grey band is the margin of practical equivalence.",
    "learning_rates": "Every method over the learning rate: compare each at its own best one.",
    "curves": "Validation top-1 during training.",
    "initial_loss": "Loss before the first step. To the right of the dashed line a model starts worse than guessing.",
    "head_weights": "The head's weights before the first step (logarithmic density).",
}


def _caption(name: str, found: Findings | None) -> str:
    """The figure's caption; where images have several labels, curves are of another measure."""
    several = found is not None and bool(found.runs["targets"].notna().any())
    return CAPTIONS[name].replace("top-1", "mean average precision") if several else CAPTIONS[name]


KINDS = {".svg": "image/svg+xml", ".png": "image/png"}
"""What a figure's file may be, by its suffix: its media type."""


LABELS = ("Where", "Cause", "What differs", "Control", "Not the cause", "Fix", "Choose")
"""Words that a line of the first screen may begin with, which HTML shows in bold."""

FEW = 8
"""So many skipped configurations and failed runs are in the Markdown report."""


def _embedded(path: Path) -> str:
    return f"data:{KINDS[path.suffix]};base64,{base64.b64encode(path.read_bytes()).decode()}"


NAMING = (
    "A method is named by its creation method and its init scheme; `keep` is the library's own initialisation of the "
    "head."
)


def _keeps(found: Findings) -> bool:
    return {"creation", "init"} <= set(found.axes.arm) and bool((found.runs["init"] == "keep").any())


def contents(
    study: AnalysedStudy,
    screen: tuple[str, ...],
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
        "screen": screen,
        "sentences": sentences,
        "labels": LABELS,
        "few": FEW,
        "naming": NAMING if found is not None and _keeps(found) else "",
        "figures": [
            {
                "name": name,
                "caption": _caption(name, found),
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
