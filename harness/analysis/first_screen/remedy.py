"""The last line: what to write, as a line of code that runs on the example's model, or which setting to choose."""

from __future__ import annotations

from harness.analysis.findings import Findings
from harness.analysis.first_screen.example import Example
from harness.analysis.first_screen.names import methods
from harness.analysis.fixes import Fix, fixes, line
from harness.analysis.gaps import gaps
from harness.analysis.heads import unlike_heads
from harness.analysis.statistics import DIFFERENT


def remedy(found: Findings, of: Example) -> str:
    """The line for the example's model where the baseline loses there; else what the verdicts allow."""
    every = gaps(found, [of.arm])
    first, second = methods(found, of)
    losing, winning = ([gap for gap in every if gap.sign == sign] for sign in (1, -1))
    here = [gap for gap in losing if gap.place == tuple(str(of.method[name]) for name in found.axes.place)]
    if any(unlike_heads(found, of.arm, gap.place) for gap in here or winning):
        return "Fix: none follows; give both methods the same kind of head first, with `init=torch_default`."
    do = "Fix" if found.about_creation else "Choose"
    for fix in fixes(found, here) if here else ():
        told = _line(found, of, fix)
        if told:
            return f"Fix: after creating the model, `{told}`"
    if any(gap.mixed for gap in every) or (losing and winning):
        return f"{do}: it depends; {second} wins in some configurations and loses in others."
    if losing:
        return f"{do}: {second}."
    if winning:
        return f"{do}: keep {first}.{_better(found, of)}"
    judged = [gap for gap in every if len(gap.judged)]
    if judged and all(gap.no_effect for gap in judged):
        return f"{do}: either may be used, within ± {found.study.margin:g} points."
    return f"{do}: open; no difference is established, and more seeds would tell."


def _line(found: Findings, of: Example, fix: Fix) -> str:
    """The line for the head that the records of the example's row describe; empty where they describe none."""
    runs = found.runs[(found.runs["row"] == of.row) & (found.runs["arm"].isin([fix.arm, found.baseline]))]
    wanted = set(runs["run_id"])
    for record in found.records:
        heads = (record.get("birth") or {}).get("head") if record["run_id"] in wanted else None
        if heads:
            return line(fix.what, heads, heads[0]["out_features"])
    return ""


def _better(found: Findings, of: Example) -> str:
    """Another method that wins somewhere and loses nowhere, of several the one that wins most often."""
    wins: dict[int, int] = {}
    for arm in found.contrasts:
        cells = found.cells[found.cells["comparison"] & (found.cells["arm"] == arm)]
        robust = cells[cells["verdict"] == DIFFERENT]
        if len(robust) and (robust["diff_mean"] > 0).all():
            wins[arm] = len(robust)
    if not wins:
        return ""
    arm = max(wins, key=lambda each: wins[each])
    total = int((found.cells["comparison"] & (found.cells["arm"] == arm)).sum())
    return f" Of the others {found.arm_labels[arm]} wins in {wins[arm]} of {total} and loses in none."
