#!/usr/bin/env bash
# Guess: a label that no image of the test part has is left out of a mean AUROC over labels, or makes it NaN, since its
#   own is not defined; torchmetrics and scikit-learn agree.
# What happens: torchmetrics gives that label 0 and counts it, so that the mean of a perfect model falls from 1 to 0.67
#   where one of three labels is absent; scikit-learn's mean is NaN. Asked for each label, torchmetrics says 0 where
#   scikit-learn says NaN: the worst value there is, for a label of which nothing is known. (Both warn.)
# Versions: torchmetrics 1.9.0, scikit-learn 1.9.1, torch 2.15.0.
# Who is hit: data of several labels with rare findings, small validation parts, cross-validation; early stopping on it.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet uv
"$folder/venv/bin/uv" pip install --quiet --python "$folder/venv/bin/python" torchmetrics==1.9.0 scikit-learn==1.9.1 torch==2.15.0
cd "$folder" && "$folder/venv/bin/python" -W ignore - <<'PYTHON'
import math
import sys

import sklearn
import torch
import torchmetrics
from sklearn.metrics import roc_auc_score
from torchmetrics.functional.classification import multilabel_auroc

target = torch.tensor([[1, 0, 0], [0, 1, 0], [1, 1, 0], [0, 0, 0]])
scores = torch.tensor([[0.9, 0.2, 0.1], [0.4, 0.8, 0.2], [0.7, 0.6, 0.3], [0.2, 0.1, 0.4]])

print(f"torchmetrics {torchmetrics.__version__}, scikit-learn {sklearn.__version__}: three labels, the third absent")
mean = float(multilabel_auroc(scores, target, 3, average="macro"))
each = multilabel_auroc(scores, target, 3, average="none").tolist()
theirs, theirs_each = (roc_auc_score(target, scores, average=how) for how in ("macro", None))
print(f"torchmetrics: each {each}, mean {mean:.3f}")
print(f"scikit-learn: each {theirs_each.tolist()}, mean {float(theirs)}")
as_said = each == [1.0, 1.0, 0.0] and round(mean, 3) == 0.667
sys.exit(not (as_said and math.isnan(theirs) and math.isnan(theirs_each[2])))
PYTHON
