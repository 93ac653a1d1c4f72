"""A weights file of the user's own, loaded through timm's route for one."""

from __future__ import annotations

from timm.models import get_pretrained_cfg

from harness.model.options import head_names, skeleton
from harness.model.pretrained import Pretrained, read_state_dict, weights_structure
from harness.model.weights._renamed import Named, named, renamed_copy
from harness.model.weights._transformers import of_folder
from harness.spec.errors import RequestError
from harness.spec.spec import Spec

HARDLY = 0.5
"""Of the backbone's tensors: a file without a head that holds fewer of them is another architecture's."""


def file(spec: Spec) -> Pretrained:
    """The file at `weights.path`, its head's width read from the tensors of the architecture's classifier.

    A file that holds the backbone alone has a head of width 0. One whose keys are not the architecture's, but are found
    by timm's filter or behind a prefix, is read from a copy under the right names, by every creation method alike.

    Raises:
        RequestError: the file cannot be read, or its keys are not those of this architecture.
    """
    path = spec.weights.path
    if path is None:
        raise RequestError("weights.path: weights=file needs the path of a weights file")
    if spec.backbone.library == "transformers":
        return of_folder(spec)
    known = named(spec, read_state_dict(path), path.name)
    heads = head_names(spec, skeleton(spec))
    found = next((known.state[f"{name}.weight"] for name in heads if f"{name}.weight" in known.state), None)
    if found is None and not _headless(spec, known):
        raise RequestError(
            f"weights.path: {path.name} has no head of {spec.backbone.name} (looked for {', '.join(heads)}.weight; "
            f"its keys begin with {next(iter(known.state), 'nothing')}); is it another architecture's, or named by "
            "another library?"
        )
    num_classes = 0 if found is None else found.shape[0]
    used = renamed_copy(spec, known) if known.changes else path
    overlay = {"file": str(used), "num_classes": num_classes, "custom_load": False}
    loading = {"pretrained": True, "pretrained_cfg_overlay": overlay}
    return Pretrained(
        source="file",
        label=spec.weights.label,
        fingerprint=spec.weights.fingerprint,
        tag=None,
        arguments=loading if spec.backbone.library == "timm" else {},
        structure=weights_structure(spec.backbone.library, spec.backbone.name),
        num_classes=num_classes,
        file=used,
        changes=known.changes,
        state_dict=lambda: read_state_dict(used),
    )


def _headless(spec: Spec, known: Named) -> bool:
    """Whether these are a backbone's weights without a head; torchvision's own loading takes none."""
    if spec.backbone.library == "torchvision":
        return False
    config = get_pretrained_cfg(spec.backbone.name)
    return known.found > HARDLY or (config is not None and config.num_classes == 0)
