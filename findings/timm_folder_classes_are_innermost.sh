#!/usr/bin/env bash
# Guess: timm's folder data set labels images as torchvision's ImageFolder does, whose layout its scripts are documented
#   with: the class is the folder directly below the root, whatever folders lie within it.
# What happens: the class is the folder that the image lies in. ROOT/cat/indoor and ROOT/dog/indoor become one class
#   "indoor"; the number of classes may even agree, so that training runs and the accuracy is that of another task.
# Versions: timm 1.0.31, torchvision 0.29.2.
# Who is hit: data sets with folders per patient, camera or place below the classes.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet uv
"$folder/venv/bin/uv" pip install --quiet --python "$folder/venv/bin/python" timm==1.0.31 torch==2.15.0 torchvision==0.29.2
cd "$folder" && "$folder/venv/bin/python" - <<'PYTHON'
import sys
from pathlib import Path

import timm
import torchvision
from PIL import Image
from timm.data import create_dataset
from torchvision.datasets import ImageFolder

for name in ("cat/indoor", "cat/outdoor", "dog/indoor", "dog/outdoor"):
    Path("images", name).mkdir(parents=True)
    Image.new("RGB", (8, 8)).save(Path("images", name, "1.png"))

ours = ImageFolder("images")
theirs = create_dataset("", root="images")
print(f"torchvision {torchvision.__version__}: {ours.class_to_idx}, labels {ours.targets}")
labels = [label for _, label in theirs.reader.samples]
print(f"timm {timm.__version__}: {theirs.reader.class_to_idx}, labels {labels}")
sys.exit(not (set(ours.classes) == {"cat", "dog"} and set(theirs.reader.class_to_idx) == {"indoor", "outdoor"}))
PYTHON
