"""The tables of a trial in Markdown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from harness.dev.trial.mutations import HEALTHY

Row = dict[str, Any]


def _markdown(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    return "\n".join([*lines, *(f"| {' | '.join(map(str, row))} |" for row in rows)])


def _percentage(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else ""


def recall(rows: list[Row]) -> str:
    """Recall by rule and over all, and false alarms on the healthy setups.

    Precision counts a healthy model with anything serious as one false alarm, against the mutants found.
    """
    by_rule: dict[str, list[Row]] = defaultdict(list)
    healthy: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row["rule"].startswith(f"{HEALTHY}."):
            healthy[row["setup"]].append(row)
        elif not row["outcome"].startswith("inapplicable"):
            by_rule[row["rule"]].append(row)
    lines, found_all, expected_all = [], 0, 0
    for rule, own in by_rule.items():
        found = sum(row["outcome"] == "found" for row in own)
        other = sum(row["outcome"] == "other" for row in own)
        alarms = _alarms(healthy[own[0]["setup"]], own)
        lines.append(
            (
                rule,
                own[0]["setup"],
                len(own),
                found,
                other,
                _percentage(found, len(own)),
                _percentage(found, found + alarms),
            )
        )
        found_all, expected_all = found_all + found, expected_all + len(own)
    alarms = sum(row["outcome"] == "false alarm" for each in healthy.values() for row in each)
    total = sum(len(each) for each in healthy.values())
    lines.append(
        (
            "**all**",
            "",
            expected_all,
            found_all,
            "",
            _percentage(found_all, expected_all),
            _percentage(found_all, found_all + alarms),
        )
    )
    head = ("rule", "setup", "mutants", "found under a right id", "another serious id alone", "recall", "precision")
    models = len({row["model"] for row in rows})
    text = f"{models} architectures. Healthy setups with a serious finding: {alarms} of {total}.\n\n"
    return text + _markdown(head, lines)


def _alarms(healthy: list[Row], mutants: list[Row]) -> int:
    """Healthy models of this setup that show one of the rule's ids, among those that were mutated."""
    names, ids = {row["model"] for row in mutants}, set(mutants[0]["planted"].split())
    return sum(
        bool(ids & {*row["serious"].split(), *row["warnings"].split()}) for row in healthy if row["model"] in names
    )


def serious(rows: list[Row]) -> str:
    """What is serious among the families, and how many are healthy."""
    built = [row for row in rows if row["outcome"] in ("healthy", "serious")]
    found = [row for row in built if row["outcome"] == "serious"]
    others = [row for row in rows if row["outcome"] not in ("healthy", "serious")]
    head = ("family", "model", "method", "serious", "what was seen")
    lines = [(row["family"], row["model"], row["method"], row["serious"], row["seen"]) for row in found]
    rest = [(row["family"], row["model"], row["method"], row["outcome"]) for row in others]
    text = f"{len(built)} models of {len({row['family'] for row in built})} families looked at, {len(found)} with a "
    text += "serious finding." + (f"\n\n{_markdown(head, lines)}" if lines else "")
    return text + ("\n\nNot looked at:\n\n" + _markdown(("family", "model", "method", "reason"), rest) if rest else "")
