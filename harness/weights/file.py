"""A weights file of the user's own, loaded through timm's route for one."""

from __future__ import annotations

from timm.models import get_pretrained_cfg

from harness.spec.errors import RequestError
from harness.spec.spec import Spec
from harness.weights.parts.pretrained import Pretrained, StateDict
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
    names = _heads(spec, state)
    found = next((state[f"{name}.weight"] for name in names if f"{name}.weight" in state), None)
    if found is None and not _headless(spec):
        raise RequestError(
            f"weights.path: {path.name} has no head of {spec.backbone.name} (looked for {', '.join(names)}.weight; "
            f"its keys begin with {next(iter(state), 'nothing')}); is it another architecture's, or named by another "
            "library?"
        )
    num_classes = 0 if found is None else found.shape[0]
    overlay = {"file": str(path), "num_classes": num_classes, "custom_load": False}
    loading = {"pretrained": True, "pretrained_cfg_overlay": overlay}
    return Pretrained(
        source="file",
        label=spec.weights.label,
        fingerprint=spec.weights.fingerprint,
        tag=None,
        arguments=loading if spec.backbone.library == "timm" else {},
        num_classes=num_classes,
        file=path,
        state_dict=lambda: read_state_dict(path),
    )


def _heads(spec: Spec, state: StateDict) -> tuple[str, ...]:
    """Where the file should hold a head: timm names it, and torchvision's models all end with theirs."""
    if spec.backbone.library == "torchvision":
        matrices = [name for name, tensor in state.items() if tensor.ndim in (2, 4) and name.endswith(".weight")]
        return (matrices[-1].removesuffix(".weight"),) if matrices else ("head",)
    config = get_pretrained_cfg(spec.backbone.name)
    names = (config.classifier if config else None) or ()
    return (names,) if isinstance(names, str) else tuple(names)


def _headless(spec: Spec) -> bool:
    """Whether timm's own weights of this architecture come without a head."""
    config = get_pretrained_cfg(spec.backbone.name) if spec.backbone.library == "timm" else None
    return config is not None and config.num_classes == 0
