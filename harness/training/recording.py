"""The record of a run whose training has ended, or that failed, and the model that it leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from harness.data.describe import describe
from harness.data.measure import LabelScores, Scores, measure, scores_of
from harness.model.build import Built
from harness.model.pretrained import Preprocessing
from harness.records.record import (
    MOST_CLASSES,
    Predictions,
    Record,
    compact,
    group_codes,
    now,
    surroundings,
    versions_of,
)
from harness.spec.identity import configuration_id, portable, run_id
from harness.spec.spec import Spec, in_force
from harness.training.conditions import evaluate_under
from harness.training.evaluate import Answers, answer, test_shifted
from harness.training.learner import Learner, Prefetching
from harness.training.loop import Training
from harness.training.observer import Observer


@dataclass(frozen=True)
class Trained:
    """The whole model, from normalised images [N, 3, S, S] to logits [N, C], with the weights that were tested.

    `classes` are the names of the C outputs. `structure` are the constructor arguments that the pretrained weights were
    made with, beside those that the spec asks for, `pretrained_classes` the width of their head (None without weights),
    `stated` what is known of the preprocessing beside them.
    """

    model: nn.Module
    classes: tuple[str, ...]
    preprocessing: Preprocessing
    structure: Mapping[str, Any]
    pretrained_classes: int | None
    stated: Mapping[str, Any] = field(default_factory=dict)


def trained(built: Built, learner: Learner, tested: nn.Module, classes: tuple[str, ...]) -> Trained:
    """The model as it was tested; call it last, since averaged weights take the place of those that learnt.

    Args:
        built: the run's model.
        learner: what learnt.
        tested: the network that was tested: the learner's own, or averaged weights.
        classes: names of the outputs.
    """
    if tested is not learner.network:
        learner.network.load_state_dict(tested.state_dict())
    pretrained = built.pretrained
    return Trained(
        built.model.eval(),
        classes,
        built.preprocessing,
        dict(pretrained.structure),
        pretrained.num_classes,
        dict(pretrained.preprocessing),
    )


Keep = Callable[[Trained], None]


def record(
    observer: Observer,
    executor: str,
    training: Training | None = None,
    *,
    keep: Keep | None = None,
    pack: int | None = None,
    proper: Answers | None = None,
) -> Record:
    """Test the network, once, and tell everything.

    Args:
        observer: what was observed of the run, and what it was made of.
        executor: who trained it.
        training: how its batches were computed, where it was trained by itself.
        keep: is given the trained model when all is measured.
        pack: with how many runs, itself included, it was trained as one; its time is then its fraction of theirs.
        proper: its answers to the test part, where they are known.
    """
    setup = observer.setup
    spec, hardware, clock, learner, asked = setup.spec, setup.hardware, setup.clock, setup.learner, observer.asked
    kept, state = observer.restore_best()
    statistics, found = observer.finish()
    test, tested_on = setup.test_images, setup.test
    with clock.measure("eval_s"):
        proper = tested = answer(asked, *tested_on, hardware) if proper is None else proper
    shifted = {}
    if observer.diverged is None and spec.shift.name != "none":
        with clock.measure("shift_s"):
            shifted = test_shifted(spec, setup.dataset, setup.built.preprocessing, asked, hardware)
    evaluation: dict[str, Any] = {}
    if spec.evaluation.name != "proper":
        whole = asked.network if isinstance(learner.source, Prefetching) else setup.built.model
        with clock.measure("condition_s"):
            under = evaluate_under(in_force(spec), whole, setup.built.preprocessing, hardware)
        tested, evaluation = under.answers, under.block
    with clock.measure("eval_s"):
        scores = scores_of(tested.logits, tested.labels, setup.positive)
        validated = scores_of(state.logits, state.labels, setup.positive)
        scores, validated = _decided(scores, validated, spec), _decided(validated, validated, spec)
        metrics: dict[str, Any] = {
            **tested.measures(),
            **state.measures("val_"),
            "steps": observer.curve[-1].step,
            **measure(scores),
            **measure(validated, "val_"),
            **shifted,
        }
    if kept is not None:
        metrics["kept_epoch"] = kept
    if asked.network is not learner.network:
        with clock.measure("eval_s"):
            metrics |= answer(learner, *tested_on, hardware).measures("raw_")
        metrics |= setup.validate(learner).measures("raw_val_")
    if evaluation:
        metrics |= proper.measures("proper_")
        metrics |= measure(
            _decided(scores_of(proper.logits, proper.labels, setup.positive), validated, spec), "proper_"
        )
    data = describe(setup.dataset, setup.train_index, setup.val_index, test)
    alone = observer.seconds
    setup.usage.read()
    clock.seconds["total_s"] = alone if pack is None else sum(clock.seconds.values())
    if keep is not None:
        keep(trained(setup.built, learner, asked.network, setup.dataset.classes))
    return Record(
        run_id=run_id(spec),
        cell_id=configuration_id(spec),
        spec=portable(spec),
        status="finished" if observer.diverged is None else "diverged",
        reason=observer.diverged,
        data=data,
        birth=observer.diagnostics,
        curve=[point.as_json() for point in observer.curve],
        metrics=metrics,
        evaluation=evaluation,
        statistics=statistics,
        probes=found,
        timing=_timing(observer),
        provenance={
            "started": observer.started,
            "finished": now(),
            **surroundings(hardware.gpu),
            **libraries_of(setup.built.model),
            "device": hardware.device.type,
            "threads": torch.get_num_threads(),
            "precision": hardware.precision,
            "executor": executor,
            **({} if pack is None else {"pack": pack}),
            "pipeline": learner.source.pipeline if isinstance(learner.source, Prefetching) else "resident",
            **({"resumed": observer.resumed} if observer.resumed else {}),
            **(_computed(training, learner) if training else {}),
            "usage": setup.usage.readings,
        },
        predictions=Predictions(
            label=test.labels.numpy().astype(np.int16),
            predicted=scores.predicted.astype(np.int16),
            loss=tested.losses().cpu().numpy(),
            log_probability=compact(scores.log_probability),
            group=group_codes(test.groups),
            operating=scores.said if scores.classes <= MOST_CLASSES else None,
        ),
    )


AnyScores = Scores | LabelScores


def _decided(scores: AnyScores, validated: AnyScores, spec: Spec) -> AnyScores:
    """A part's answers with the thresholds that the validation part's choose."""
    return scores.decided(validated, spec.metrics)  # type: ignore[arg-type]  # both are of one kind


OTHERS = ("transformers", "fastai", "peft")
"""Libraries that some ways to make a model, or to train it, call; packages of the same name."""


def libraries_of(model: nn.Module) -> dict[str, dict[str, str]]:
    """For the provenance: the versions of other libraries that a model has modules of; nothing where it has none."""
    from_where = {kind.__module__.partition(".")[0] for module in model.modules() for kind in type(module).__mro__}
    found = versions_of(name for name in OTHERS if name in from_where)
    return {"libraries": found} if found else {}


def _computed(training: Training, learner: Learner) -> dict[str, Any]:
    """For the provenance: how batches and steps were computed."""
    found: dict[str, Any] = {}
    parts, since = training.parts
    if parts > 1:
        norms = any(isinstance(each, _BatchNorm) and each.training for each in learner.network.modules())
        found["parts"] = {"count": parts, "from_step": since, "batchnorm_by_part": norms}
    return found | training.facts


def _timing(observer: Observer) -> dict[str, float]:
    seconds, images = observer.setup.clock.seconds, observer.images
    return {**seconds, "train_images": float(images), "images_per_s": images / seconds["train_s"]}


def failure(spec: Spec, error: BaseException, started: str) -> Record:
    """A failed run's record: its spec and the reason in one line."""
    message = " ".join(str(error).split()) or type(error).__name__
    return Record(
        run_id=run_id(spec),
        cell_id=configuration_id(spec),
        spec=portable(spec),
        status="failed",
        reason=f"{type(error).__name__}: {message}",
        provenance={"started": started, "finished": now(), **surroundings()},
    )


def out_of_memory(error: BaseException) -> bool:
    """Whether there was too little memory, of the device or of the machine; torch has no class for the latter."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)
