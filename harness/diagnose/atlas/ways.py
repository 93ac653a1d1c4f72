"""Every library's way to a classifier, beside each other for the architectures that several libraries have."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, NamedTuple

import timm as timm_package
import torchvision as torchvision_package

from harness.diagnose.atlas import preprocessing
from harness.diagnose.atlas.libraries import Library
from harness.diagnose.atlas.preprocessing import LibraryPreprocessing, apart
from harness.diagnose.atlas.row import Row
from harness.diagnose.atlas.shared import SharedArchitecture, shared
from harness.diagnose.atlas.structure import fault

TRIED = 10
"""Classes that ratios are for."""


class Way(NamedTuple):
    """One way: whose it is, how it is written, which columns of the library's table tell of its draw."""

    name: str
    library: str
    call: str
    column: str
    named: Callable[[SharedArchitecture], str | None]
    prepared: Callable[[SharedArchitecture], LibraryPreprocessing] | None
    training: Callable[[], bool]


def _timm_training() -> bool:
    return bool(timm_package.create_model("test_vit").training)


def _torchvision_training() -> bool:
    return bool(torchvision_package.models.resnet18().training)


def _transformers() -> Any:
    """The package, without its progress bars."""
    import_module("transformers.utils.logging").disable_progress_bar()
    return import_module("transformers")


def _transformers_training() -> bool:
    package = _transformers()
    config = package.ResNetConfig(embedding_size=8, hidden_sizes=[8], depths=[1])
    with tempfile.TemporaryDirectory() as folder:
        package.ResNetForImageClassification(config).save_pretrained(folder)
        return bool(package.ResNetForImageClassification.from_pretrained(folder).training)


def _transformers_timm_training() -> bool:
    package = _transformers()
    config = package.TimmWrapperConfig(architecture="test_vit")
    with tempfile.TemporaryDirectory() as folder:
        package.TimmWrapperForImageClassification(config).save_pretrained(folder)
        return bool(package.TimmWrapperForImageClassification.from_pretrained(folder).training)


def _fastai_training() -> bool:
    return bool(
        import_module("fastai.vision.learner").create_timm_model("test_vit", TRIED, pretrained=False)[0].training
    )


WAYS = (
    Way(
        "timm create_model", "timm", "timm.create_model(name, pretrained=True, num_classes=n)", "create",
        lambda each: each.timm, preprocessing.of_timm, _timm_training,
    ),
    Way(
        "timm reset_classifier", "timm", "timm.create_model(name, pretrained=True).reset_classifier(n)", "reset",
        lambda each: each.timm, preprocessing.of_timm, _timm_training,
    ),
    Way(
        "torchvision", "torchvision", "torchvision.models.get_model(name, num_classes=n)", "create",
        lambda each: each.torchvision, preprocessing.of_torchvision, _torchvision_training,
    ),
    Way(
        "transformers", "transformers",
        "AutoModelForImageClassification.from_pretrained(..., num_labels=n, ignore_mismatched_sizes=True)", "create",
        lambda each: each.transformers, preprocessing.of_transformers, _transformers_training,
    ),
    Way(
        "transformers timm wrapper", "transformers_timm",
        "AutoModelForImageClassification.from_pretrained('timm/...', num_labels=n, ignore_mismatched_sizes=True)",
        "create", lambda each: each.timm, preprocessing.of_transformers_timm, _transformers_timm_training,
    ),
    Way(
        "fastai", "fastai", "vision_learner(data, name)", "create",
        lambda each: each.timm, None, _fastai_training,
    ),
    Way(
        "new nn.Linear", "timm", "model.head = nn.Linear(features, n)", "swap",
        lambda each: each.timm, None, _timm_training,
    ),
)  # fmt: skip

COLUMNS = (
    "architecture", "family", "way", "library", "version", "name", "head", "kind", "features", "draw", "bias",
    "draw_by_linear", "mode", "mean", "std", "side", "geometry", "pixels_from_timm", "note",
)  # fmt: skip


def rows(
    tables: Mapping[str, Mapping[str, Row]], architectures: Sequence[SharedArchitecture] | None = None
) -> list[dict[str, str]]:
    """A row for each architecture and way.

    Args:
        tables: for each library its rows of the atlas by name. Ways of libraries without a table are left out.
        architectures: which; all that are shared, if None.

    Returns:
        Rows with `COLUMNS`; `draw_by_linear` is the standard deviation over that of a plain `nn.Linear`, at 10 classes.
    """
    ways = [way for way in WAYS if way.library in tables]
    modes = {way.library: "train" if way.training() else "eval" for way in ways}
    found = []
    for each in shared() if architectures is None else architectures:
        base = _prepared(preprocessing.of_timm, each)[0]
        for way in ways:
            name = way.named(each)
            row = tables[way.library].get(name) if name else None
            if row is not None:
                found.append(_row(each, way, row, base) | {"mode": modes[way.library]})
    return [{column: row[column] for column in COLUMNS} for row in found]


def _row(each: SharedArchitecture, way: Way, row: Row, base: LibraryPreprocessing | None) -> dict[str, str]:
    prepared, note = _prepared(way.prepared, each) if way.prepared else (None, "")
    held = {
        "architecture": each.timm,
        "family": each.family,
        "way": way.name,
        "library": way.library.removesuffix("_timm"),
        "version": row["version"],
        "name": row["name"],
        "head": row["heads"],
        "kind": row["kind"],
        "features": row["in_features"],
        "draw": row.get(f"{way.column}_law", ""),
        "bias": row[f"{way.column}_1000_bias"],  # so many values show their distribution best
        "draw_by_linear": "1" if way.column == "swap" else row[f"{way.column}_by_swap_{TRIED}"],
        "note": "; ".join(
            text for text in (row["error"] or row["reset_error"] * (way.column == "reset"), note) if text
        ),
    }
    stated = {"mean": "", "std": "", "side": "", "geometry": "", "pixels_from_timm": ""}
    if prepared is not None:
        distance = apart(base, prepared) if base is not None else None
        stated = {
            "mean": _numbers(prepared.mean),
            "std": _numbers(prepared.std),
            "side": str(prepared.side),
            "geometry": preprocessing.geometry(prepared),
            "pixels_from_timm": "other shape" if distance is None else f"{distance:.3f}",
        }
    return held | stated


def _prepared(
    find: Callable[[SharedArchitecture], LibraryPreprocessing], each: SharedArchitecture
) -> tuple[LibraryPreprocessing | None, str]:
    try:
        return find(each), ""
    except Exception as error:  # an architecture whose processor is broken or missing is a row that says so
        return None, f"preprocessing: {fault(error)}"


def _numbers(values: Sequence[float]) -> str:
    short = [f"{value:.3g}" for value in values]
    return short[0] if len(set(short)) == 1 else " ".join(short)


def names_in(library: Library, architectures: Sequence[SharedArchitecture]) -> list[str]:
    """The library's own names for these architectures, each once."""
    asked = {way.named(each) for way in WAYS if way.library == library.name for each in architectures}
    return sorted(name for name in asked & set(library.architectures()) if name)
