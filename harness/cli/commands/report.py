"""`harness report`: write a study's answer anew from its records alone."""

from __future__ import annotations

from pathlib import Path

from harness.analysis.answer import answer, redraw
from harness.analysis.view import View
from harness.cli.arguments import study_folder, words
from harness.spec.errors import RequestError


def report(arguments: list[str]) -> int:
    """`harness report study=NAME [out=FOLDER] [to=FOLDER] [arms=... baseline=ARM:VALUE,...] [figure=NAME]`.

    Tables, figures, Markdown and HTML. With `arms` the same runs are compared from another side, into a folder
    `by_ARM` of the study's own unless `to` names one. With `figure` that one is drawn anew and nothing else written.
    """
    given = words(
        "report", arguments, {"study": None, "out": "runs", "to": "", "arms": "", "baseline": "", "figure": ""}
    )
    folder = study_folder(given["out"], given["study"])
    target = Path(given["to"]) if given["to"] else None
    view = _view(given["arms"], given["baseline"])
    if view is not None:
        target = target or folder / f"by_{'_'.join(view.arms)}"
    if given["figure"]:
        print(redraw(folder, target or folder, view, given["figure"]))
        return 0
    found = answer(folder, target, view)
    for sentence in found.sentences:
        print(sentence)
    print(f"\nReport: {found.paths['report.html']}")
    return 0


def _view(arms: str, baseline: str) -> View | None:
    if not arms and not baseline:
        return None
    pairs = [item.partition(":") for item in baseline.split(",") if item]
    if not arms or not pairs or not all(value for _, _, value in pairs):
        raise RequestError(
            "report: arms and baseline go together, as in arms=transfer baseline=transfer:full, "
            f"got arms={arms or 'none'} baseline={baseline or 'none'}"
        )
    return View(tuple(arms.split(",")), {name: value for name, _, value in pairs})
