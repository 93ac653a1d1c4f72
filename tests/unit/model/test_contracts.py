"""The examples in the contracts of creation methods, init schemes and data sets do what is said beside them."""

from __future__ import annotations

import textwrap
from types import ModuleType
from typing import Any

import numpy as np
import timm
import torch
from PIL import Image

from harness.data import datasets
from harness.data.images import Samples, Source
from harness.model import creation, init
from harness.model.creation import ModelOrder
from harness.spec.spec import Data


def example(package: ModuleType, name: str) -> Any:
    """The function of an `**Example.**`."""
    text = (package.__doc__ or "").partition("**Example.**")[2].partition("\n\n")[2]
    known = {"np": np, "timm": timm, "torch": torch, "nn": torch.nn, "Image": Image, "Samples": Samples}
    scope: dict[str, Any] = {**known, "Source": Source, "Data": Data, "ModelOrder": ModelOrder}
    exec(textwrap.dedent(text), scope)
    return scope[name]


def test_a_creation_method() -> None:
    model = example(creation, "two_steps")(ModelOrder("test_resnet", 7))
    assert model(torch.zeros(2, 3, 32, 32)).shape == (2, 7)


def test_an_init_scheme() -> None:
    weight = torch.ones(50, 400)
    assert example(init, "narrow")(weight, torch.Generator().manual_seed(0)) == 0
    assert 0.0095 < weight.std() < 0.0105


def test_a_data_set() -> None:
    source = example(datasets, "stripes")(Data(name="digits"))
    assert source.classes == ("horizontal", "vertical")
    assert np.bincount(source.train.labels).tolist() == [100, 100]
    assert np.asarray(source.test().open(0)).tolist() == np.asarray(source.train.open(1)).T.tolist()
