#!/usr/bin/env bash
# Guess: nn.SyncBatchNorm.convert_sync_batchnorm changes where statistics are gathered and nothing else: in eval mode the
#   converted network answers as before, as torchvision's do.
# What happens: many of timm's networks keep the activation within the norm layer, a subclass of BatchNorm2d. torch replaces
#   it by a plain SyncBatchNorm and the activations are gone, without a word: EfficientNet and MobileNet lose every ReLU or
#   SiLU that follows a norm. ResNet, whose activations are layers of their own, is not concerned. timm has a function of the same name that keeps them.
# Versions: timm 1.0.31, torch 2.15.0.
# Who is hit: training on several GPUs by loops that call torch's function, as Lightning does for sync_batchnorm=True.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet uv
"$folder/venv/bin/uv" pip install --quiet --python "$folder/venv/bin/python" timm==1.0.31 torch==2.15.0 torchvision==0.29.2
cd "$folder" && "$folder/venv/bin/python" -W error - <<'PYTHON'
import copy
import sys

import timm
import torch
from timm.layers import convert_sync_batchnorm
from torch import nn

torch.manual_seed(0)
images = torch.randn(8, 3, 64, 64)
converters = {"torch's": nn.SyncBatchNorm.convert_sync_batchnorm, "timm's": convert_sync_batchnorm}


def features(model):
    with torch.no_grad():
        return model(images).double()


found = {}
print(f"timm {timm.__version__}, torch {torch.__version__}: features in eval mode beside those before conversion")
for name in ("resnet18", "mobilenetv2_100", "efficientnet_b0", "regnety_002", "densenet121"):
    model = timm.create_model(name, num_classes=0).train()
    for _ in range(20):
        features(model)  # running statistics of these images
    before = features(model.eval())
    for whose, convert in converters.items():
        after = features(convert(copy.deepcopy(model)).eval())
        found[name, whose] = float((after - before).norm() / before.norm())
    print(f"{name}: relative difference", ", ".join(f"{found[name, whose]:.2g} by {whose}" for whose in converters))
by_timm = max(share for (_, whose), share in found.items() if whose == "timm's")
by_torch = {name: share for (name, whose), share in found.items() if whose == "torch's"}
equal = by_torch.pop("resnet18") < 1e-5
sys.exit(not (by_timm < 1e-5 and equal and min(by_torch.values()) > 0.1))
PYTHON
