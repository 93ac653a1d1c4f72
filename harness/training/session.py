"""One run, from its birth to its record; who trains it, and how, is not its business."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm

from harness.data.describe import describe
from harness.data.images import Dataset, Images
from harness.data.load import load
from harness.data.measure import measure, scores_of
from harness.data.positive import positive_class
from harness.data.split import split
from harness.model.build import Built
from harness.records.predictions import Predictions, compact, group_codes
from harness.records.provenance import now, surroundings
from harness.records.record import Record
from harness.spec.bridge import in_force
from harness.spec.identity import cell_id, run_id
from harness.spec.machine import Machine
from harness.spec.portable import portable
from harness.spec.spec import Spec
from harness.spec.streams import stream
from harness.spec.variants import load_variant
from harness.training.checkpoint import UnfitError
from harness.training.clock import Clock
from harness.training.conditions import evaluate_under
from harness.training.curve import Point
from harness.training.early_stopping import EarlyStopping, monitored
from harness.training.evaluate import Answers, answer
from harness.training.hardware import Hardware
from harness.training.hybrids.build import image_preprocessing, prepare
from harness.training.hybrids.mix import twin
from harness.training.initial_diagnostics import birth_certificate
from harness.training.instruments import Instruments
from harness.training.learner import Learner, Prefetching, Take
from harness.training.loop import Pause, Training
from harness.training.monitors import Watched
from harness.training.pixels import Normalise, unit_range
from harness.training.shift import test_shifted
from harness.training.step import Step
from harness.training.trained import Trained, trained
from harness.training.usage import Usage

BIRTH_IMAGES, PROBE_IMAGES = 256, 128

Keep = Callable[[Trained], None]
Prepare = Callable[[Spec, Dataset, Tensor, torch.device], Built]


class Session:
    """A run that has its data, its model and its birth certificate, and is ready to be trained.

    Call `observe` at each pause of its training, as long as that returns true, then `record` once. `make` builds the
    model. A run that begins exactly as another one, whose training has not begun yet, may be its `twin_of`: it takes a
    copy of that model and what was measured of it.
    """

    def __init__(
        self,
        spec: Spec,
        machine: Machine,
        hardware: Hardware,
        make: Prepare = prepare,
        *,
        twin_of: Session | None = None,
    ) -> None:
        self.spec, self.hardware = spec, hardware
        self.clock, self._began, self._started = Clock(hardware.device), time.perf_counter(), now()
        self._usage = Usage(hardware.device)
        clock = self.clock
        with clock.measure("data_s"):
            prepared = image_preprocessing(spec)
            self.dataset = load(spec.data, prepared.interpolation, machine, crop=prepared.crop)
            self.train_index, self._val_index = split(self.dataset.train, spec.data.val_fraction, stream(spec, "split"))
            self.labels = self.dataset.train.labels.to(hardware.device)
            self._positive = positive_class(spec.metrics.positive, self.dataset.classes)
        with clock.measure("create_s"):
            if twin_of is None:
                self._built = make(spec, self.dataset, self.train_index, hardware.device)
            else:
                self._built = twin(twin_of._built)
        with clock.measure("features_s"):
            self.learner: Learner = load_variant("harness.training.transfer", spec.transfer.name)(
                in_force(spec), self._built, self.dataset.train, hardware.device
            )
        self._val = self._val_index.to(hardware.device)
        with clock.measure("birth_s"):
            first = self._val[:: max(1, len(self._val) // BIRTH_IMAGES)][:BIRTH_IMAGES]
            self._birth: dict[str, Any] = self._born(first) if twin_of is None else twin_of._birth
            self._instruments = self._watching(machine, first)
        self._asked = self.learner
        self._state: Answers = self._validate(self.learner) if twin_of is None else twin_of._state
        self._curve = [Point(0, 0.0, None, None, float(self._state.losses().mean()), self._state.top(1), None, None)]
        self._images = 0
        self._reason: str | None = None
        self._stopping: EarlyStopping | None = None
        self._training: Training | None = None
        self._earlier_s, self._resumed = 0.0, list[int]()

    def training(self, parts: int = 1, step: type[Step] = Step) -> Training:
        """What trains it by itself; each batch in `parts`, if not all fits at once, each step computed by `step`."""
        classes = len(self.dataset.classes)
        what = (self.spec, self.learner, self.labels, self.train_index, classes, self.hardware)
        self._training = Training(*what, parts, step)
        return self._training

    @property
    def validation(self) -> tuple[Take, Tensor, Tensor]:
        """Where the validation part's inputs come from, its indices and labels."""
        return self.learner.take, self._val, self.labels[self._val]

    @cached_property
    def test(self) -> tuple[Take, Tensor, Tensor]:
        """The same of the test part."""
        images, device = self._test_images, self.hardware.device
        return self.learner.other(images), torch.arange(len(images), device=device), images.labels.to(device)

    @cached_property
    def _test_images(self) -> Images:
        """Read when they are first asked for: after training."""
        with self.clock.measure("data_s"):
            return self.dataset.load_test()

    def observe(self, pause: Pause, state: Answers | None = None) -> bool:
        """Measure the network where its training stands still; false where the training is to end here.

        `state` are its answers to the validation part, where they are known.
        """
        recipe = self.spec.recipe
        self._usage.pause()
        self._images += pause.images
        self._asked = replace(self.learner, network=pause.network)
        self._state = state = self._validate(self._asked) if state is None else state
        loss = float(state.losses().mean())
        norms = self._instruments.point(pause.step, state)
        self._curve.append(Point(pause.step, pause.epoch, pause.lr, pause.train_loss, loss, state.top(1), *norms))
        if not (math.isfinite(pause.train_loss) and math.isfinite(loss)):
            self._reason = f"loss is not finite at step {pause.step} (training {pause.train_loss}, validation {loss})"
            return False
        if pause.epoch.is_integer():
            pause.schedule.observe(monitored(recipe.monitor, state))
            if recipe.early_stopping is not None:
                self._stopping = self._stopping or EarlyStopping(recipe, self.learner.network, pause.network)
                return not self._stopping.ends(round(pause.epoch), state)
        return True

    @property
    def point(self) -> Point:
        """The latest point of the curve."""
        return self._curve[-1]

    def state_dict(self) -> dict[str, Any]:
        """What has been observed so far; what was known at birth is found again when the run is born again."""
        return {
            "birth": json.dumps(self._birth),
            "curve": [point.as_json() for point in self._curve],
            "answers": asdict(self._state),
            "images": self._images,
            "instruments": self._instruments.state_dict(),
            "stopping": self._stopping.state_dict() if self._stopping else None,
            "seconds": dict(self.clock.seconds),
            "total_s": self._earlier_s + time.perf_counter() - self._began,
            "started": self._started,
            "resumed": self._resumed,
        }

    def fits(self, state: dict[str, Any]) -> None:
        """Whether this run was born as that one was, down to the hash of its backbone and its first loss.

        Raises:
            UnfitError: it was not: images, weights or code are others.
        """
        if state["birth"] != json.dumps(self._birth):
            raise UnfitError("its run was born otherwise than this one: images, weights or code have changed")

    def load_state_dict(self, state: dict[str, Any], training: Training) -> None:
        """Go on from there, `training` being where it was."""
        device = self.hardware.device
        self._curve = [Point(**point) for point in state["curve"]]
        self._state = Answers(**{name: tensor.to(device) for name, tensor in state["answers"].items()})
        self._asked = replace(self.learner, network=training.evaluated) if len(self._curve) > 1 else self.learner
        self._images = state["images"]
        self._instruments.load_state_dict(state["instruments"])
        if state["stopping"] is not None:
            self._stopping = EarlyStopping(self.spec.recipe, self.learner.network, training.evaluated)
            self._stopping.load_state_dict(state["stopping"], device)
        for part, seconds in state["seconds"].items():
            self.clock.seconds[part] = self.clock.seconds.get(part, 0.0) + seconds
        self._earlier_s, self._started = state["total_s"], state["started"]
        self._resumed = [*state["resumed"], training.step]

    def record(
        self,
        executor: str,
        keep: Keep | None = None,
        pack: int | None = None,
        proper: Answers | None = None,
    ) -> Record:
        """Test the network, once, and tell everything; `keep` is given the trained model when all is measured.

        `pack` is with how many runs, itself included, it was trained as one; its time is then its share of theirs.
        `proper` are its answers to the test part, where they are known.
        """
        spec, hardware, clock, asked, learner = self.spec, self.hardware, self.clock, self._asked, self.learner
        kept, state = self._stopping.restore() if self._stopping else (None, self._state)
        statistics, found = self._instruments.finish()
        test, tested_on = self._test_images, self.test
        with clock.measure("eval_s"):
            proper = tested = answer(asked, *tested_on, hardware) if proper is None else proper
        shifted = {}
        if self._reason is None and spec.shift.name != "none":
            with clock.measure("shift_s"):
                shifted = test_shifted(spec, self.dataset, self._built.preprocessing, asked, hardware)
        evaluation: dict[str, Any] = {}
        if spec.evaluation.name != "proper":
            whole = asked.network if isinstance(learner.take, Prefetching) else self._built.model
            with clock.measure("condition_s"):
                under = evaluate_under(in_force(spec), whole, self._built.preprocessing, hardware)
            tested, evaluation = under.answers, under.block
        with clock.measure("eval_s"):
            scores = scores_of(tested.logits, tested.labels, self._positive)
            validated = scores_of(state.logits, state.labels, self._positive)
            metrics: dict[str, Any] = {
                **tested.measures(),
                **state.measures("val_"),
                "steps": self._curve[-1].step,
                **measure(scores),
                **measure(validated, "val_"),
                **shifted,
            }
        if kept is not None:
            metrics["kept_epoch"] = kept
        if asked.network is not learner.network:
            with clock.measure("eval_s"):
                metrics |= answer(learner, *tested_on, hardware).measures("raw_")
            metrics |= self._validate(learner).measures("raw_val_")
        if evaluation:
            metrics |= proper.measures("proper_")
            metrics |= measure(scores_of(proper.logits, proper.labels, self._positive), "proper_")
        data = describe(self.dataset, self.train_index, self._val_index, test)
        alone = self._earlier_s + time.perf_counter() - self._began
        self._usage.read()
        clock.seconds["total_s"] = alone if pack is None else sum(clock.seconds.values())
        if keep is not None:
            keep(trained(self._built, learner, asked.network, self.dataset.classes))
        return Record(
            run_id=run_id(spec),
            cell_id=cell_id(spec),
            spec=portable(spec),
            status="finished" if self._reason is None else "diverged",
            reason=self._reason,
            data=data,
            birth=self._birth,
            curve=[point.as_json() for point in self._curve],
            metrics=metrics,
            evaluation=evaluation,
            statistics=statistics,
            probes=found,
            timing=self._timing(),
            provenance={
                "started": self._started,
                "finished": now(),
                **surroundings(hardware.gpu),
                "device": hardware.device.type,
                "threads": torch.get_num_threads(),
                "precision": hardware.precision,
                "executor": executor,
                **({} if pack is None else {"pack": pack}),
                "pipeline": learner.take.pipeline if isinstance(learner.take, Prefetching) else "resident",
                **self._breaks(),
                "usage": self._usage.readings,
            },
            predictions=Predictions(
                label=test.labels.numpy().astype(np.int16),
                predicted=tested.logits.argmax(dim=1).cpu().numpy().astype(np.int16),
                loss=tested.losses().cpu().numpy(),
                log_probability=compact(scores.log_probability),
                group=group_codes(test.groups),
            ),
        )

    def _validate(self, asked: Learner, images: Tensor | None = None) -> Answers:
        index = self._val if images is None else images
        with self.clock.measure("eval_s"):
            return answer(asked, asked.take, index, self.labels[index], self.hardware)

    def _born(self, first: Tensor) -> dict[str, Any]:
        """The birth certificate, from the answers to these validation images."""
        begin, learnable = self._validate(self.learner, first), self.learner.learnable
        birth = birth_certificate(self._built, self.spec.data.size, begin.logits, begin.labels, learnable)
        return {**birth, **self.learner.facts}

    def _watching(self, machine: Machine, first: Tensor) -> Instruments:
        """The instruments at rest."""
        built, pixels = self._built, self.dataset.train.pixels[first.cpu()[:PROBE_IMAGES]]
        device = self.hardware.device
        watched = Watched(
            built.model,
            built.heads,
            self.learner.learnable,
            lambda: Normalise(built.preprocessing, device)(unit_range(pixels.to(device))),
        )
        return Instruments(machine.chosen_probes, watched)

    def _breaks(self) -> dict[str, Any]:
        """For the provenance: the steps that the run went on from, and how its batches were computed."""
        found: dict[str, Any] = {"resumed": self._resumed} if self._resumed else {}
        parts, since = self._training.parts if self._training else (1, 0)
        if parts > 1:
            norms = any(isinstance(each, _BatchNorm) and each.training for each in self.learner.network.modules())
            found["parts"] = {"count": parts, "from_step": since, "batchnorm_by_part": norms}
        return found | (self._training.facts if self._training else {})

    def _timing(self) -> dict[str, float]:
        seconds = self.clock.seconds
        return {**seconds, "train_images": float(self._images), "images_per_s": self._images / seconds["train_s"]}
