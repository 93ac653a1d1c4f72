"""A run: spec in, record out. Needs neither Hydra nor MLflow nor a checkout."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from harness.data.parts.describe import describe
from harness.data.parts.load import load
from harness.data.parts.split import split
from harness.hybrids.build import image_preprocessing, prepare
from harness.metrics.parts.measure import measure, scores_of
from harness.metrics.parts.positive import positive_class
from harness.probes import Watched
from harness.probes.parts.birth import birth_certificate
from harness.recipe.optimizer import check_optimizer
from harness.records.predictions import Predictions, compact, group_codes
from harness.records.provenance import now, surroundings
from harness.records.record import Record
from harness.spec.bridge import in_force
from harness.spec.errors import RequestError
from harness.spec.identity import cell_id, run_id
from harness.spec.machine import Machine
from harness.spec.rules import faults
from harness.spec.spec import Spec
from harness.spec.streams import stream
from harness.spec.variants import load_variant
from harness.training.conditions import evaluate_under
from harness.training.curve import Point
from harness.training.early_stopping import EarlyStopping, monitored
from harness.training.evaluate import Answers, answer
from harness.training.hardware import Hardware, find_hardware
from harness.training.instruments import Instruments
from harness.training.loop import train
from harness.training.shift import test_shifted
from harness.training.trained import Trained, trained
from harness.transfer.parts.learner import Learner, Prefetching
from harness.transfer.parts.pixels import Normalise, unit_range

BIRTH_IMAGES, PROBE_IMAGES = 256, 128


class _Clock:
    """Seconds spent on each named part of a run."""

    def __init__(self, device: torch.device) -> None:
        self.seconds: dict[str, float] = {}
        self._device = device

    @contextmanager
    def measure(self, part: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self._wait()
            self.seconds[part] = self.seconds.get(part, 0.0) + time.perf_counter() - started

    def _wait(self) -> None:
        if self._device.type == "cuda":
            torch.cuda.synchronize(self._device)


Keep = Callable[[Trained], None]


def run(spec: Spec, machine: Machine | None = None, executor: str = "sequential", keep: Keep | None = None) -> Record:
    """Train and test one model; the same spec gives the same record (bitwise on a CPU with as many threads).

    A loss that is not finite ends the run as `diverged`, with what was measured until then. The test part of the
    data is read once, after training. `keep` is given the trained model when all is measured.

    Raises:
        RequestError: the spec cannot be run as asked.
        ImpossibleCell: this architecture cannot do it.
    """
    broken = [*faults(spec), *check_optimizer(spec.recipe)]
    if broken:
        raise RequestError(broken)
    machine = machine or Machine()
    hardware = find_hardware(machine)
    if machine.threads != "auto":
        torch.set_num_threads(machine.threads)
    # Convolution algorithms chosen by timing would differ from run to run.
    torch.backends.cudnn.benchmark, torch.backends.cudnn.deterministic = False, True
    devices = [hardware.device] if hardware.device.type == "cuda" else []
    with torch.random.fork_rng(devices):
        return _run(spec, machine, hardware, executor, keep)


def _run(spec: Spec, machine: Machine, hardware: Hardware, executor: str, keep: Keep | None) -> Record:
    clock, started = _Clock(hardware.device), now()
    with clock.measure("total_s"):
        with clock.measure("data_s"):
            prepared = image_preprocessing(spec)
            dataset = load(spec.data, prepared.interpolation, machine, crop=prepared.crop)
            train_index, val_index = split(dataset.train, spec.data.val_fraction, stream(spec, "split"))
            labels = dataset.train.labels.to(hardware.device)
            positive = positive_class(spec.metrics.positive, dataset.classes)
        with clock.measure("create_s"):
            built = prepare(spec, dataset, train_index, hardware.device)
        with clock.measure("features_s"):
            learner: Learner = load_variant("harness.transfer", spec.transfer.name)(
                in_force(spec), built, dataset.train, hardware.device
            )
        val = val_index.to(hardware.device)

        def validate(asked: Learner = learner, images: Tensor = val) -> Answers:
            with clock.measure("eval_s"):
                return answer(asked, asked.take, images, labels[images], hardware)

        with clock.measure("birth_s"):
            first = val[:: max(1, len(val) // BIRTH_IMAGES)][:BIRTH_IMAGES]
            begin = validate(images=first)
            birth = birth_certificate(built, spec.data.size, begin.logits, begin.labels, learner.learnable)
            birth.update(learner.facts)
            pixels = dataset.train.pixels[first.cpu()[:PROBE_IMAGES]]
            instruments = Instruments(
                machine.chosen_probes,
                Watched(
                    built.model,
                    built.heads,
                    learner.learnable,
                    lambda: Normalise(built.preprocessing, hardware.device)(unit_range(pixels.to(hardware.device))),
                ),
            )
        state = validate()
        curve = [Point(0, 0.0, None, None, float(state.losses().mean()), state.top(1), None, None)]
        images, reason, asked, stopping = 0, None, learner, None
        pauses = train(spec, learner, labels, train_index, len(dataset.classes), hardware)
        while True:
            with clock.measure("train_s"):
                pause = next(pauses, None)
            if pause is None:
                break
            images += pause.images
            asked = replace(learner, network=pause.network)
            state = validate(asked)
            loss = float(state.losses().mean())
            norms = instruments.point(pause.step, state)
            curve.append(Point(pause.step, pause.epoch, pause.lr, pause.train_loss, loss, state.top(1), *norms))
            if not (math.isfinite(pause.train_loss) and math.isfinite(loss)):
                reason = f"loss is not finite at step {pause.step} (training {pause.train_loss}, validation {loss})"
                break
            if pause.epoch.is_integer():
                pause.schedule.observe(monitored(spec.recipe.monitor, state))
                if spec.recipe.early_stopping is not None:
                    stopping = stopping or EarlyStopping(spec.recipe, learner.network, asked.network)
                    if stopping.ends(round(pause.epoch), state):
                        break
        kept, state = stopping.restore() if stopping else (None, state)
        statistics, found = instruments.finish()
        with clock.measure("data_s"):
            test = dataset.load_test()
        with clock.measure("eval_s"):
            every = torch.arange(len(test), device=hardware.device)
            inputs, truth = learner.other(test), test.labels.to(hardware.device)
            proper = tested = answer(asked, inputs, every, truth, hardware)
        shifted = {}
        if reason is None and spec.shift.name != "none":
            with clock.measure("shift_s"):
                shifted = test_shifted(spec, dataset, built.preprocessing, asked, hardware)
        evaluation: dict[str, Any] = {}
        if spec.evaluation.name != "proper":
            whole = asked.network if isinstance(learner.take, Prefetching) else built.model
            with clock.measure("condition_s"):
                under = evaluate_under(in_force(spec), whole, built.preprocessing, hardware)
            tested, evaluation = under.answers, under.block
        with clock.measure("eval_s"):
            scores = scores_of(tested.logits, tested.labels, positive)
            validated = scores_of(state.logits, state.labels, positive)
            metrics: dict[str, Any] = {
                **tested.measures(),
                **state.measures("val_"),
                "steps": curve[-1].step,
                **measure(scores),
                **measure(validated, "val_"),
                **shifted,
            }
        if kept is not None:
            metrics["kept_epoch"] = kept
        if asked.network is not learner.network:
            with clock.measure("eval_s"):
                metrics |= answer(learner, inputs, every, truth, hardware).measures("raw_")
            metrics |= validate().measures("raw_val_")
        if evaluation:
            metrics |= proper.measures("proper_")
            metrics |= measure(scores_of(proper.logits, proper.labels, positive), "proper_")
        data = describe(dataset, train_index, val_index, test)
    if keep is not None:
        keep(trained(built, learner, asked.network, dataset.classes))
    return Record(
        run_id=run_id(spec),
        cell_id=cell_id(spec),
        spec=portable(spec),
        status="finished" if reason is None else "diverged",
        reason=reason,
        data=data,
        birth=birth,
        curve=[point.as_json() for point in curve],
        metrics=metrics,
        evaluation=evaluation,
        statistics=statistics,
        probes=found,
        timing=_timing(clock.seconds, images),
        provenance={
            "started": started,
            "finished": now(),
            **surroundings(hardware.gpu),
            "device": hardware.device.type,
            "threads": torch.get_num_threads(),
            "precision": hardware.precision,
            "executor": executor,
            "pipeline": learner.take.pipeline if isinstance(learner.take, Prefetching) else "resident",
        },
        predictions=Predictions(
            label=test.labels.numpy().astype(np.int16),
            predicted=tested.logits.argmax(dim=1).cpu().numpy().astype(np.int16),
            loss=tested.losses().cpu().numpy(),
            log_probability=compact(scores.log_probability),
            group=group_codes(test.groups),
        ),
    )


def portable(spec: Spec) -> dict[str, Any]:
    """The spec as a record holds it: whole, but without paths of the machine."""
    fields = spec.model_dump(mode="json")
    for part, key in (("weights", "path"), ("data", "path"), ("data", "root"), ("shift", "path")):
        del fields[part][key]
    if fields["bridge"]["to"] is not None:
        del fields["bridge"]["to"]["weights"]["path"]
    return fields


def _timing(seconds: dict[str, float], images: int) -> dict[str, float]:
    return {**seconds, "train_images": float(images), "images_per_s": images / seconds["train_s"]}
