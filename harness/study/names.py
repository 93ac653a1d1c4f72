"""What runs and studies are called."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from harness.analysis.settings import settings
from harness.spec.identity import cell_id
from harness.spec.spec import Spec
from harness.study.request import Request
from harness.study.study import Study


def describe(spec: dict[str, Any]) -> str:
    """A run in a few words."""
    recipe, takes = spec["recipe"], spec["bridge"]["takes"]
    hybrid = f" with {', '.join(takes)} of {spec['bridge']['to']['creation']['name']}" if takes else ""
    return (
        f"{spec['backbone']['name']} {spec['creation']['name']} {spec['init']['name']}{hybrid} {spec['data']['label']} "
        f"{spec['transfer']['name']} lr={recipe['lr']:g} epochs={recipe['epochs']} seed={spec['seed']}"
    )


LENGTH = 8  # hexadecimal digits
MOST_WORDS = 80  # characters before them
BRIDGE = "bridge"


def named(study: Study) -> Study:
    """The study itself where it has a name, else the same with the name that `name_of` gives it."""
    if study.first.study is not None:
        return study
    return with_name(study, name_of(study.requests))


def with_name(study: Study, name: str) -> Study:
    """The study under this name, which says where its records lie."""
    return replace(study, requests=tuple(request.model_copy(update={"study": name}) for request in study.requests))


def name_of(requests: Sequence[Request], kind: str = "", space: Sequence[str] = ()) -> str:
    """`DATA-BACKBONE-ARM-vs-ARM-DIGITS`; the digits are a hash of the cells, and of the space that is searched.

    The same sweep, or one with other seeds, has the same name on every machine; one that differs in any other setting
    of a run has another. A sweep that bridges its creations has a name of its own beside the one that does not.
    """
    first = requests[0]
    cells: dict[str, Spec] = {}
    for request in requests:
        cells.setdefault(cell_id(request.spec), request.spec)
    columns = [settings(spec.model_dump(mode="json")) for spec in cells.values()]
    kinds = [kind] if kind else [BRIDGE] if first.comparison.bridge else []
    words = [*kinds, _told(columns, "data"), _told(columns, "backbone"), *_arms(columns, first.comparison.arms)]
    content = json.dumps([*kinds, *sorted(cells), *space])
    digits = hashlib.sha256(content.encode()).hexdigest()[:LENGTH]
    text = re.sub(r"[^\w.]+", "-", "-".join(words)).strip("-.")[:MOST_WORDS].rstrip("-.")
    return f"{text}-{digits}"


def _told(columns: Sequence[dict[str, Any]], name: str) -> str:
    values = list(dict.fromkeys(str(column.get(name)) for column in columns))
    return "-and-".join(values) if len(values) <= 2 else f"{len(values)}-{name}s"


def _arms(columns: Sequence[dict[str, Any]], arms: Iterable[str]) -> list[str]:
    """The arms that vary; the creation method where none does."""
    found = []
    for arm in arms:
        names = [name for name in dict.fromkeys(key for column in columns for key in column) if _belongs_to(name, arm)]
        for name in names:
            values = list(dict.fromkeys(str(column.get(name)) for column in columns))
            if len(values) > 1:
                more = f"-and-{len(values) - 2}-more" if len(values) > 2 else ""
                key = "" if name in ("creation", "init") else f"{name.rpartition('.')[2]}-"
                found.append(f"{key}{values[0]}-vs-{values[1]}{more}")
    return found or [_told(columns, "creation")]


def _belongs_to(name: str, arm: str) -> bool:
    return (name == arm or name.startswith(f"{arm}.")) and not name.endswith("fingerprint")
