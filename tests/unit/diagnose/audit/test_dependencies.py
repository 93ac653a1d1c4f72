"""`check` needs torch and timm; it must work where nothing else of the project's packages is installed."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
for name in "hydra omegaconf mlflow pydantic pandas scipy sklearn matplotlib jinja2 rich pytest".split():
    sys.modules[name] = None
import timm, torch
torch.set_num_threads(1)
from harness.audit import check
from harness.diagnose.audit.formats import sarif
model = timm.create_model("test_resnet", num_classes=5)
model.classifier = torch.nn.Linear(96, 3)
report = check(model, num_classes=3, recipe={"steps": 100})
assert {"unused-classifier", "output-width"} <= report.ids, report
assert "unused-classifier" in str(report) and "unused-classifier" in sarif([report])
"""


def test_torch_and_timm_are_enough() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
