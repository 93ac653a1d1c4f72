#!/usr/bin/env bash
# Guess: transformers' wrapper around timm's models loads a vision transformer at another image size as timm itself does,
#   by resampling the table of positions; or, as ignore_mismatched_sizes=True says of a head, draws it anew.
# What happens: neither. The table has the new size and holds whatever lay in memory: NaN here, small numbers or zeros on
#   another day. Loading ends without an error; the report of mismatched tensors says that it was newly initialised.
# Versions: transformers 5.24.0, timm 1.0.31, torch 2.15.0.
# Who is hit: everyone who fine-tunes a timm ViT through transformers at another resolution than that of its weights.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet uv
"$folder/venv/bin/uv" pip install --quiet --python "$folder/venv/bin/python" transformers==5.24.0 timm==1.0.31 torch==2.15.0 torchvision==0.29.2
cd "$folder" && TRANSFORMERS_VERBOSITY=error HF_HUB_DISABLE_PROGRESS_BARS=1 "$folder/venv/bin/python" - <<'PYTHON'
import json
import sys
from pathlib import Path

import timm
import torch
import transformers
from safetensors.torch import save_file
from transformers import TimmWrapperForImageClassification

NAME, STORED, WANTED = "test_vit", 160, 96

torch.manual_seed(0)
model = timm.create_model(NAME, num_classes=20)
place = Path("saved")
place.mkdir()
save_file(model.state_dict(), place / "model.safetensors")
kept = {key: value for key, value in model.pretrained_cfg.items() if isinstance(value, (int, float, str, tuple))}
(place / "config.json").write_text(json.dumps({"architecture": NAME, "num_classes": 20, "pretrained_cfg": kept}))

by_timm = timm.create_model(NAME, num_classes=10, img_size=WANTED, pretrained=True,
                            pretrained_cfg_overlay={"file": str(place / "model.safetensors"), "num_classes": 20})
before = [torch.full((1000, 1000), float("nan")) for _ in range(30)]  # memory that is used and given back
del before
wrapped = TimmWrapperForImageClassification.from_pretrained(
    place, num_labels=10, ignore_mismatched_sizes=True, model_args={"img_size": WANTED})

print(f"transformers {transformers.__version__}, timm {timm.__version__}, torch {torch.__version__}: "
      f"{NAME} stored at {STORED} px, asked for at {WANTED} px")
ours, theirs = by_timm.pos_embed.detach(), wrapped.timm_model.pos_embed.detach()
print(f"timm: {tuple(ours.shape)}, standard deviation {ours.std():.4f}, NaN {int(ours.isnan().sum())}")
print(f"transformers: {tuple(theirs.shape)}, NaN {int(theirs.isnan().sum())} of {theirs.numel()}")
blocks = [torch.equal(a, b) for (n, a), (_, b) in
          zip(by_timm.blocks.named_parameters(), wrapped.timm_model.blocks.named_parameters(), strict=True)]
print(f"tensors of the blocks that are equal: {sum(blocks)} of {len(blocks)}")
fine = torch.isfinite(ours).all() and ours.std() > 0.01 and all(blocks) and ours.shape == theirs.shape
drawn = bool(torch.isfinite(theirs).all()) and 0.01 < float(theirs.std()) < 0.03
sys.exit(not (fine and not drawn))
PYTHON
