"""Weights that an installed package carries, under timm's names and loaded through timm's own route for a file."""

from __future__ import annotations

from pathlib import Path

from harness.model.options import skeleton
from harness.model.pretrained import Pretrained, StateDict, read_state_dict
from harness.model.weights import _naming
from harness.model.weights._renamed import kept_copy
from harness.spec.packaged import PackagedWeights, packaged_file
from harness.spec.spec import Backbone, Spec
from harness.spec.variants import load_variant

IMAGENET = 1000
"""Classes of the head."""


def package(spec: Spec) -> Pretrained:
    """The weights that a package carries for `backbone.name`; `harness.spec.packaged` lists them.

    The package's file is compared with its published checksum and read as tensors alone; no code of the package runs.
    timm reads a copy under its own names, and what it loaded is compared with the package's file.

    Raises:
        RequestError: there are none, the package is not installed, or its file is another.
    """
    known, source = packaged_file(spec.backbone.name)
    state = _state(known, source)
    copy = kept_copy([known.sha256, known.architecture, sorted(state)], state, known.package)
    stated = {"mean": (known.mean,) * 3, "std": (known.std,) * 3}
    overlay = {"file": str(copy), "num_classes": IMAGENET, "custom_load": False, **stated}
    return Pretrained(
        source="package",
        label=known.package,
        fingerprint=spec.weights.fingerprint,
        arguments={"pretrained": True, "pretrained_cfg_overlay": overlay},
        num_classes=IMAGENET,
        file=copy,
        preprocessing=dict(stated),
        state_dict=lambda: _state(known, source),
    )


def _state(known: PackagedWeights, source: Path) -> StateDict:
    """The file's tensors by the names that timm gives the architecture as it was published."""
    model = skeleton(Spec(backbone=Backbone(name=known.architecture)))
    assert model is not None
    state = read_state_dict(source)
    names: dict[str, str] = load_variant(_naming.__name__, known.names)(state, model)
    return _naming.renamed(state, names, model, source.name)
