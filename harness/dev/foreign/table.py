"""The summary of the reports' rows in Markdown: each half apart, then what was missed and which twins were called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.dev.foreign.trial import HELD_OUT, LATER, LATEST, SEEN


def summary(rows: Sequence[Mapping[str, str]]) -> str:
    """Found and called faulty, by half, with the names of all that went wrong."""
    lines = ["| half | reports | found | twins called faulty |", "| --- | --- | --- | --- |"]
    parts = {part: [row for row in rows if row["half"] == part] for part in (SEEN, HELD_OUT, LATER, LATEST)}
    for part, some in {**parts, "all": list(rows)}.items():
        if some:
            lines.append(f"| {part} | {len(some)} | {_share(some, 'found')} | {_share(some, 'twin called')} |")
    missed = [row for row in rows if row["found"] == "no"]
    called = [row for row in rows if row["twin called"] == "yes"]
    lines += ["", "| missed | half | cause | said instead |", "| --- | --- | --- | --- |"]
    lines += [f"| {row['name']} | {row['half']} | {row['cause']} | {row['others']} |" for row in missed]
    lines += ["", "| twin called faulty | half | by |", "| --- | --- | --- |"]
    lines += [f"| {row['name']} | {row['half']} | {row['twin']} |" for row in called]
    return "\n".join(lines)


def _share(rows: Sequence[Mapping[str, str]], column: str) -> str:
    number = sum(row[column] == "yes" for row in rows)
    return f"{number} ({100 * number / len(rows):.0f} %)"
