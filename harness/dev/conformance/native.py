"""`python -m harness.dev.conformance.native [--out results/conformance]`: timm's networks as classes of transformers.

Weights that hide nothing (noise on every parameter, BatchNorm's statistics of a batch) are written into a file, read
from there by timm, converted, and the features compared in float64: `native.csv`, a row a network.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import timm
import torch
from timm.models import get_pretrained_cfg
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from harness.dev.growing import Growing
from harness.model.build import find_weights, order_of
from harness.model.native.conversion import Conversion, convert
from harness.model.options import sized
from harness.spec.errors import ImpossibleConfiguration
from harness.spec.spec import Spec

ARCHITECTURES = (
    "beit_base_patch16_224", "convnext_atto", "convnextv2_atto", "deit_tiny_distilled_patch16_224",
    "deit_tiny_patch16_224", "efficientnet_b0", "mobilenetv1_100", "mobilenetv2_035", "mobilenetv2_050",
    "mobilenetv2_100", "mobilenetv2_110d", "regnetx_002", "regnety_002", "resnet10t", "resnet18", "resnet26d",
    "resnet50", "swin_tiny_patch4_window7_224", "test_convnext", "test_efficientnet", "test_resnet", "test_vit",
    "tf_efficientnet_b0", "tf_efficientnet_lite0", "vit_small_patch14_dinov2", "vit_small_patch14_reg4_dinov2",
    "vit_tiny_patch16_224",
)  # fmt: skip
"""Of every family that a conversion is known for, bundled ones and those that the studies use among them."""

SIDE, CLASSES = 64, 10
NOISE = 0.05
FIELDS = ("architecture", "side", "class", "difference", "set", "dropout", "batchnorm_momentum", "refused")
NUMERIC = ("hidden_act", "layer_norm_eps", "batch_norm_eps", "tf_padding", "depthwise_padding")
"""Fields of a configuration that change what is computed and not the shape of a tensor."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the table; a second start goes on where the first was stopped."""
    parser = argparse.ArgumentParser(prog="python -m harness.dev.conformance.native", description=main.__doc__)
    parser.add_argument("--out", type=Path, default=Path("results/conformance"))
    asked = parser.parse_args(arguments)
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    table = Growing(asked.out, "native", FIELDS, "native.json", ("transformers",))
    rows = [row for row in table.earlier() if row["architecture"] in ARCHITECTURES]
    for name in ARCHITECTURES:
        if name not in {row["architecture"] for row in rows}:
            rows.append({**dict.fromkeys(FIELDS, ""), "architecture": name, **tried(name)})
            table.keep(rows)
            print(f"{name}: {rows[-1]['class']} {rows[-1]['difference']}{rows[-1]['refused']}", flush=True)
    table.publish(sorted(rows, key=lambda row: row["architecture"]))
    return 0


def tried(name: str) -> dict[str, str]:
    """What becomes of one network, at the side of its own weights where it has a fixed one."""
    config = get_pretrained_cfg(name)
    side = config.input_size[-1] if config and "swin" in name else 56 if "patch14" in name else SIDE
    with tempfile.TemporaryDirectory() as folder, torch.random.fork_rng():
        file = Path(folder) / "weights.pt"
        torch.manual_seed(0)
        backbone = {"name": name}
        model = timm.create_model(name, **sized(Spec.model_validate({"backbone": backbone, "data": {"size": side}})))
        _spread(model, side)
        torch.save(model.state_dict(), file)
        spec = Spec.model_validate(
            {
                "backbone": backbone,
                "weights": {"name": "file", "path": file},
                "creation": {"name": "transformers"},
                "data": {"size": side},
            }
        )
        try:
            found = convert(order_of(spec, CLASSES, find_weights(spec)))
        except ImpossibleConfiguration as refusal:
            return {"side": str(side), "refused": str(refusal).removeprefix("creation: ")}
    return {"side": str(side), **_told(found)}


def _spread(model: nn.Module, side: int) -> None:
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * NOISE)
        for module in model.train().modules():
            if isinstance(module, _BatchNorm):
                module.momentum = None  # the mean over batches, of which there is one
        model(torch.randn(4, 3, side, side))


def _told(found: Conversion) -> dict[str, str]:
    """What was set from timm's network, and what transformers' class brings of its own."""
    config: Any = found.model.config
    default = type(config)()
    put = {key: value for key, value in found.form.fields.items() if key in NUMERIC}
    changed = (f"{key}={value}" for key, value in put.items() if value != getattr(default, key))
    modules = list(found.model.modules())
    rates = {module.p for module in modules if isinstance(module, nn.Dropout) and module.p}
    momenta = {module.momentum or 0.0 for module in modules if isinstance(module, _BatchNorm)}
    return {
        "class": type(found.model).__name__,
        "difference": f"{found.gap:.1e}",
        "set": " ".join(changed),
        "dropout": " ".join(f"{rate:g}" for rate in sorted(rates)),
        "batchnorm_momentum": " ".join(f"{each:g}" for each in sorted(momenta)),
    }


if __name__ == "__main__":
    sys.exit(main())
