#!/usr/bin/env bash
# Guess: transformers' wrapper for timm models makes timm's model, so that for a new number of classes both routes start
#   from heads of the same distribution.
# What happens: transformers initialises the new head from N(0, 0.02) (the configuration's initializer_range), timm's
#   EfficientNet code from U(-1/sqrt(classes), 1/sqrt(classes)): at two classes 20 times as wide. The same checkpoint then
#   starts at another loss, and a short linear probe ends elsewhere. The loading report names the new tensors only.
# Versions: transformers 5.24.0, timm 1.0.31, torch 2.15.0.
# Who is hit: comparisons of results by `AutoModelForImageClassification` with results by `timm.create_model`.
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
from transformers import AutoModelForImageClassification, TimmWrapperConfig, TimmWrapperForImageClassification

NAME, CLASSES = "mobilenetv2_100", 2
transformers.logging.set_verbosity_error()
torch.manual_seed(0)
stored = TimmWrapperForImageClassification(TimmWrapperConfig(architecture=NAME, num_labels=1000))
stored.save_pretrained("checkpoint")
torch.save(stored.timm_model.state_dict(), "weights.pth")

wrapped = AutoModelForImageClassification.from_pretrained(
    "checkpoint", num_labels=CLASSES, ignore_mismatched_sizes=True
).timm_model
direct = timm.create_model(
    NAME, pretrained=True, pretrained_cfg_overlay={"file": "weights.pth"}, num_classes=CLASSES
)
equal = all(torch.equal(a, b) for a, b in zip(wrapped.blocks.parameters(), direct.blocks.parameters(), strict=True))
by_wrapper, by_timm = (model.get_classifier().weight.std().item() for model in (wrapped, direct))
print(f"transformers {transformers.__version__}, timm {timm.__version__}; the backbones are equal: {equal}")
print(f"standard deviation of the new head: {by_wrapper:.3f} by transformers, {by_timm:.3f} by timm")
sys.exit(not (equal and by_timm > 10 * by_wrapper))
PYTHON
