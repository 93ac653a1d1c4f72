#!/usr/bin/env bash
# Guess: a layer under torch.nn.utils.spectral_norm has a largest singular value of about 1 from the start, in train and
#   in eval mode, as under torch.nn.utils.parametrizations.spectral_norm.
# What happens: the older function starts its power iteration from random vectors and takes steps in train mode only. Put
#   into eval mode before the first training step, the weight is divided by a random number: here its norm is about 20.
# Versions: torch 2.15.0.
# Who is hit: a discriminator or probe that is evaluated before its first step, or is built, frozen and never trained.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet uv
"$folder/venv/bin/uv" pip install --quiet --python "$folder/venv/bin/python" torch==2.15.0 numpy==2.4.6
cd "$folder" && "$folder/venv/bin/python" -W ignore - <<'PYTHON'
import sys

import torch
from torch import nn


def norm(wrap):
    torch.manual_seed(0)
    layer = wrap(nn.Linear(64, 64)).eval()
    layer(torch.randn(4, 64))
    return torch.linalg.matrix_norm(layer.weight.detach(), 2).item()


old, new = norm(nn.utils.spectral_norm), norm(nn.utils.parametrizations.spectral_norm)
print(f"torch {torch.__version__}, largest singular value in eval mode before any training step")
print(f"torch.nn.utils.spectral_norm: {old:.2f}")
print(f"torch.nn.utils.parametrizations.spectral_norm: {new:.2f}")
sys.exit(not (old > 2 and 0.8 < new < 1.2))
PYTHON
