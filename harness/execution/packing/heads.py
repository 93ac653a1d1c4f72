"""Linear heads of several probes as one batched product."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn

from harness.execution.packing.dropout import Masks
from harness.execution.packing.packed_run import PackedRun
from harness.execution.packing.program import Storage
from harness.training.learner import Computed

ALIGNED = 32
"""Values that a run's parameters are padded to a multiple of: vector instructions then treat each run's alike, and what
a run gives does not depend on its place in the pack."""


@dataclass(frozen=True)
class _Rows(Storage):
    """One row a run."""

    def spread(self, each: Tensor) -> Tensor:
        return each[:, None]


class PackedHeads:
    """K times dropout and a Linear layer: weights [K, C, F], biases [K, C]."""

    def __init__(self, runs: Sequence[PackedRun]) -> None:
        layers = [_only(run) for run in runs]
        rates = tuple(float(cast(nn.Dropout, cast(nn.Sequential, each.learner.network)[0]).p) for each in runs)
        self._masks = Masks(rates, [run.dropout for run in runs])
        classes, features = layers[0].weight.shape
        weights, padded = classes * features, -(-(classes * features + classes) // ALIGNED) * ALIGNED
        values = layers[0].weight.new_zeros(len(layers), padded)
        gradients = torch.zeros_like(values)

        def parts(rows: Tensor) -> tuple[Tensor, Tensor]:
            weight = rows[:, :weights].view(len(layers), classes, features)
            return weight, rows[:, weights : weights + classes]

        slots: list[dict[Tensor, tuple[int, slice]]] = []
        views = zip(layers, *parts(values), *parts(gradients), strict=True)
        for row, (layer, weight, bias, weight_gradient, bias_gradient) in enumerate(views):
            weight.copy_(layer.weight.detach())
            bias.copy_(layer.bias.detach())
            layer.weight.data, layer.bias.data = weight, bias
            layer.weight.grad, layer.bias.grad = weight_gradient, bias_gradient
            slots.append({layer.weight: (row, slice(weights)), layer.bias: (row, slice(weights, weights + classes))})
        self._weight, self._bias = (part.detach().requires_grad_() for part in parts(values))
        self.storage: Storage = _Rows(values, gradients, slots, (self._weight, self._bias), list(parts(gradients)))

    def __call__(self, inputs: Tensor) -> Tensor:
        """From features [K, B, F] to logits [K, B, C]."""
        return self._logits(inputs * self._masks(inputs) if any(self._masks.rates) else inputs)

    @torch.no_grad()
    def evaluate(self, inputs: Tensor) -> Tensor:
        """The same without dropout and gradients."""
        return self._logits(inputs)

    def _logits(self, inputs: Tensor) -> Tensor:
        # In this order the gradient of the weights is a product of contiguous matrices: four times as fast.
        return torch.baddbmm(self._bias[:, :, None], self._weight, inputs.transpose(1, 2)).transpose(1, 2)


class PackedFeatures:
    """Features of all runs of a step at once; runs of one backbone share their table."""

    def __init__(self, runs: Sequence[PackedRun]) -> None:
        tables = [table_of(run) for run in runs]
        distinct = list({table.data_ptr(): table for table in tables}.values())
        starts = dict(zip(map(Tensor.data_ptr, distinct), _starts(distinct), strict=True))
        self._table = distinct[0] if len(distinct) == 1 else torch.cat(distinct)
        self._offset = torch.tensor([starts[table.data_ptr()] for table in tables], device=self._table.device)

    def __call__(self, batches: Tensor) -> Iterator[Tensor]:
        """From indices [K, steps, B] to the features of each step, [K, B, F]."""
        for index in (batches + self._offset[:, None, None]).unbind(1):
            yield self._table.index_select(0, index.flatten()).unflatten(0, index.shape)


def _starts(tables: Sequence[Tensor]) -> Iterator[int]:
    start = 0
    for table in tables:
        yield start
        start += len(table)


def head_of(run: PackedRun) -> nn.Linear | None:
    """The layer that learns: of one head `linear_probe` makes a network of dropout and Linear.

    None of several, or where a neck learns with it.
    """
    network = run.learner.network
    alone = isinstance(network, nn.Sequential) and len(network) == 2
    return cast(nn.Linear, cast(nn.Sequential, network)[1]) if alone else None


def _only(run: PackedRun) -> nn.Linear:
    head = head_of(run)
    if head is None:
        neck = isinstance(run.learner.network, nn.Sequential)
        raise ValueError("layers before the head learn with it" if neck else "several heads, whose answers become one")
    return head


def table_of(run: PackedRun) -> Tensor:
    """The features of the training part, [N, F]."""
    return cast(Computed, run.learner.source).inputs
