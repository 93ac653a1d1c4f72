"""The transforms of torchvision's other weights."""

from __future__ import annotations

from dataclasses import replace

from torchvision.models import get_model_weights

from harness.model.preprocessing import Preprocessing
from harness.model.weights.torchvision import choose, stated
from harness.spec.errors import ImpossibleCell
from harness.spec.spec import Spec
from harness.training.evaluation import Handling

OTHER = {"IMAGENET1K_V1": "IMAGENET1K_V2", "IMAGENET1K_V2": "IMAGENET1K_V1"}


def other_version_preprocessing(spec: Spec, proper: Handling) -> Handling:
    """V2's transforms for V1 weights, and the reverse: another resize before the crop, for some another filter.

    Raises:
        ImpossibleCell: the weights are not torchvision's, or there is only one version of them.
    """
    if spec.weights.name != "torchvision":
        raise ImpossibleCell("evaluation: other_version_preprocessing is about weights=torchvision")
    tags = [weights.name for weights in get_model_weights(spec.backbone.name)]
    other = OTHER.get(choose(spec).name)
    if other not in tags:
        raise ImpossibleCell(f"evaluation: {spec.backbone.name} has one version of its weights ({', '.join(tags)})")
    return replace(proper, preprocessing=Preprocessing(**stated(get_model_weights(spec.backbone.name)[other])))
