"""What a search has found, for people and for programs, beside the study that compares the best."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from harness.execution.search.method import SearchOutcome, Tried
from harness.execution.search.settings import JSON, MARKDOWN, Search
from harness.records.store import write_text


def write(study: Path, asked: Search, outcomes: Sequence[SearchOutcome]) -> list[str]:
    """Write both files into the study's folder; returns the lines that the terminal shows."""
    content = {"search": asked.model_dump(mode="json"), "methods": [asdict(outcome) for outcome in outcomes]}
    write_text(study / JSON, json.dumps(content, indent=1) + "\n")
    seeds = ", ".join(map(str, asked.trial_seeds))
    told = [
        f"Each method had {asked.trials} trials of {asked.seeds} run(s) (seed {seeds}) in the same space, and the "
        f"sampler's seed {asked.sampler_seed}; pruner: {asked.pruner}. A trial is judged by {asked.monitor}; the test "
        "part took no part. The values found are compared with fresh seeds.",
    ]
    rows = [_row(outcome) for outcome in outcomes]
    head = ("method", "complete", "pruned", "failed", "epochs", f"best {asked.monitor}", "found in trial", "values")
    lines = [head, ("---",) * len(head), *rows]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    write_text(study / MARKDOWN, "\n".join(["# Search", "", *told, "", table, ""]))
    return [*told, *(f"{row[0]}: {row[5]} with {row[7]} (trial {row[6]}; {row[4]} epochs in all)" for row in rows)]


def _row(outcome: SearchOutcome) -> tuple[str, ...]:
    states = [tried.state for tried in outcome.trials]
    best = outcome.best
    return (
        outcome.method,
        *(str(states.count(state)) for state in ("complete", "pruned", "fail")),
        str(sum(tried.epochs for tried in outcome.trials)),
        "none" if best is None else f"{best.value:.4g}",
        "" if best is None else str(best.number),
        "" if best is None else _values(best),
    )


def _values(tried: Tried) -> str:
    return ", ".join(f"{key}={value}" for key, value in tried.values.items())
