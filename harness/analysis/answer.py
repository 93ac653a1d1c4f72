"""From a study's folder to its answer: the one entry point of this package."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from harness.analysis.alternatives import alternatives
from harness.analysis.attribution import bridge_table
from harness.analysis.best import without_keys
from harness.analysis.comparisons import comparisons
from harness.analysis.controls import false_positives, positive_control
from harness.analysis.equalities import labelled
from harness.analysis.figures.save import begin_figures, save_figures
from harness.analysis.findings import Findings, find
from harness.analysis.first_screen.compose import NO_RECORDS, first_screen
from harness.analysis.first_screen.dots import dots
from harness.analysis.first_screen.example import example
from harness.analysis.kept_answer import ShownAnswer
from harness.analysis.nulls import null_pairs
from harness.analysis.outcomes import conditions, outcomes
from harness.analysis.predictions import predictions
from harness.analysis.report.render import CAPTIONS, KINDS, contents, render
from harness.analysis.resampling import labelled_test_part, over_labels, over_test_part, tested
from harness.analysis.sentences.compose import sentences
from harness.analysis.study import View, read_study, select
from harness.analysis.summary import LEADING, numbers, summary
from harness.analysis.uncertainty import uncertainty
from harness.records.archive import read_records
from harness.records.store import uncollected, write_text
from harness.spec.errors import RequestError
from harness.spec.variants import suggest


@dataclass(frozen=True)
class Answer(ShownAnswer):
    """What a study says, and what was written: `sentences` all that the report says, `summary` the table."""

    sentences: list[str]
    summary: pd.DataFrame


ALWAYS = ("summary.csv", "null_pairs.csv", "best_lr.csv", "rivals.csv", "equalities.csv")
WHERE_THEY_APPLY = (
    "predictions.csv",
    "historical.csv",
    "test_part.csv",
    "labels.csv",
    "outcomes.csv",
    "conditions.csv",
    "bridge.csv",
    "statistics.csv",
    "uncertainty.csv",
    "false_positives.csv",
    "planted.csv",
)
"""Every table by the name of its file, in the order of the report."""


def _tables(found: Findings, folder: Path) -> dict[str, pd.DataFrame]:
    """Every table by the name of its file; those in `WHERE_THEY_APPLY` are left out elsewhere."""
    answers = tested(found, folder)
    test_part = over_test_part(found, answers)
    always = (
        summary(found.cells, found.axes, found.study.metric, found.study.correction),
        null_pairs(found.nulls),
        without_keys(found.best),
        alternatives(found),
        labelled(found.equalities, found.arm_labels),
    )
    optional = (
        predictions(found),
        found.historical,
        labelled_test_part(test_part),
        over_labels(found, answers),
        outcomes(found),
        conditions(found),
        bridge_table(found.bridges, found.runs),
        comparisons(found),
        uncertainty(found, answers, test_part),
        false_positives(found.runs),
        positive_control(found),
    )
    applying = zip(WHERE_THEY_APPLY, optional, strict=True)
    return dict(zip(ALWAYS, always, strict=True)) | {name: table for name, table in applying if not table.empty}


def _remove_stale(target: Path, written: Mapping[str, Path]) -> None:
    """Remove what an earlier report left and this one lacks: it would be taken for a part of this one."""
    figures = [f"figures/{name}{kind}" for name in CAPTIONS for kind in KINDS]
    for name in {*ALWAYS, *WHERE_THEY_APPLY, *figures} - written.keys():
        (target / name).unlink(missing_ok=True)


def _command(folder: Path, view: View | None) -> str:
    """What writes this report anew, from where the command was started; an absolute place is left to the reader."""
    place = [] if folder.is_absolute() or folder.parent == Path("runs") else [f"out={folder.parent}"]
    return shlex.join(["harness", "report", *place, f"study={folder.name}", *(view.words if view else ())])


def redraw(study_folder: Path, target: Path, view: View | None, figure: str) -> Path:
    """Redraw one figure of a study's report, into `target`'s folder of figures; returns where it lies.

    Raises:
        RequestError: the folder holds no study, there is no such figure, or the records have no data for it.
    """
    if figure not in CAPTIONS:
        raise RequestError(f"figure: there is no '{figure}'; {suggest(figure, CAPTIONS)}")
    study = read_study(study_folder)
    records = select(study, read_records(study_folder))
    study = study if view is None else view.of(study, records)
    written = save_figures(find(study, records), target / "figures", only=[figure]) if records else {}
    if figure not in written:
        raise RequestError(f"figure: the records of {study_folder} have no data for '{figure}'")
    return written[figure]


@uncollected()
def answer(study_folder: Path, target: Path | None = None, view: View | None = None) -> Answer:
    """Read a study and its records; write tables, figures, `report.md` and `report.html` into `target`.

    `target` defaults to the study's folder. Only the records of the study's cells take part. A `view` compares other
    arms of the same runs than the study itself does. Where the target holds a report already, its tables and figures
    that this one lacks are removed.

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
        told = [NO_RECORDS]
        screen: tuple[str, ...] = (NO_RECORDS,)
        picture: tuple[str, ...] = ()
        tables = {"summary.csv": pd.DataFrame(columns=[*LEADING, *numbers(study.metric, study.correction)])}
    else:
        drawn = begin_figures(found, target / "figures")
        tables = _tables(found, study_folder)
        told = sentences(found, tables)
        of = example(found)
        screen, picture = first_screen(found, of, tables), dots(found, of)
        figures = drawn()
    again = (target / "report.md").is_file()
    paths: dict[str, Path] = {}
    for name, content in tables.items():
        paths[name] = target / name
        write_text(paths[name], content.to_csv(index=False, float_format="%.6g"))
    markdown, page = render(contents(study, screen, told, tables, found, figures, _command(study_folder, view)))
    for name, text in (("report.md", markdown), ("report.html", page)):
        paths[name] = target / name
        write_text(paths[name], text)
    paths |= {f"figures/{path.name}": path for path in figures.values()}
    if again:
        _remove_stale(target, paths)
    table = tables["summary.csv"]
    return Answer(screen, picture, paths, _largest_difference(table), told, table)


def _largest_difference(table: pd.DataFrame) -> float | None:
    """The largest paired difference, in points; None where nothing was compared."""
    differences = table["diff_mean"].dropna().tolist() if "diff_mean" in table else []
    return max(differences, key=abs, default=None)
