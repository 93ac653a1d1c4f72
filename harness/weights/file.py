"""A weights file of the user's own, loaded through timm's route for one."""

from __future__ import annotations

from timm.models import get_pretrained_cfg

from harness.spec.errors import RequestError
from harness.spec.spec import Spec
from harness.weights.parts.pretrained import Pretrained
from harness.weights.parts.read import read_state_dict


def file(spec: Spec) -> Pretrained:
    """The file at `weights.path`, its head's width read from the tensors of the architecture's classifier.

    Raises:
        RequestError: the file cannot be read, or its keys are not those of this architecture.
    """
    path = spec.weights.path
    if path is None:
        raise RequestError("weights.path: weights=file needs the path of a weights file")
    state = read_state_dict(path)
    config = get_pretrained_cfg(spec.backbone.name)
    names = (config.classifier if config else None) or ()
    for name in (names,) if isinstance(names, str) else names:
        weight = state.get(f"{name}.weight")
        if weight is not None:
            num_classes = weight.shape[0]
            break
    else:
        raise RequestError(
            f"weights.path: {path.name} has no head of {spec.backbone.name} (looked for "
            f"{names if isinstance(names, str) else ', '.join(names)}.weight; its keys begin with "
            f"{next(iter(state), 'nothing')}); is it another architecture's, or named by another library?"
        )
    return Pretrained(
        source="file",
        label=spec.weights.label,
        fingerprint=spec.weights.fingerprint,
        tag=None,
        arguments={
            "pretrained": True,
            "pretrained_cfg_overlay": {"file": str(path), "num_classes": num_classes, "custom_load": False},
        },
        num_classes=num_classes,
        state_dict=lambda: read_state_dict(path),
    )
