#!/usr/bin/env bash
# Guess: AUROC and average precision depend on the order of the scores alone, so logits do as well as probabilities, and a
#   metric that is updated batch by batch gives what it gives for all images at once.
# What happens: each update looks whether its own scores lie within 0..1. If all do they are taken as probabilities, else
#   the sigmoid is applied. A batch of small logits stays as it is and its neighbours are squeezed, so that images are
#   ranked across two scales: a perfect ranking has AUROC 0.67. Without a warning, and other batch sizes give other values.
# Versions: torchmetrics 1.9.0, torch 2.15.0.
# Who is hit: whoever passes logits, above all of one label or of several labels an image early in training or with small
#   batches, when all logits of a batch happen to lie within 0..1. Passing sigmoid(logits) avoids it.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet uv
"$folder/venv/bin/uv" pip install --quiet --python "$folder/venv/bin/python" torchmetrics==1.9.0 torch==2.15.0
cd "$folder" && "$folder/venv/bin/python" -W error - <<'PYTHON'
import sys

import torch
import torchmetrics
from torchmetrics.classification import BinaryAUROC, BinaryAveragePrecision

logits = torch.tensor([0.9, 0.3, 1.5, -1.0])
target = torch.tensor([0, 0, 1, 0])


def by_batches(metric, scores, size):
    for part, answers in zip(scores.split(size), target.split(size), strict=True):
        metric.update(part, answers)
    return round(float(metric.compute()), 3)


print(f"torchmetrics {torchmetrics.__version__}, torch {torch.__version__}")
found = {}
for kind in (BinaryAUROC, BinaryAveragePrecision):
    found[kind] = [by_batches(kind(), scores, size) for scores in (logits, logits.sigmoid()) for size in (4, 2)]
    print(f"{kind.__name__}: logits at once {found[kind][0]}, in batches of two {found[kind][1]}; "
          f"probabilities at once {found[kind][2]}, in batches of two {found[kind][3]}")
sys.exit(not (found == {BinaryAUROC: [1.0, 0.667, 1.0, 1.0], BinaryAveragePrecision: [1.0, 0.5, 1.0, 1.0]}))
PYTHON
