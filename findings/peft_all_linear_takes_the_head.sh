#!/usr/bin/env bash
# Guess: target_modules="all-linear" leaves the classifier alone, as peft documents for transformers' models ("the output layer
#   excluded"); a head that it does adapt is saved, so that adapter and pretrained network give the trained answers.
# What happens: the output layer is known by get_output_embeddings or by a task type of text. An image classifier has
#   neither, so its new head, drawn at random, gets LoRA and is frozen itself. Only the two small matrices are saved, and
#   loading onto the pretrained network, which draws another head, gives other logits without a warning. With
#   modules_to_save=["classifier"] they are equal. In the small example the accuracy on the training images stays.
# Versions: peft 0.21.2, transformers 5.24.0, torch 2.15.0.
# Who is hit: LoRA on image classifiers by all-linear, when the adapter is loaded elsewhere.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet uv
"$folder/venv/bin/uv" pip install --quiet --python "$folder/venv/bin/python" peft==0.21.2 transformers==5.24.0 torch==2.15.0 torchvision==0.29.2
cd "$folder" && HF_HUB_OFFLINE=1 TRANSFORMERS_VERBOSITY=error HF_HUB_DISABLE_PROGRESS_BARS=1 "$folder/venv/bin/python" -W error::UserWarning - <<'PYTHON'
import sys
from importlib.metadata import version

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import ViTConfig, ViTForImageClassification, ViTModel

torch.manual_seed(0)
config = ViTConfig(hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32, image_size=32, patch_size=8)
ViTModel(config, add_pooling_layer=False).save_pretrained("backbone")
images = torch.randn(30, 3, 32, 32)
labels = torch.arange(30) % 3


def pretrained():
    return ViTForImageClassification.from_pretrained("backbone", num_labels=3)


def accuracies(**more):
    model = get_peft_model(pretrained(), LoraConfig(target_modules="all-linear", **more)).train()
    optimizer = torch.optim.Adam((p for p in model.parameters() if p.requires_grad), lr=0.01)
    for _ in range(100):
        optimizer.zero_grad()
        model(pixel_values=images, labels=labels).loss.backward()
        optimizer.step()
    model.save_pretrained(str(more))
    loaded = PeftModel.from_pretrained(pretrained(), str(more))
    with torch.no_grad():
        logits = [each.eval()(pixel_values=images).logits for each in (model, loaded)]
    return [round(float((each.argmax(1) == labels).float().mean()), 2) for each in logits], float((logits[0] - logits[1]).abs().max())


print(f"peft {version('peft')}, transformers {version('transformers')}: accuracy on the training images")
alone, told = accuracies(), accuracies(modules_to_save=["classifier"])
print(f"all-linear: trained and loaded {alone[0]}, largest difference of a logit {alone[1]:.2g}")
print(f"all-linear, classifier in modules_to_save: {told[0]}, {told[1]:.2g}")
sys.exit(not (alone[1] > 0.1 and told[1] < 1e-4))
PYTHON
