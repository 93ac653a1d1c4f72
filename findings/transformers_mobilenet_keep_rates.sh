#!/usr/bin/env bash
# Guess: transformers' own MobileNets regularise and keep statistics as torchvision's do: dropout of about 0.2 before the
#   head, and running statistics that average over some tens of batches.
# What happens: TensorFlow's numbers stand in torch's arguments, which count the other way. The dropout before the head of
#   MobileNetV1 is 0.999, TensorFlow's share of what is kept: a hidden unit in a thousand reaches the head in training.
#   MobileNetV2's is 0.8. BatchNorm's momentum is 0.9997 and 0.997, so that after one batch the running statistics are that
#   batch's and nothing else: ten batches of which the last alone is bright leave the mean of a bright image.
# Versions: transformers 5.24.0, torch 2.15.0, torchvision 0.29.2.
# Who is hit: everyone who fine-tunes google/mobilenet_v1_* or google/mobilenet_v2_* with the defaults.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet uv
"$folder/venv/bin/uv" pip install --quiet --python "$folder/venv/bin/python" transformers==5.24.0 torch==2.15.0 torchvision==0.29.2
cd "$folder" && "$folder/venv/bin/python" - <<'PYTHON'
import sys

import torch
import torchvision
import transformers
from torch import nn
from transformers import MobileNetV1Config, MobileNetV1ForImageClassification
from transformers import MobileNetV2Config, MobileNetV2ForImageClassification

torch.manual_seed(0)
models = {
    "torchvision MobileNetV2": torchvision.models.mobilenet_v2(num_classes=3),
    "transformers MobileNetV2": MobileNetV2ForImageClassification(MobileNetV2Config(num_labels=3)),
    "transformers MobileNetV1": MobileNetV1ForImageClassification(MobileNetV1Config(num_labels=3)),
}
found = {}
print(f"transformers {transformers.__version__}, torchvision {torchvision.__version__}, torch {torch.__version__}")
for name, model in models.items():
    norm = next(layer for layer in model.modules() if isinstance(layer, nn.BatchNorm2d))
    dropout = next(layer.p for layer in model.modules() if isinstance(layer, nn.Dropout))
    model.train()
    first = []
    handle = norm.register_forward_pre_hook(lambda _, given: first.append(given[0].mean((0, 2, 3))))
    with torch.no_grad():
        for brightness in [0.1] * 9 + [1.0]:
            model(brightness * torch.rand(4, 3, 64, 64))
    handle.remove()
    share = float((norm.running_mean @ first[-1]) / (first[-1] @ first[-1]))  # 1: the last batch alone
    found[name] = (dropout, norm.momentum, round(share, 2))
    print(f"{name}: dropout {dropout}, momentum {norm.momentum}, running mean {share:.2f} of the last batch's mean")
near = found["torchvision MobileNetV2"][2] < 0.3
kept = [found[f"transformers MobileNetV{n}"] for n in (1, 2)] == [(0.999, 0.9997, 1.0), (0.8, 0.997, 1.0)]
sys.exit(not (near and kept))
PYTHON
