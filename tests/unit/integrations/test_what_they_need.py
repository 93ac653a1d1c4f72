"""Each integration needs its own library, and none Hydra or MLflow."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("transformers")

CODE = """
import sys
for name in "hydra omegaconf mlflow pydantic lightning fastai".split():
    sys.modules[name] = None
import harness.integrations.script, harness.integrations.timm, harness.integrations.transformers
for name in ("lightning", "fastai"):
    try:
        __import__(f"harness.integrations.{name}")
    except ImportError as error:
        print(error)
"""


def test_hydra_and_mlflow_are_not_needed_and_what_is_missing_is_one_line_with_its_extra() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    told = "harness.integrations.{0} needs {0}, which is not installed: pip install 'model-creation-harness[{0}]'"
    assert done.stdout.splitlines() == [told.format(name) for name in ("lightning", "fastai")]
