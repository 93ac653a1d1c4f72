"""The common corruptions of Hendrycks and Dietterich (2019), "Benchmarking Neural Network Robustness"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

import torch
from torch import Tensor

from harness.data.corruption_kinds import Level
from harness.data.images import Dataset, Images
from harness.model.pretrained import Preprocessing
from harness.spec.spec import Spec
from harness.spec.streams import derive
from harness.spec.variants import load_variant, variants

PACKAGE = "harness.data.corruption_kinds"
BATCH = 256
KEPT_BYTES = 1 << 28
"""A test part above this size is corrupted anew in each run rather than kept."""


def corruptions(spec: Spec, dataset: Dataset, preprocessing: Preprocessing) -> Iterator[tuple[str, Images]]:
    """The test part once for each kind asked for, at `shift.severity`, the same in every run, as a published set is.

    The kinds are those of the benchmark that need neither pictures nor a motion blur of other programs. Pixels are
    corrupted at `data.size` and stored as uint8, as in CIFAR-10-C; ImageNet-C's second JPEG compression is left out.
    """
    test = dataset.load_test()
    corrupt = _kept if test.pixels.nbytes <= KEPT_BYTES else _corrupted
    for kind in spec.shift.kinds or variants(PACKAGE):
        yield kind, corrupt(test, kind, spec.shift.severity)


def _corrupted(test: Images, kind: str, severity: int) -> Images:
    level = Level(severity, test.pixels.shape[-1])
    generator = torch.Generator().manual_seed(derive("shift", kind, str(severity)))
    corrupt = load_variant(PACKAGE, kind)
    batches: list[Tensor] = []
    for batch in test.pixels.split(BATCH):
        corrupted: Tensor = corrupt(batch.float() / 255, level, generator)
        batches.append((corrupted.clamp(0, 1) * 255).to(torch.uint8))
    return replace(test, pixels=torch.cat(batches), known=None)


_kept = lru_cache(maxsize=16)(_corrupted)
