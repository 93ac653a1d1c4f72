"""A registered model read back from its files, without running any code that they hold."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_model, save_model
from torch import Tensor, nn

from harness.data.grey import coloured
from harness.data.measure import HALF
from harness.model.build import build
from harness.model.pretrained import Preprocessing, Pretrained
from harness.spec.errors import ImpossibleConfiguration, RequestError
from harness.spec.identity import portable
from harness.spec.spec import Data, Spec
from harness.training.batches import Normalise
from harness.training.recording import Trained

WEIGHTS = "weights.safetensors"
DESCRIPTION = "spec.json"
BATCH = 128

WITHOUT_FILE = {
    "checkpoint_path": "reset_classifier",
    "load_state_dict": "create_model",
    "pretrained_cfg_overlay": "create_model",
    "overlay_alone": "create_model",
    "local_dir": "create_model",
    "features_only_checkpoint": "features_only",
}
"""Creation methods that read a file of weights, and the one that gives the same modules without."""


@dataclass(frozen=True)
class Restored:
    """A classifier: `model` from normalised images to logits, `classes` the names of its outputs.

    `data` says what it learnt from. Where an image has several labels, `classes` are these, and `thresholds` the
    probabilities from which each is said: those that the run chose on its validation part, or 0.5.
    """

    model: nn.Module
    classes: tuple[str, ...]
    preprocessing: Preprocessing
    data: Data
    thresholds: tuple[float, ...] | None = None

    def probabilities(self, pixels: Tensor) -> Tensor:
        """Probabilities, float32 [N, C], of images as `logits` takes them.

        Of one class an image they sum to 1; of several labels each is its own (the sigmoid), whatever the others are.
        """
        found = self.logits(pixels)
        return found.softmax(dim=1) if self.thresholds is None else found[:, : len(self.classes)].sigmoid()

    def logits(self, pixels: Tensor) -> Tensor:
        """Logits, float32 [N, C], of images, uint8 [N, 3, S, S], on the CPU in eval mode.

        Raises:
            RequestError: the model takes one channel, and some images are in colour.
        """
        if len(self.preprocessing.mean) == 1 and (found := coloured(pixels)):
            raise RequestError(f"images: {len(found)} of {len(pixels)} are in colour, and this model was made for grey")
        normalise = Normalise(self.preprocessing, torch.device("cpu"))
        with torch.inference_mode():
            return torch.cat([self.model(normalise.stored(batch)).float() for batch in pixels.split(BATCH)])


def write_model(folder: Path, spec: Spec, trained: Trained, thresholds: Sequence[float] | None = None) -> None:
    """Write weights (safetensors) and what the model is (JSON) into a folder.

    Args:
        folder: takes both files.
        spec: the run's.
        trained: its model.
        thresholds: of several labels an image, the probability from which each is said; None: 0.5.
    """
    save_model(trained.model.cpu(), str(folder / WEIGHTS))
    described = {
        "spec": portable(spec),
        "structure": dict(trained.structure),
        "pretrained_classes": trained.pretrained_classes,
        "stated": dict(trained.stated),
        "classes": list(trained.classes),
        "preprocessing": asdict(trained.preprocessing),
        **({} if spec.data.targets is None else {"thresholds": list(thresholds or [HALF] * len(trained.classes))}),
    }
    (folder / DESCRIPTION).write_text(json.dumps(described, indent=1), encoding="utf-8")


def restore(weights: Path, description: Path) -> Restored:
    """Build the model that a description names, without its pretrained weights, and fill in the trained ones.

    Raises:
        RequestError: the architecture cannot be built without its pretrained weights, or the tensors do not fit it.
    """
    described: dict[str, Any] = json.loads(description.read_text(encoding="utf-8"))
    fields = described["spec"]
    creation = fields["creation"]["name"]
    fields["creation"]["name"] = WITHOUT_FILE.get(creation, creation)
    fields["weights"] = {"name": "none", "verify": "record"}
    shape = Pretrained(
        "registered",
        structure=described["structure"],
        num_classes=described["pretrained_classes"],
        preprocessing=described.get("stated", {}),
    )
    try:
        with torch.random.fork_rng([]):
            spec = Spec.model_validate(fields)
            model = build(spec, len(described["classes"]), shape).model
        model = model.to(memory_format=torch.channels_last)
        load_model(model, str(weights))
    except (ImpossibleConfiguration, RuntimeError) as error:
        raise RequestError(f"creation: {creation} cannot be read back from its tensors ({error})") from None
    prepared = described["preprocessing"]
    thresholds = described.get("thresholds")
    return Restored(
        model.eval(),
        tuple(described["classes"]),
        Preprocessing(**{**prepared, "mean": tuple(prepared["mean"]), "std": tuple(prepared["std"])}),
        spec.data,
        None if thresholds is None else tuple(thresholds),
    )
