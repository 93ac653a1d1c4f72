"""Every line of code that a report advises is run, on every family, as a reader would run it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import timm
import torch
from torch import Tensor, nn
from torchvision.models import get_model, list_models

from harness.model.head_lines import attribute, redrawn, swapped, zeroed
from harness.model.heads import find_heads, head_layer

CLASSES, OTHER = 10, 7
FAMILIES = Path(__file__).parents[4] / "results" / "conformance" / "families.csv"
LARGEST = 8_000_000
"""Parameters above which a model is built without memory: shapes and calls are checked, values not."""

SAMPLE = (
    ("timm", "mobilenetv3_small_050"),  # 288 features stated, 1024 before the head
    ("timm", "test_resnet"),
    ("timm", "test_convnext"),  # norm, dropout and Linear in one head
    ("timm", "test_vit"),
    ("timm", "deit_tiny_distilled_patch16_224"),  # two heads
    ("timm", "volo_d1_224"),
    ("timm", "inception_v3"),  # torchvision has one of the same name, with other arguments
    ("torchvision", "resnet18"),
    ("torchvision", "squeezenet1_1"),  # a convolution for a head, within a Sequential
    ("torchvision", "mobilenet_v3_small"),
)


def _made(library: str, architecture: str) -> tuple[nn.Module, str]:
    make: Any = timm.create_model if library == "timm" else get_model
    with torch.random.fork_rng(), torch.device("meta"):
        try:
            size = sum(each.numel() for each in make(architecture).parameters())
        except (RuntimeError, NotImplementedError):
            size = 0
    device = "cpu" if size <= LARGEST else "meta"
    slow_to_initialise = library == "torchvision" and architecture in ("googlenet", "inception_v3")
    options = {"init_weights": False} if slow_to_initialise else {}
    with torch.device(device):
        return make(architecture, num_classes=CLASSES, **options).eval(), device


def _images(library: str, architecture: str, model: Any, device: str) -> Tensor:
    shape = (model.pretrained_cfg["input_size"] if library == "timm" else None) or (3, 224, 224)
    if architecture == "inception_v3" and library == "torchvision":
        shape = (3, 299, 299)
    return torch.zeros(1, *shape, device=device)


def _run(line: str, model: nn.Module, device: str) -> None:
    with torch.device(device):
        exec(line, {"model": model, "torch": torch, "n": OTHER})


def _works(library: str, architecture: str) -> None:
    model, device = _made(library, architecture)
    names = find_heads(model, CLASSES)
    layers = [head_layer(model, name) for name in names]
    heads = [
        {"name": name, "kind": type(layer).__name__, "in_features": layer.weight.shape[1]}
        for name, layer in zip(names, layers, strict=True)
    ]

    _run(zeroed(heads), model, device)
    assert device == "meta" or not any(layer.weight.any() for layer in layers)
    _run(redrawn(heads), model, device)
    assert device == "meta" or all(layer.weight.any() for layer in layers)

    _run(swapped(heads), model, device)
    called: list[str] = []
    for name in names:
        fresh = head_layer(model, name)
        assert fresh not in layers
        assert fresh.weight.shape[0] == OTHER
        fresh.register_forward_hook(lambda module, inputs, output, name=name: called.append(name))
    with torch.no_grad():
        logits = model(_images(library, architecture, model, device))
    assert set(called) >= set(names[:1])
    assert tuple(logits.shape) == (1, OTHER)


@pytest.mark.parametrize(("library", "architecture"), SAMPLE)
def test_the_advised_lines_work_on_a_sample(library: str, architecture: str) -> None:
    _works(library, architecture)


@pytest.mark.slow
@pytest.mark.skipif(not FAMILIES.is_file(), reason="a source distribution leaves the committed results out")
@pytest.mark.parametrize("library", ["timm", "torchvision"])
def test_the_advised_lines_work_on_every_family(library: str) -> None:
    """On those that conformance was tried on and that the installed library has: older releases of timm lack some.

    To find the smallest of each family anew takes minutes.
    """
    failed, listed = {}, pd.read_csv(FAMILIES)
    known = timm.list_models() if library == "timm" else list_models()
    tried = listed[(listed["library"] == library) & listed["architecture"].isin(known)].drop_duplicates("family")
    for family, architecture in zip(tried["family"], tried["architecture"], strict=True):
        try:
            _works(library, architecture)
        except Exception as error:  # each family is told, not the first alone
            failed[f"{family} {architecture}"] = f"{type(error).__name__}: {error}"[:200]
    assert len(tried) > 10
    assert failed == {}


@pytest.mark.parametrize(
    ("name", "written"),
    [("fc", "model.fc"), ("head.fc", "model.head.fc"), ("classifier.1", "model.classifier[1]"), ("0", "model[0]")],
)
def test_names_are_written_as_python_reads_them(name: str, written: str) -> None:
    assert attribute(name) == written
