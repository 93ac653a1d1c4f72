"""Rules of backbone, weights and creation method."""

from __future__ import annotations

from collections.abc import Iterator

from harness.spec.rules.fault import no_effect
from harness.spec.spec import Spec
from harness.spec.variants import load_variant


def model(spec: Spec) -> Iterator[str]:
    """Keys of one library, source or creation method under another."""
    if spec.weights.name == "file" and spec.weights.path is None and spec.weights.fingerprint is None:
        yield "weights.path: weights=file needs the path of a weights file"
    if spec.weights.name != "file" and spec.weights.path is not None:
        yield no_effect("weights.path", f"under weights={spec.weights.name}; use weights=file")
    library = spec.backbone.library
    if library == "torchvision" and spec.weights.name in ("bundled", "hub"):
        yield f"weights: {spec.weights.name} weights are timm's; for a torchvision model use torchvision, file or none"
    if library == "torchvision" and spec.backbone.pool is not None:
        yield "backbone.pool: torchvision's models have no such choice; use backbone.library=timm"
    if library != "torchvision" and spec.weights.name == "torchvision":
        yield f"weights: torchvision's weights have no effect under backbone.library={library}; use torchvision"
    if spec.weights.name != "torchvision" and spec.weights.tag is not None:
        yield no_effect("weights.tag", f"under weights={spec.weights.name}; use weights=torchvision")
    if spec.creation.name == "custom" and spec.creation.target is None:
        yield "creation.target: creation=custom needs a function of your own, as module.function"
    if spec.creation.name != "custom":
        if spec.creation.target is not None:
            yield no_effect("creation.target", f"under creation={spec.creation.name}; use creation=custom")
        if spec.creation.kwargs:
            yield no_effect("creation.kwargs", f"under creation={spec.creation.name}; use creation=custom")
    if spec.init.name == "zeros" and spec.init.scale != 1:
        yield no_effect("init.scale", "on zeros; use another init")
    if spec.init.share != 1 and not getattr(
        load_variant("harness.model.init", spec.init.name), "takes_features", False
    ):
        yield no_effect("init.share", f"under init={spec.init.name}; use init=fitted or class_means")
