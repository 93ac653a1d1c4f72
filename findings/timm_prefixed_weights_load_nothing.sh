#!/usr/bin/env bash
# Guess: weights whose keys bear a prefix (`model.`, as training frameworks save them) end in an error, because timm says
#   that it loads strictly; at worst whoever reads the code expects the same answer for every num_classes.
# What happens: with num_classes other than the weights' own, timm turns strict loading off for the whole network. Not one
#   tensor is loaded, `pretrained=True` gives a random network, and only a log line at warning level tells. With the
#   weights' own number of classes the very same file is an error.
# Versions: timm 1.0.31, torch 2.15.0.
# Who is hit: everyone who fine-tunes from a file of their own through pretrained_cfg_overlay=dict(file=...).
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet uv
"$folder/venv/bin/uv" pip install --quiet --python "$folder/venv/bin/python" timm==1.0.31 torch==2.15.0 torchvision==0.29.2
cd "$folder" && "$folder/venv/bin/python" - <<'PYTHON'
import logging
import sys

import timm
import torch

logging.disable(logging.CRITICAL)  # as in any program that shows errors alone
torch.manual_seed(0)
source = timm.create_model("test_resnet", num_classes=50)
torch.save({f"model.{name}": tensor for name, tensor in source.state_dict().items()}, "weights.pth")
overlay = {"file": "weights.pth", "num_classes": 50}
backbone = [name for name, tensor in source.named_parameters() if tensor.ndim == 4]


def loaded(classes):
    try:
        model = timm.create_model(
            "test_resnet", pretrained=True, pretrained_cfg_overlay=overlay, num_classes=classes
        )
    except RuntimeError as error:
        return str(error).splitlines()[0]
    own = dict(model.named_parameters())
    return sum(torch.equal(own[name], source.get_parameter(name)) for name in backbone)


same, other = loaded(50), loaded(10)
print(f"timm {timm.__version__}, {len(backbone)} convolutions in the file")
print(f"num_classes as in the file: {same}")
print(f"num_classes=10: no error, {other} convolutions loaded")
sys.exit(not (other == 0 and isinstance(same, str)))
PYTHON
