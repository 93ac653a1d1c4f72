"""The training of a pack: the steps and the loop of a single run, for all of its runs at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor
from torch.nn.functional import pad

from harness.execution.packing.capture import captured
from harness.execution.packing.inputs import PackInputs
from harness.execution.packing.optimizer import PackOptimizer
from harness.execution.packing.packed_run import PackedRun
from harness.execution.packing.program import Program
from harness.training.evaluate import evaluation_steps
from harness.training.hardware import Hardware
from harness.training.loop import EvalPoint
from harness.training.recipe.losses import binary_loss


def pack_losses(
    logits: Tensor, targets: Tensor, smoothing: Tensor | None = None, weights: Tensor | None = None
) -> Tensor:
    """Mean cross-entropy of each run in nats, [K]; `harness.training.recipe.objective.make_loss` for a run by itself.

    Label smoothing mixes the truth with a uniform guess: Szegedy et al. 2016, "Rethinking the Inception architecture",
    as torch's `cross_entropy` does.

    Args:
        logits: [K, B, C].
        targets: classes [K, B]; of several labels [K, B, L] of 0 and 1, whose loss is the mean over images and labels
            of the binary cross-entropy.
        smoothing: of each run, [K].
        weights: of each class, or of having each label, [K, C].
    """
    own = None if weights is None else weights[:, None, :].to(logits.dtype)
    if targets.ndim == 3:
        mean: Tensor = binary_loss(logits, targets, reduction="none", pos_weight=own).mean(dim=(1, 2))
        return mean
    log_probability = logits.log_softmax(dim=2)
    if own is not None:
        log_probability = log_probability * pad(own, (0, logits.shape[2] - own.shape[2]))
    truth = log_probability.gather(2, targets[..., None]).squeeze(2).mean(dim=1)
    if smoothing is None:
        return -truth
    return -torch.lerp(truth, log_probability.mean(dim=2).mean(dim=1), smoothing)


class PackStep:
    """Computes each operation as the program comes to it.

    `total`, [K], is the sum of each run's losses of all steps since it was last set to zero.
    """

    def __init__(self, program: Program, runs: Sequence[PackedRun], hardware: Hardware) -> None:
        self._program, self._members, self._hardware = program, runs, hardware
        self._optimizer = PackOptimizer(program.storage, runs)
        values, smoothing = program.storage.values, [each.recipe.label_smoothing for each in runs]
        self._smoothing = values.new_tensor(smoothing) if any(smoothing) else None
        weights = [run.weights for run in runs if run.weights is not None]
        self._weights = torch.stack(weights).to(values) if weights else None
        self.total = values.new_zeros(len(runs))

    def __call__(self, inputs: Tensor, targets: Tensor, rates: Tensor) -> None:
        """Learn from inputs [K, B, ...] and labels [K, B], each run at its rate, [K]."""
        self._compute(inputs, targets, rates)

    def _compute(self, inputs: Tensor, targets: Tensor, rates: Tensor) -> None:
        storage = self._program.storage
        with self._hardware.autocast():
            logits = self._program(inputs)
            losses = pack_losses(logits.to(storage.values.dtype), targets, self._smoothing, self._weights)
        found = torch.autograd.grad(losses.sum(), storage.leaves)
        torch._foreach_copy_(storage.gradients_of, found)
        self._optimizer.step(rates)
        self.total += losses.detach()


class CapturedPackStep(PackStep):
    """The same, captured by its first call and replayed by every other; on a CUDA device alone.

    What is drawn within it comes from each run's own generator, which goes on as it would step by step.
    """

    def __init__(self, program: Program, runs: Sequence[PackedRun], hardware: Hardware) -> None:
        super().__init__(program, runs, hardware)
        self._given: tuple[Tensor, ...] = ()
        self._replay: Callable[[], None] | None = None

    def __call__(self, inputs: Tensor, targets: Tensor, rates: Tensor) -> None:
        """As step by step; always of the same shapes."""
        given = inputs, targets, rates
        if self._replay is None:
            self._given = tuple(each.clone() for each in given)
            drawn_from = [run.dropout for run in self._members]
            self._replay = captured(
                lambda: self._compute(*self._given), self._changed, self._hardware.device, drawn_from=drawn_from
            )
        else:
            for held, each in zip(self._given, given, strict=True):
                held.copy_(each)
        self._replay()

    def _changed(self) -> list[Tensor]:
        buffers = {id(each): each for run in self._members for each in run.learner.network.buffers()}
        return [self._program.storage.values, *buffers.values(), *self._optimizer.state, self.total]


def train_pack(
    runs: Sequence[PackedRun], program: Program, inputs: PackInputs, hardware: Hardware, step_of: type[PackStep]
) -> Iterator[list[EvalPoint]]:
    """Train runs of as many steps and as large batches, yielding where each stands at every evaluation step."""
    first = runs[0]
    steps_per_epoch, batch_size = first.steps_per_epoch, first.batch_size
    stops = evaluation_steps(steps_per_epoch, first.recipe.epochs)
    take_step = step_of(program, runs, hardware)
    step = since = 0
    for epoch in range(first.recipe.epochs):
        order, targets = map(torch.stack, zip(*(run.epoch() for run in runs), strict=True))
        schedule = range(epoch * steps_per_epoch, (epoch + 1) * steps_per_epoch)
        rates = program.storage.values.new_tensor([[run.schedule(at) for run in runs] for at in schedule])
        for taken, wanted, each in zip(inputs(order), targets.unbind(1), rates, strict=True):
            take_step(taken, wanted, each)
            step += 1
            if step in stops:
                losses = (take_step.total / (step - since)).tolist()
                yield [
                    EvalPoint(
                        step=step,
                        epoch=step / steps_per_epoch,
                        lr=run.schedule(step - 1),
                        train_loss=loss,
                        images=(step - since) * batch_size,
                        network=run.learner.network,
                        schedule=run.schedule,
                    )
                    for run, loss in zip(runs, losses, strict=True)
                ]
                take_step.total.zero_()
                since = step
