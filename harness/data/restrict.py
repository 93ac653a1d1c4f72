"""`data.classes` and `data.samples`, for any data set."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from harness.data.choose import choose_classes, choose_samples
from harness.data.source import Samples, Source
from harness.spec.spec import Data


def restrict(source: Source, spec: Data) -> Source:
    """The first classes of both parts, and so many images of the training part, each class in proportion.

    A validation part that the set has of its own stays whole.

    Raises:
        RequestError: more classes or images than there are, or too few images.
    """
    classes = choose_classes(source.classes, spec.classes)

    def of_classes(samples: Samples) -> Samples:
        return samples.pick(np.flatnonzero(np.asarray(samples.labels) < len(classes)))

    train = of_classes(source.train)
    learnt = np.flatnonzero(~np.asarray(train.validation or [False] * len(train)))
    chosen = learnt[choose_samples(np.asarray(train.labels)[learnt].tolist(), spec.samples)]
    train = train.pick(np.union1d(chosen, np.setdiff1d(np.arange(len(train)), learnt)))
    return replace(source, classes=classes, train=train, test=lambda: of_classes(source.test()))
