"""The script that MLflow runs to load a registered model: its "models from code", so that nothing is unpickled.

https://mlflow.org/docs/latest/ml/model/models-from-code/
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel

from harness.diagnose.registry.restore import restore


class Classifier(PythonModel):  # type: ignore[misc]
    """From images, uint8 [N, S, S, 3], RGB, of the size that the model learnt from, to probabilities [N, C]."""

    def load_context(self, context: Any) -> None:
        """Read weights and description."""
        self.restored = restore(Path(context.artifacts["weights"]), Path(context.artifacts["spec"]))

    # MLflow takes annotations of this method for its schema; the signature says more than they could.
    def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]
        """The softmax over `classes` of spec.json, in their order; of several labels the sigmoid of each."""
        pixels = torch.from_numpy(np.ascontiguousarray(model_input)).permute(0, 3, 1, 2)
        return self.restored.probabilities(pixels).numpy()


set_model(Classifier())
