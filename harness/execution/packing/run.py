"""Trains the runs of a pack and writes their records."""

from __future__ import annotations

import copy
import time
from collections.abc import Hashable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from harness.data.images import Dataset
from harness.execution.in_turn import clear
from harness.execution.packing.inputs import PackEvaluator
from harness.execution.packing.packed_run import PackedRun
from harness.execution.packing.plan import PackPlan, PackSpec, creation_of, plans
from harness.execution.packing.training import train_pack
from harness.model.build import Built
from harness.records.record import now
from harness.records.run_folder import claimed, remove_set_aside
from harness.records.store import is_done, write_record
from harness.spec.identity import run_id
from harness.spec.machine import Machine
from harness.spec.spec import Spec
from harness.training.evaluate import Answers
from harness.training.hardware import Hardware
from harness.training.hybrids.build import prepare
from harness.training.initial_diagnostics import backbone_hash
from harness.training.observer import Observer
from harness.training.recording import failure, record
from harness.training.run import refuse, settle
from harness.training.setup import Setup


class SharedModels:
    """Builds as `prepare` does. Equal creations get one backbone, and each run a head of its own, bitwise as drawn.

    For strategies that leave the backbone alone and in eval mode, only.
    """

    def __init__(self) -> None:
        self._known: dict[str, Built] = {}

    def __call__(self, spec: Spec, dataset: Dataset, train_index: Tensor, device: torch.device) -> Built:
        """A model that is this run's to train: see `prepare`."""
        if spec.transfer.batchnorm != "train" or spec.evaluation.name != "proper":  # these touch the backbone
            return prepare(spec, dataset, train_index, device)
        key = creation_of(spec)
        if key not in self._known:
            built = prepare(spec, dataset, train_index, device)
            self._known[key] = replace(built, frozen_hash=backbone_hash(built.model, built.on_top))
        return _with_own_heads(self._known[key])


def _with_own_heads(built: Built) -> Built:
    model = built.model
    own: dict[nn.Parameter, nn.Parameter] = {}
    for name in built.on_top:
        theirs = model.get_submodule(name)
        head = copy.deepcopy(theirs)
        own |= dict(zip(theirs.parameters(), head.parameters(), strict=True))
        model = _exchanged(model, name.split("."), head)
    held = built.optimised
    if held is not None:
        held = frozenset(own.get(parameter, parameter) for parameter in held)
    return replace(built, model=model, optimised=held)


def _exchanged(module: nn.Module, path: list[str], head: nn.Module) -> nn.Module:
    """The module with another one at `path`; all beside the path are the very modules that it had."""
    name, *rest = path
    twin = copy.copy(module)
    twin._modules = dict(module._modules)
    twin._modules[name] = _exchanged(module.get_submodule(name), rest, head) if rest else head
    return twin


def train_together(pack_spec: PackSpec, specs: Sequence[Spec], machine: Machine, study: Path) -> list[dict[str, Any]]:
    """Train runs as packs, write each record as it ends and return them all.

    Models of other structure make other packs. What fails before it is trained is recorded as failed. Left out, for
    who trains run by run, are a structure for which pack and single runs disagree, and runs that another sweep does
    or has done.
    """
    with ExitStack() as claims:
        return _claimed(pack_spec, [spec for spec in specs if _is_ours(spec, study, claims)], machine, study)


def _is_ours(spec: Spec, study: Path, claims: ExitStack) -> bool:
    identity = run_id(spec)
    if not claims.enter_context(claimed(study / identity)) or is_done(study, identity):
        return False
    clear(study, identity)
    return True


def _claimed(pack_spec: PackSpec, specs: Sequence[Spec], machine: Machine, study: Path) -> list[dict[str, Any]]:
    hardware = settle(machine)
    devices = [hardware.device] if hardware.device.type == "cuda" else []
    make = SharedModels() if pack_spec.shares else prepare
    records: list[dict[str, Any]] = []
    packs: dict[Hashable, list[PackedRun]] = {}
    begun: dict[str, Observer] = {}
    observers: dict[PackedRun, Observer] = {}
    with torch.random.fork_rng(devices):
        for spec in specs:
            started = now()
            try:
                refuse(spec)
                # What is shared need not be copied.
                twin_of = None if pack_spec.shares else begun.get(creation_of(spec))
                setup = Setup(spec, machine, hardware, make, twin_of=None if twin_of is None else twin_of.setup)
                run = PackedRun(setup, hardware.device)
                observers[run] = Observer(setup, machine, twin_of=twin_of)
            except Exception as error:  # whatever ends one run must not end the sweep
                failed = failure(spec, error, started)
                write_record(study, failed)
                records.append(failed.as_json())
                continue
            begun.setdefault(creation_of(spec), observers[run])
            packs.setdefault(pack_spec.structure(run), []).append(run)
        for structure, runs in packs.items():
            for plan, pack in plans(pack_spec, structure, runs):
                observed = [observers[run] for run in pack]
                records += _train(pack_spec, plan, pack, observed, study)
    return records


def _train(
    pack_spec: PackSpec, plan: PackPlan, runs: Sequence[PackedRun], observers: Sequence[Observer], study: Path
) -> list[dict[str, Any]]:
    """Train a pack to its end; runs that diverge are recorded when they do, and the others go on."""
    hardware = observers[0].setup.hardware
    for run in runs:
        run.learner.train()
    program = plan.make(runs)
    evaluator = PackEvaluator(program, runs, hardware)
    eval_points = train_pack(runs, program, pack_spec.inputs(runs), hardware, plan.step_of)
    going = dict(enumerate(observers))
    records = []

    def end(place: int, tested: Answers | None = None) -> None:
        observer = going.pop(place)
        _restore(runs[place], hardware)
        ended = record(observer, pack_spec.name, pack=len(runs), proper=tested)
        write_record(study, ended)
        remove_set_aside(study / ended.run_id)
        records.append(ended.as_json())

    step = partial(_timed, eval_points, hardware)
    while True:
        stopped, seconds = step()
        for observer in going.values():
            observer.setup.clock.add("train_s", seconds / len(runs))
        if stopped is None:
            break
        states = evaluator.validate()
        for place, observer in list(going.items()):
            if not observer.observe(stopped[place], states[place]):
                end(place)
    if going:
        tested = evaluator.test()
        for place in list(going):
            end(place, tested[place])
    return records


def _timed(eval_points: Any, hardware: Hardware) -> tuple[Any, float]:
    started = time.perf_counter()
    stopped = next(eval_points, None)
    if hardware.device.type == "cuda":
        torch.cuda.synchronize(hardware.device)
    return stopped, time.perf_counter() - started


def _restore(run: PackedRun, hardware: Hardware) -> None:
    """torch's own generator as the run would have left it: a test in training mode draws on."""
    state = run.dropout.get_state()
    if hardware.device.type == "cuda":
        torch.cuda.set_rng_state(state, hardware.device)
    else:
        torch.set_rng_state(state)
