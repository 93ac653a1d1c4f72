"""Measures one architecture: built, drawn, reset and swapped, and looked at each time."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import torch
from torch import nn

from harness.diagnose.atlas import CLASSES
from harness.diagnose.atlas.built import NotDrawn, build, drawing
from harness.diagnose.atlas.libraries import Library
from harness.diagnose.atlas.structure import (
    Outputs,
    Snapshot,
    changes,
    differ,
    drawn,
    fault,
    parts,
    pool,
    snapshot,
    top,
)
from harness.model.heads import find_heads, head_layer
from harness.spec.errors import ImpossibleConfiguration

Row = dict[str, Any]

TORCH = torch.__version__.partition("+")[0]
LARGEST = CLASSES[-1]
TRIED = 10
"""Classes of the model whose output is looked at."""


def measure(library: Library, architecture: str) -> Row:
    """One row of the atlas. What cannot be built is a row that says why.

    Built without the backbone's draw; where a constructor cannot do with that, built in full.
    """
    row: Row = {
        "library": library.name,
        "version": library.version,
        "torch": TORCH,
        "name": architecture,
        "family": library.family(architecture),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for skip in (True, False):
            try:
                seen = _Measurement(library, architecture, skip).row
                return row | {"error": "", "backbone": "skipped" if skip else "drawn"} | seen
            except Exception as error:  # one architecture that breaks must not end the atlas
                row["error"] = fault(error)
    return row


class _Measurement:
    """The models of one architecture, made one after the other, and what was seen of them in `row`."""

    def __init__(self, library: Library, architecture: str, skip: bool) -> None:
        self._library, self._architecture, self._skip = library, architecture, skip
        self.row: Row = {}
        start = build(library, architecture, None, LARGEST, skip)
        self.row["default_classes"] = classes = getattr(start, "num_classes", LARGEST)
        self._own = find_heads(start, classes) if classes else ()
        self.row["default_pool"] = pool(start, self._own)
        try:
            created = self._create(start)
        except ImpossibleConfiguration as reason:
            self.row |= {"kind": "none", "create_output": str(reason).partition(": ")[2]}
            return
        outputs = Outputs(library, created)
        self.row["create_output"] = outputs.shape(created)
        self._reset(start, outputs)
        self._swap(created, outputs)

    def _create(self, start: nn.Module) -> nn.Module:
        """Direct creation at each number of classes; the library's own may be one of them, and is built already."""
        for classes in CLASSES:
            same = classes == self.row["default_classes"] == LARGEST
            model = start if same else build(self._library, self._architecture, classes, classes, self._skip)
            heads = find_heads(model, classes)
            self._see(model, heads, f"create_{classes}")
            if classes == CLASSES[0]:
                self._new = snapshot(model, heads)
            if classes == TRIED:
                created = model
                self._describe(model, heads)
        return created

    def _describe(self, model: nn.Module, heads: tuple[str, ...]) -> None:
        stated: Any = getattr(model, "get_classifier", lambda: None)()
        layer = head_layer(model, heads[0])
        others = parts(model, heads)
        self._heads = heads
        self.row |= {
            "heads": " ".join(heads),
            "attribute": " ".join(dict.fromkeys(top(name) for name in heads)),
            "kind": _kind(heads, layer, others),
            "parts": ", ".join(others),
            "in_features": layer.weight.shape[1],
            "get_classifier": "" if stated is None else _classes(stated),
            "config_classifier": _stated(model),
            "pool": pool(model, heads),
            "heads_differ": differ(model, heads),
        }

    def _reset(self, model: nn.Module, outputs: Outputs) -> None:
        """`reset_classifier` at each number of classes, all on the instance that the library makes by itself."""
        before = snapshot(model, self._own)
        for classes in CLASSES:
            try:
                with drawing(classes, self._skip):
                    model.reset_classifier(classes)  # type: ignore[operator]
                heads = find_heads(model, classes)
            except Exception as error:
                self.row["reset_error"] = fault(error)
                return
            self._see(model, heads, f"reset_{classes}")
            if classes == CLASSES[0]:
                self._compare(before, snapshot(model, heads))
        self.row |= {"reset_pool": pool(model, heads), "reset_output": outputs.shape(model)}
        self._reset_with_its_own_pool(model, heads)

    def _compare(self, before: Snapshot, after: Snapshot) -> None:
        self.row["reset_changes"] = "; ".join(changes(before, after) if self._own else [])
        self.row["reset_against_new"] = "; ".join(changes(self._new, after))

    def _reset_with_its_own_pool(self, model: nn.Module, heads: tuple[str, ...]) -> None:
        """The pooling that the model has anyway, named in the call, must stay what it is."""
        name = self.row["reset_pool"].partition(" ")[0]
        before = snapshot(model, heads)
        if not name:
            return
        try:
            with drawing(LARGEST, self._skip):
                model.reset_classifier(LARGEST, global_pool=name)  # type: ignore[operator]
            after = snapshot(model, find_heads(model, LARGEST))
            self.row["named_pool_changes"] = "; ".join(changes(before, after))
        except Exception as error:
            self.row["named_pool_changes"] = fault(error)

    def _swap(self, model: nn.Module, outputs: Outputs) -> None:
        """A plain Linear in the place of each head layer, then in the place of the attribute that holds it."""
        features = self.row["in_features"]
        for classes in CLASSES:
            self.row |= {f"swap_{classes}_{key}": value for key, value in _plain(features, classes).items()}
        for name in self._heads:
            model.set_submodule(name, nn.Linear(head_layer(model, name).weight.shape[1], TRIED))
        self.row["swap_output"] = outputs.shape(model)
        owners = self.row["attribute"].split()
        if set(owners) != set(self._heads):
            for owner in owners:
                setattr(model, owner, nn.Linear(features, TRIED))
            self.row["swap_attribute_output"] = outputs.shape(model)

    def _see(self, model: nn.Module, heads: tuple[str, ...], prefix: str) -> None:
        if any(head_layer(model, name).weight.is_meta for name in heads):
            raise NotDrawn(f"the head has no values after {prefix}")
        self.row |= {f"{prefix}_{key}": value for key, value in drawn(model, heads).items()}


@cache
def _plain(features: int, classes: int) -> dict[str, Any]:
    """How torch draws a Linear; many architectures share its shape."""
    with drawing(classes):
        return drawn(nn.Linear(features, classes), ("",))


def _kind(heads: tuple[str, ...], layer: nn.Module, others: list[str]) -> str:
    if len(heads) > 1:
        return "several"
    if "hidden layer" in others:
        return "MLP"
    if "norm" in others:
        return "norm + Linear"
    return "Linear" if isinstance(layer, nn.Linear) else "1x1 convolution"


def _classes(stated: Any) -> str:
    several = isinstance(stated, tuple | list)
    return " ".join(type(module).__name__ for module in (stated if several else (stated,)))


def _stated(model: nn.Module) -> str:
    """The name of the head in the library's own configuration."""
    stated = (getattr(model, "pretrained_cfg", None) or {}).get("classifier") or ()
    return " ".join([stated] if isinstance(stated, str) else stated)
