"""The constructor arguments that a library adds wherever an architecture is given weights."""

from __future__ import annotations

from typing import Any

_TORCHVISION: dict[str, dict[str, Any]] = {
    "googlenet": {"transform_input": True},
    "inception_v3": {"transform_input": True},
}
"""Their weights were ported from TensorFlow and want images scaled by (x - 0.5) / 0.5; torchvision's own builders
therefore have the network change images normalised as for ImageNet (torchvision.models.googlenet and inception)."""


def weights_structure(library: str, architecture: str) -> dict[str, Any]:
    """What torchvision builds an architecture with when, and only when, it is given weights.

    The tensors of a file do not tell where they come from. A file for one of these architectures is taken for the
    published weights, or for some trained on from them, and gets the computation that those were trained in, so that
    `weights=file` and `weights=torchvision` build the same model. `backbone.kwargs` has the last word:
    `transform_input: false` is for weights that were trained without.
    """
    return dict(_TORCHVISION.get(architecture, {})) if library == "torchvision" else {}
