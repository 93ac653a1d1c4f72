#!/usr/bin/env bash
# Guess: a group of parameters that is added while a schedule warms up (gradual unfreezing) is either refused or led to the
#   rate it was added with, by every schedule alike.
# What happens: schedules that are written as a factor from step to step multiply the new group by what is left of the
#   warm-up: added at 0.001 one step into LinearLR(start_factor=0.1, total_iters=5), it ends at 0.0036. ConstantLR of
#   factor 0.1 brings it to 0.01, ten times what was asked for. PolynomialLR and CosineAnnealingLR lead it to other shares
#   of its rate than the first group's. LambdaLR and SequentialLR raise ValueError. No warning where it runs.
# Versions: torch 2.15.0.
# Who is hit: fine-tuning that unfreezes by add_param_group after a warm-up has begun: the pretrained layers get the large rate.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet uv
"$folder/venv/bin/uv" pip install --quiet --python "$folder/venv/bin/python" torch==2.15.0 torchvision==0.29.2 numpy==2.4.6
cd "$folder" && "$folder/venv/bin/python" -W error - <<'PYTHON'
import sys

import torch
from torch.optim import lr_scheduler

RATE, STEPS = 0.001, 6
makers = {
    "LinearLR": lambda optimizer: lr_scheduler.LinearLR(optimizer, 0.1, 1.0, total_iters=5),
    "ConstantLR": lambda optimizer: lr_scheduler.ConstantLR(optimizer, 0.1, total_iters=5),
    "LambdaLR": lambda optimizer: lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, 0.1 + 0.18 * step)),
}


def last_rates(maker):
    head, backbone = (torch.nn.Parameter(torch.ones(1)) for _ in range(2))
    optimizer = torch.optim.SGD([head], lr=1.0)
    schedule = maker(optimizer)
    optimizer.step()
    schedule.step()
    optimizer.add_param_group({"params": [backbone], "lr": RATE})
    try:
        for _ in range(STEPS):
            optimizer.step()
            schedule.step()
    except ValueError as error:
        return f"ValueError: {error}"
    return [round(group["lr"], 6) for group in optimizer.param_groups]


print(f"torch {torch.__version__}: rates after the warm-up; the second group was added at {RATE}")
found = {name: last_rates(maker) for name, maker in makers.items()}
for name, rates in found.items():
    print(f"{name}: {rates}")
refused = isinstance(found["LambdaLR"], str)
sys.exit(not (refused and found["LinearLR"] == [1.0, 0.003571] and found["ConstantLR"] == [1.0, 0.01]))
PYTHON
