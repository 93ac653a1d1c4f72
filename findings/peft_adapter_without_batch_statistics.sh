#!/usr/bin/env bash
# Guess: an adapter that peft saves holds what training changed, so that the pretrained network with the adapter loaded
#   answers as the trained one did; and disable_adapter() gives the pretrained network's answers.
# What happens: of a network with BatchNorm training changes the running statistics too. They are neither trainable nor part
#   of the adapter: save_pretrained leaves them out, loading says nothing, and the logits differ by their own size. With
#   the adapter disabled the trained network keeps the new statistics and does not answer as the pretrained one either.
# Versions: peft 0.21.2, timm 1.0.31, torch 2.15.0, transformers 5.24.0.
# Who is hit: LoRA on convolutional networks; naming the norm layers in modules_to_save, or keeping them in eval mode, avoids it.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet uv
"$folder/venv/bin/uv" pip install --quiet --python "$folder/venv/bin/python" peft==0.21.2 transformers==5.24.0 timm==1.0.31 torch==2.15.0 torchvision==0.29.2
cd "$folder" && "$folder/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

import timm
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from torch import nn

torch.manual_seed(0)
images = torch.rand(16, 3, 64, 64)
pretrained = timm.create_model("resnet18", num_classes=3).train()
with torch.no_grad():
    for _ in range(50):
        pretrained(torch.randn(16, 3, 64, 64))  # statistics of other images
torch.save(pretrained.state_dict(), "pretrained.pth")


def fresh():
    model = timm.create_model("resnet18", num_classes=3)
    model.load_state_dict(torch.load("pretrained.pth"))
    return model.eval()


def difference_after_loading(mode):
    layers = [name for name, layer in fresh().named_modules() if isinstance(layer, nn.Conv2d)]
    model = get_peft_model(fresh(), LoraConfig(target_modules=layers, modules_to_save=["fc"], r=2)).train(mode)
    optimizer = torch.optim.SGD((p for p in model.parameters() if p.requires_grad), lr=0.01)
    for _ in range(20):
        loss = nn.functional.cross_entropy(model(images), torch.arange(16) % 3)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval().save_pretrained(f"adapter_{mode}")
    loaded = PeftModel.from_pretrained(fresh(), f"adapter_{mode}").eval()
    with torch.no_grad():
        trained = float((loaded(images) - model(images)).norm() / model(images).norm())
        with model.disable_adapter():
            return trained, float((model(images) - fresh()(images)).norm() / fresh()(images).norm())


print(f"peft {version('peft')}, timm {timm.__version__}, torch {torch.__version__}: relative difference of the logits")
moved, still = difference_after_loading(True), difference_after_loading(False)
print(f"norm layers in train mode: {moved[0]:.2g} after loading, {moved[1]:.2g} with the adapter disabled")
print(f"norm layers in eval mode: {still[0]:.2g} after loading, {still[1]:.2g} with the adapter disabled")
sys.exit(not (min(moved) > 0.1 and max(still) < 1e-5))
PYTHON
