#!/usr/bin/env bash
# Guess: class_encode_column("label") leaves labels that are integers 0, 1, 2, ... as they are and only names them.
# What happens: the integers become strings, the strings are sorted, and labels are numbered anew by that order: of twelve
#   classes 10 becomes 2, 11 becomes 3 and 2 becomes 4. With ten classes or fewer nothing changes. No message.
# Versions: datasets 5.2.0, pyarrow 25.0.1.
# Who is hit: whoever splits by train_test_split(stratify_by_column=...), which asks for such a column, and then evaluates
#   weights or lists of names that count the classes as before.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet uv
"$folder/venv/bin/uv" pip install --quiet --python "$folder/venv/bin/python" datasets==5.2.0 pyarrow==25.0.1
cd "$folder" && HF_HOME="$folder" HF_HUB_OFFLINE=1 "$folder/venv/bin/python" -W error::UserWarning - <<'PYTHON'
import sys

import datasets
from datasets import ClassLabel, Dataset

datasets.disable_progress_bars()
print(f"datasets {datasets.__version__}")


def encoded(classes):
    return list(Dataset.from_dict({"label": range(classes)}).class_encode_column("label")["label"])


found = {classes: encoded(classes) for classes in (10, 12)}
for classes, labels in found.items():
    print(f"labels 0..{classes - 1} become {labels}")
named = Dataset.from_dict({"label": range(12)}).cast_column("label", ClassLabel(num_classes=12))
print(f"cast_column with ClassLabel(num_classes=12): {list(named['label'])}")
kept = found[10] == list(range(10)) and list(named["label"]) == list(range(12))
sys.exit(not (kept and found[12] == [0, 1, 4, 5, 6, 7, 8, 9, 10, 11, 2, 3]))
PYTHON
