#!/usr/bin/env bash
# Guess: transformers' wrapper, made without weights, holds a network as timm initialises it, with a classifier of
#   transformers' own: "we assume only the classifier requires initialization", says the wrapper's code.
# What happens: every layer is initialised again by transformers' rules. The last norm of each residual block, which timm
#   starts at zero so that the block begins as the identity, starts at one; and convolutions are drawn from N(0, 0.02) instead of by their width.
# Versions: transformers 5.24.0, timm 1.0.31, torch 2.15.0; transformers 4.57.1 leaves these layers as timm made them.
# Who is hit: whoever trains timm's networks from scratch by transformers and compares with timm's own training.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet uv
"$folder/venv/bin/uv" pip install --quiet --python "$folder/venv/bin/python" transformers==5.24.0 timm==1.0.31 torch==2.15.0 torchvision==0.29.2
cd "$folder" && "$folder/venv/bin/python" - <<'PYTHON'
import sys

import timm
import torch
import transformers
from transformers import TimmWrapperConfig, TimmWrapperForImageClassification

NAME = "resnet18"
torch.manual_seed(0)
models = {
    "timm": timm.create_model(NAME, num_classes=10),
    "transformers' wrapper": TimmWrapperForImageClassification(
        TimmWrapperConfig(architecture=NAME, num_labels=10)
    ).timm_model,
}
gains, widths = [], []
print(f"{NAME}, without weights: transformers {transformers.__version__}, timm {timm.__version__}")
for maker, model in models.items():
    gains.append(model.layer1[0].bn2.weight.detach().unique().tolist())
    widths.append(model.conv1.weight.detach().std().item())
    print(f"  {maker}: gain of a block's last norm {gains[-1]}, deviation of the first convolution {widths[-1]:.4f}")
sys.exit(not (gains == [[0.0], [1.0]] and abs(widths[1] / widths[0] - 1) > 0.1))
PYTHON
