"""`harness report`: write a study's answer anew from its records alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.arguments import study_folder, words
from harness.cli.usage import CommandUsage, Key
from harness.cli.written import folder_for
from harness.records.earlier import studies
from harness.spec.errors import RequestError

if TYPE_CHECKING:
    from harness.analysis.study import View

USAGE = CommandUsage(
    (
        Key("study", "", "name of the study; without it those that there are are listed"),
        Key("out", "runs", "folder of the studies"),
        Key("to", "", "folder to write to; by default the study's own"),
        Key("arms", "", "compare the runs by these keys instead"),
        Key("baseline", "", "ARM:VALUE for each of them"),
        Key("figure", "", "write this figure again and nothing else"),
    ),
    (
        "harness report",
        "harness report study=gap",
        "harness report study=gap arms=init baseline=init:keep",
    ),
)


def report(arguments: list[str]) -> int:
    """`harness report [study=NAME] [out=FOLDER] [to=FOLDER] [arms=... baseline=ARM:VALUE,...] [figure=NAME]`.

    Tables, figures, Markdown and HTML. With `arms` the same runs are compared from another side, into a folder
    `by_ARM` of the study's own unless `to` names one. With `figure` that one is drawn anew and nothing else written.
    """
    given = words("report", arguments, USAGE)
    if not given["study"]:
        return _listed(Path(given["out"]))

    from harness.analysis.answer import answer, redraw  # pandas and scipy take seconds to import
    from harness.analysis.study import read_study

    folder = study_folder(given["out"], given["study"])
    read_study(folder)  # before any folder is made for a study that is not found
    target = Path(given["to"]) if given["to"] else None
    view = _view(given["arms"], given["baseline"])
    if view is not None:
        target = target or folder / f"by_{'_'.join(view.arms)}"
    folder_for(target or folder)
    if given["figure"]:
        print(redraw(folder, target or folder, view, given["figure"]))
        return 0
    found = answer(folder, target, view)
    print(found.shown)
    print(f"\nReport: {found.paths['report.html']} has all else (also report.md, the tables and the figures beside it)")
    return 0


def _listed(out: Path) -> int:
    """The studies in a folder, each by the word that names it here."""
    found = studies(out)
    if not found:
        raise RequestError(f"study: no studies in {out}; out=FOLDER names another one, and harness -m ... makes one")
    width = max(len(study.name) for study in found)
    for study in found:
        print(f"study={study.name:{width}}  {study.configurations:4} configurations  {study.title}")
    return 0


def _view(arms: str, baseline: str) -> View | None:
    from harness.analysis.study import View

    if not arms and not baseline:
        return None
    pairs = [item.partition(":") for item in baseline.split(",") if item]
    if not arms or not pairs or not all(value for _, _, value in pairs):
        raise RequestError(
            "report: arms and baseline go together, as in arms=transfer baseline=transfer:full, "
            f"got arms={arms or 'none'} baseline={baseline or 'none'}"
        )
    return View(tuple(arms.split(",")), {name: value for name, _, value in pairs})
