"""Claim 22: what `forward_features` returns, `.stem` and `.head`, and the data set information."""

from __future__ import annotations

from collections.abc import Iterator

import timm
import timm.data
import torch

from harness.analysis.claims.facts._fact import Fact

NAMES = (
    "resnet18",
    "mobilenetv2_100",
    "efficientnet_b0",
    "convnext_atto",
    "vit_tiny_patch16_224",
    "regnetx_002",
    "dla34",
)
INFORMATION = ("ImageNetInfo", "DatasetInfo", "CustomDatasetInfo")


def forward_features() -> Iterator[Fact]:
    """Tried on a CNN of each kind and a ViT."""
    image = torch.zeros(1, 3, 224, 224)
    for name in NAMES:
        model = timm.create_model(name).eval()
        with torch.no_grad():
            found = model.forward_features(image)
        several = isinstance(found, list | tuple)
        told = f"{len(found)} tensors" if several else f"one tensor of shape {tuple(found.shape)}"
        yield Fact(22, "forward_features returns the feature maps of all four stages", name, several, told)
        missing = [attribute for attribute in ("stem", "head") if not hasattr(model, attribute)]
        yield Fact(
            22,
            "a network has .stem and .head to group parameters by",
            name,
            not missing,
            f"it has no {' and no '.join(missing)}" if missing else "it has both",
        )
    absent = [call for call in INFORMATION if not hasattr(timm.data, call)]
    told = f"timm.data has no {', '.join(absent)}" if absent else f"timm.data has {', '.join(INFORMATION)}"
    yield Fact(22, "the data set information calls exist", "timm.data", not absent, told)
