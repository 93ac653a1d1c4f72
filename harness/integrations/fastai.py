"""fastai: `vision_learner(..., cbs=FastaiCheck())`."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from torch import Tensor

from harness.integrations._before_training import BeforeTraining, missing
from harness.integrations._schedule import PlannedRates

try:
    from fastai.callback.core import Callback
except ImportError:
    raise missing("fastai") from None

POINTS = 200  # of a schedule, which fastai gives over the fraction of training that is done

SGD_STEPS = {"sgd_step", "momentum_step"}


class FastaiCheck(BeforeTraining, Callback):  # type: ignore[misc]
    """A `Callback` that checks the model on the first batch of the learner's first fit, before the first step.

    `FastaiCheck(on_serious="stop", allow=(), **options)`: see `harness.integrations`.
    """

    def before_batch(self) -> None:
        """Look at the first batch as it is about to be learnt from.

        Raises:
            SeriousFindingsError: under `on_serious="stop"`.
        """
        learner = self.learn
        if self.report is not None or not learner.training or hasattr(learner, "lr_finder"):
            return
        images, labels = (_plain(each) for each in (learner.xb[0], learner.yb[0]))
        self.examine(learner.model, iter([(images, labels)]), _rates(learner))


def _plain(tensor: Tensor) -> Tensor:
    """fastai's tensors are of classes of their own."""
    return tensor.as_subclass(Tensor)


def _rates(learner: Any) -> PlannedRates:
    """The rates of fastai's optimizer, whose groups are lists beside lists of hyperparameters."""
    groups = [
        {"params": list(parameters), **hypers}
        for parameters, hypers in zip(learner.opt.param_lists, learner.opt.hypers, strict=True)
    ]
    steps = learner.n_epoch * len(learner.dls.train)
    schedule = getattr(getattr(learner, "param_scheduler", None), "scheds", {}).get("lr")
    courses = [[float(group["lr"])] for group in groups]
    if schedule is not None:
        points = [schedule(point / POINTS) for point in range(POINTS)]
        rates = [[each] * len(groups) if isinstance(each, float | int) else list(each) for each in points]
        courses = [list(map(float, course)) for course in zip(*rates, strict=True)]
    plain = SGD_STEPS & {getattr(each, "__name__", "") for each in learner.opt.cbs}
    told = {"optimizer": "sgd" if plain else "adamw", "momentum": float(groups[-1].get("mom", 0.0))}
    named = "constant" if schedule is None else "scheduled"
    return PlannedRates(SimpleNamespace(param_groups=groups), courses, steps, named, tuple(told.items()))
