#!/usr/bin/env bash
# Guess: parquet files whose label columns list the class names in another order are refused, or matched by name, as
#   concatenate_datasets refuses them.
# What happens: load_dataset takes the first file's features for all files and keeps the stored integers, so labels of
#   the later files silently get other names; across the splits train and test as well.
# Versions: datasets 5.2.0, pyarrow 25.0.1.
# Who is hit: data sets written in several exports, each with the class names in the order in which they were first seen.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet uv
"$folder/venv/bin/uv" pip install --quiet --python "$folder/venv/bin/python" datasets==5.2.0 pyarrow==25.0.1
cd "$folder" && HF_HOME="$folder" HF_HUB_OFFLINE=1 "$folder/venv/bin/python" -W error::UserWarning - <<'PYTHON'
import sys

import datasets
from datasets import ClassLabel, Dataset, concatenate_datasets, load_dataset

datasets.disable_progress_bars()
for file, names in (("train", ["cat", "dog"]), ("test", ["dog", "cat"])):
    rows = Dataset.from_dict({"text": ["a cat", "a dog"], "label": ["cat", "dog"]})
    rows.cast_column("label", ClassLabel(names=names)).to_parquet(f"{file}.parquet")

both = load_dataset("parquet", data_files={"train": "train.parquet", "test": "test.parquet"})
told = {part: [(row["text"], rows.features["label"].int2str(row["label"])) for row in rows] for part, rows in both.items()}
print(f"datasets {datasets.__version__}: train {told['train']}, test {told['test']}")
try:
    concatenate_datasets([Dataset.from_parquet(name) for name in ("train.parquet", "test.parquet")])
    refused = False
except ValueError as error:
    refused = True
    print(f"concatenate_datasets: {str(error)[:60]}...")
swapped = told["train"] == [("a cat", "cat"), ("a dog", "dog")] and told["test"] == [("a cat", "dog"), ("a dog", "cat")]
sys.exit(not (swapped and refused))
PYTHON
