"""Weights that the package carries: timm's tiny test models, pretrained by `make upstream`."""

from __future__ import annotations

import json

from harness.model.pretrained import Pretrained, read_state_dict
from harness.spec.errors import RequestError
from harness.spec.paths import bundled_file, bundled_names
from harness.spec.spec import Spec
from harness.spec.variants import suggest

OVERLAY = ("num_classes", "mean", "std", "input_size", "interpolation", "crop_pct")


def bundled(spec: Spec) -> Pretrained:
    """The bundled weights of `backbone.name`.

    Raises:
        RequestError: this architecture has none.
    """
    file = bundled_file(spec.backbone.name)
    if not file.is_file():
        raise RequestError(
            f"weights: no bundled weights for backbone.name={spec.backbone.name}; "
            f"{suggest(spec.backbone.name, bundled_names())}, or use weights=file, hub or none"
        )
    card = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    overlay = {key: card[key] for key in OVERLAY if key in card}
    return Pretrained(
        source="bundled",
        label=file.stem,
        fingerprint=spec.weights.fingerprint,
        tag="bundled",
        arguments={"pretrained": True, "pretrained_cfg_overlay": {"file": str(file), **overlay}},
        structure=dict(card.get("structure", {})),
        num_classes=int(card["num_classes"]),
        file=file,
        preprocessing=overlay,
        state_dict=lambda: read_state_dict(file),
    )
