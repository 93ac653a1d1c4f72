"""From a study's folder to its answer: the one entry point of this package."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from harness.analysis import best, equalities, nulls
from harness.analysis.conditions import conditions
from harness.analysis.controls.false_positives import false_positives
from harness.analysis.controls.planted import planted
from harness.analysis.figures.save import save_figures
from harness.analysis.findings import Findings, find
from harness.analysis.outcomes import outcomes
from harness.analysis.report.render import Tables, contents, render
from harness.analysis.resampling import over_test_part
from harness.analysis.rivals.table import rivals
from harness.analysis.sentences.compose import sentences
from harness.analysis.sentences.controls import control_sentences
from harness.analysis.study import read_study, select
from harness.analysis.summary import LEADING, numbers, summary
from harness.analysis.view import View
from harness.records.archive import read_records
from harness.records.store import write_text


@dataclass(frozen=True)
class Answer:
    """`sentences` to print, the `summary` table, and `paths` of what was written, by name below the target."""

    sentences: list[str]
    summary: pd.DataFrame
    paths: dict[str, Path]


def _tables(found: Findings, shown: Tables) -> dict[str, pd.DataFrame]:
    tables = {
        "summary.csv": shown.summary,
        "null_pairs.csv": nulls.published(found.nulls),
        "best_lr.csv": best.published(found.best),
        "rivals.csv": shown.rivals,
        "equalities.csv": equalities.published(found.equalities, found.arm_labels),
    }
    if found.study.historical is not None:
        tables["historical.csv"] = found.historical
    optional = {
        "test_part.csv": shown.over_test_part,
        "outcomes.csv": shown.outcomes,
        "conditions.csv": shown.conditions,
        "false_positives.csv": shown.false_positives,
        "planted.csv": shown.planted,
    }
    return tables | {name: table for name, table in optional.items() if not table.empty}


def answer(study_folder: Path, target: Path | None = None, view: View | None = None) -> Answer:
    """Read a study and its records; write tables, figures, `report.md` and `report.html` into `target`.

    `target` defaults to the study's folder. Only the records of the study's cells take part. A `view` compares other
    arms of the same runs than the study itself does.

    Raises:
        RequestError: the folder holds no study, or its runs do not differ in the arms of the view.
    """
    target = target or study_folder
    study = read_study(study_folder)
    records = select(study, read_records(study_folder))
    if view is not None:
        study = view.of(study, records)
    found = find(study, records) if records else None
    if found is None:
        figures = {}
        told = ["No records yet: no run of this study has ended."]
        shown = Tables(pd.DataFrame(columns=[*LEADING, *numbers(study.metric)]))
        tables = {"summary.csv": shown.summary}
    else:
        causes, nothing, known = rivals(found), false_positives(found.runs), planted(found)
        told = [*sentences(found, causes), *control_sentences(nothing, known)]
        shown = Tables(
            summary(found.cells, found.axes, study.metric),
            causes,
            over_test_part(found, study_folder),
            outcomes(found),
            conditions(found),
            nothing,
            known,
        )
        tables = _tables(found, shown)
        figures = save_figures(found, target / "figures")
    paths: dict[str, Path] = {}
    for name, content in tables.items():
        paths[name] = target / name
        write_text(paths[name], content.to_csv(index=False, float_format="%.6g"))
    markdown, page = render(contents(study, told, shown, found, figures))
    for name, text in (("report.md", markdown), ("report.html", page)):
        paths[name] = target / name
        write_text(paths[name], text)
    paths |= {f"figures/{path.name}": path for path in figures.values()}
    return Answer(told, shown.summary, paths)
