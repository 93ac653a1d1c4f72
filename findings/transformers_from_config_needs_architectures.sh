#!/usr/bin/env bash
# Guess: `AutoModelForImageClassification.from_config(DeiTConfig())` makes a DeiT classifier, as it makes a ViT's from a ViTConfig:
#   where a type has several classes the first is the default, as the library's own comment says.
# What happens: a fresh configuration has `architectures = None`, and the type has two classes (with and without a teacher's
#   head), so `None` is iterated over: TypeError: 'NoneType' object is not iterable. An empty list, or the class' name in it, helps.
# Versions: transformers 5.24.0, torch 2.15.0.
# Who is hit: whoever trains a DeiT or LeViT from scratch by the Auto class, as its documentation shows for every other type.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet uv
"$folder/venv/bin/uv" pip install --quiet --python "$folder/venv/bin/python" transformers==5.24.0 torch==2.15.0 torchvision==0.29.2
cd "$folder" && "$folder/venv/bin/python" - <<'PYTHON'
import sys

import transformers
from transformers import AutoConfig, AutoModelForImageClassification

SMALL = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}


def made(kind, architectures=None):
    config = AutoConfig.for_model(kind, num_labels=5, **(SMALL if kind in ("vit", "deit") else {}))
    if architectures is not None:
        config.architectures = architectures
    try:
        return type(AutoModelForImageClassification.from_config(config)).__name__
    except TypeError as error:
        return f"TypeError: {error}"


told = {
    "ViT": made("vit"),
    "DeiT": made("deit"),
    "LeViT": made("levit"),
    "DeiT, architectures=[]": made("deit", []),
}
print(f"transformers {transformers.__version__}")
for name, outcome in told.items():
    print(f"  {name}: {outcome}")
refused = all(told[name].startswith("TypeError") for name in ("DeiT", "LeViT"))
others = told["ViT"] == "ViTForImageClassification" and told["DeiT, architectures=[]"] == "DeiTForImageClassification"
sys.exit(not (refused and others))
PYTHON
