"""`data.classes` and `data.samples`, for any data set."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from harness.data.parts.choose import choose_classes, choose_samples
from harness.data.parts.source import Samples, Source
from harness.spec.spec import Data


def restrict(source: Source, spec: Data) -> Source:
    """The first classes of both parts, and so many images of the training part, each class in proportion.

    Raises:
        RequestError: more classes or images than there are, or too few images.
    """
    classes = choose_classes(source.classes, spec.classes)

    def of_classes(samples: Samples) -> Samples:
        return samples.pick(np.flatnonzero(np.asarray(samples.labels) < len(classes)))

    train = of_classes(source.train)
    train = train.pick(choose_samples(train.labels, spec.samples))
    return replace(source, classes=classes, train=train, test=lambda: of_classes(source.test()))
