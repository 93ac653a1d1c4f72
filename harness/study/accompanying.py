"""What changes with an arm: settings that the arm's own preset chooses belong to it, and make no other question."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from harness.analysis.settings import settings
from harness.spec.identity import cell_id
from harness.study.request import Request

SEED = "seed"


def accompanying(jobs: Sequence[Sequence[str]], requests: Sequence[Request]) -> tuple[str, ...]:
    """Settings, outside the study's arms, in which runs differ whose overrides differ in the arms alone.

    `creation=custom` builds its weights itself, so that `weights` differs from that of `creation=create_model`: told
    apart by it, the two would lie in different rows and would not be compared. What the sweep itself varies, on the
    command line or in a block, is not among them.
    """
    arms = requests[0].comparison.arms
    rows: dict[frozenset[str], list[dict[str, Any]]] = {}
    seen = set()
    for overrides, request in zip(jobs, requests, strict=True):
        cell = cell_id(request.spec)
        if cell not in seen:
            seen.add(cell)
            row = frozenset(line for line in overrides if not _is_of(_key(line), (*arms, SEED)))
            rows.setdefault(row, []).append(settings(request.spec.model_dump(mode="json")))
    found: dict[str, None] = {}
    for columns in rows.values():
        for name in dict.fromkeys(key for column in columns for key in column):
            if not _is_of(name, (*arms, SEED, "replicate")) and len({str(column.get(name)) for column in columns}) > 1:
                found[name.removesuffix(".fingerprint").removesuffix(".name")] = None
    return tuple(found)


def _key(override: str) -> str:
    return override.partition("=")[0].lstrip("+~")


def _is_of(name: str, groups: Iterable[str]) -> bool:
    return any(name == group or name.startswith(f"{group}.") for group in groups)
