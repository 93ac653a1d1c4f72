"""Labels of a table by the names of their classes, in whatever order or spelling its files state them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.data.downloads import root_folder
from harness.data.names import ambiguous, composed, shown, unmatched
from harness.spec.errors import RequestError
from harness.spec.spec import Data


def match_values(given: dict[str, list[str]]) -> tuple[tuple[str, ...], dict[str, list[int]]]:
    """The classes and each split's labels as their numbers; the last split is the test part.

    Numbers are ordered by their value and may begin anywhere; text is compared in Unicode's normal form C, and else
    exactly.

    Raises:
        RequestError: the test part has values that the training part has not, in another spelling or not at all, or
            two values differ in outer blanks alone.
    """
    *learnt, tested = given
    values = sorted({value for name in learnt for value in given[name]}, key=_order)
    faults = list(ambiguous(values, "+".join(learnt)))
    numbered = {composed(value): number for number, value in enumerate(values)}
    foreign = sorted({value for value in given[tested] if composed(value) not in numbered}, key=_order)
    faults += unmatched(foreign, values, tested, "+".join(learnt))
    if faults:
        raise RequestError([f"data.label_column: {fault}" for fault in faults])
    return tuple(values), {name: [numbered[composed(label)] for label in labels] for name, labels in given.items()}


def _order(name: str) -> tuple[int, str]:
    """Numbers by their value, then text."""
    return (int(name), "") if name.lstrip("-").isdecimal() else (2**62, name)


@dataclass(frozen=True)
class Stated:
    """A file, how many rows it has, and its names of the classes; None where it states none."""

    file: str
    rows: int
    names: tuple[str, ...] | None


def stated(spec: Data, label: str) -> dict[str, list[Stated]]:
    """For each split of a folder of parquet or Arrow files, what these say, in the order in which they are read."""
    if spec.path is None:
        return {}
    import datasets

    builder = datasets.load_dataset_builder(
        str(spec.path), cache_dir=str(root_folder(spec) / "huggingface"), **spec.kwargs
    )
    look = _READERS.get(type(builder).__mro__[1].__name__) or _READERS.get(type(builder).__name__)
    if look is None or not builder.config.data_files:
        return {}
    return {
        str(split): [_stated(file, look, label) for file in files] for split, files in builder.config.data_files.items()
    }


_NO_CLASS = -1


def by_name(
    labels: list[Any], files: list[Stated], classes: tuple[str, ...], split: str, streamed: bool
) -> tuple[list[Any], list[str]]:
    """The labels of a split by the names of the classes, and a line for each file that numbers them otherwise.

    Args:
        labels: of the split, one a row.
        files: its files, each with the names that it states.
        classes: the names of the classes.
        split: its name.
        streamed: whether rows come mixed.

    Raises:
        RequestError: a file has names that `classes` has not, or its rows cannot be told from those of others.
    """
    differing = [file for file in files if file.names not in (None, classes)]
    if not differing:
        return labels, []
    faults = [fault for file in differing for fault in _faults(file, classes, split)]
    if faults:
        raise RequestError(faults)
    moved = [file for file in differing if any(own != number for own, number in _map(file, classes).items())]
    if moved and (streamed or sum(file.rows for file in files) != len(labels)):
        first = moved[0]
        raise RequestError(
            f"data.label_column: {first.file} numbers its classes {shown(list(first.names or ()), 5)}, the training "
            f"part {shown(list(classes), 5)}, and its rows come mixed with others; write both in one order"
        )
    mapped: list[Any] = []
    for file in files:
        rows, table = labels[len(mapped) : len(mapped) + file.rows], _map(file, classes)
        mapped += rows if file.names is None else [table.get(label, _NO_CLASS) for label in rows]
    notes = [
        f"{file.file} numbers its classes {shown(list(file.names or ()), 5)} and not {shown(list(classes), 5)}; "
        "its labels are read by name"
        for file in moved
    ]
    return (mapped, notes) if moved else (labels, [])


def _map(file: Stated, classes: tuple[str, ...]) -> dict[int, int]:
    numbered = {composed(name): number for number, name in enumerate(classes)}
    return {number: numbered[composed(name)] for number, name in enumerate(file.names or ())}


def _faults(file: Stated, classes: tuple[str, ...], split: str) -> list[str]:
    known = {composed(name) for name in classes}
    added = [name for name in file.names or () if composed(name) not in known]
    return [f"data.label_column: {fault}" for fault in unmatched(added, classes, f"{split} ({file.file})", "train")]


def _stated(file: str, look: Callable[[str], tuple[Any, int]], label: str) -> Stated:
    schema, rows = look(file)
    written = (schema.metadata or {}).get(b"huggingface")
    feature: Any = None
    if written is not None:
        feature = json.loads(written).get("info", {}).get("features", {}).get(label)
    names = feature.get("names") if isinstance(feature, dict) and feature.get("_type") == "ClassLabel" else None
    return Stated(Path(file).name, rows, None if names is None else tuple(names))


def _parquet(file: str) -> tuple[Any, int]:
    from pyarrow.parquet import ParquetFile  # type: ignore[import-untyped]

    with ParquetFile(file) as opened:
        return opened.schema_arrow, opened.metadata.num_rows


def _arrow(file: str) -> tuple[Any, int]:
    import pyarrow  # type: ignore[import-untyped]

    with pyarrow.memory_map(file) as mapped:
        try:
            reader = pyarrow.ipc.open_stream(mapped)
            return reader.schema, sum(batch.num_rows for batch in reader)
        except pyarrow.ArrowInvalid:  # of the two formats of Arrow, the one for random access
            mapped.seek(0)
            whole = pyarrow.ipc.open_file(mapped)
            return whole.schema, sum(whole.get_batch(at).num_rows for at in range(whole.num_record_batches))


_READERS: dict[str, Callable[[str], tuple[Any, int]]] = {"Parquet": _parquet, "Arrow": _arrow}
"""By the name of the library's class that reads such files."""
