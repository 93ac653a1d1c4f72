"""What the machine decides: not part of a run's id, but recorded with every run; and the processes that share a run."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from harness.spec.part import Part
from harness.spec.variants import suggest, variants


@dataclass(frozen=True)
class World:
    """How many processes there are and which one this is, in all and on this machine; counted from 0.

    Source: "torchrun" in torch's documentation, environment variables.
    """

    count: int
    rank: int
    here: int
    local_rank: int


def world() -> World:
    """As torchrun's variables tell; one process where there are none."""
    names = {"WORLD_SIZE": 1, "RANK": 0, "LOCAL_WORLD_SIZE": 1, "LOCAL_RANK": 0}
    return World(*(int(os.environ.get(name, usual)) for name, usual in names.items()))


MONITORS = "harness.training.monitors"
EXECUTORS = "harness.execution.executors"
USUAL = ("gradients", "weights")
GRAPHED = "graphed"
"""The executor that only a CUDA device has."""
DISTRIBUTED = "distributed"
"""The executor of processes that torchrun starts together, and their only one."""


class Machine(Part):
    """Where and how runs are computed.

    `threads` is the number of torch's threads in each worker, `workers` the number of runs trained side by side,
    `loaders` the number of threads in each worker that decode images and prepare batches; `auto` deals out the cores
    that there are. `cache` is the folder of decoded images, `auto` for one among the user's caches, `none` for none.
    `pipeline` says where images lie: on the device (`resident`), or on the machine, from where batches are prefetched
    (`streamed`); `auto` decides by the device's free memory. `monitors` names what is measured as a run goes on: true
    is gradients and weights, false nothing. `checkpoint_s` are the seconds between two checkpoints of a run that goes
    on, 0 for one at every evaluation point, `none` for none; a run that is shorter writes none. `time_limit_s` are the
    seconds after which one run ends as failed. They never change a run, nor do the others here. `executor` is a file of
    `harness.execution.executors`, or `auto`; where runs are packed, numbers agree with those of single runs to
    rounding, and records tell the executor.
    """

    device: str = Field(default="auto", pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")
    threads: int | Literal["auto"] = Field(default="auto")
    workers: int | Literal["auto"] = Field(default="auto")
    precision: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    loaders: Annotated[int, Field(ge=0)] | Literal["auto"] = "auto"
    cache: str = "auto"
    pipeline: Literal["auto", "resident", "streamed"] = "auto"
    monitors: bool | tuple[str, ...] = True
    executor: str = "auto"
    checkpoint_s: Annotated[float, Field(ge=0)] | Literal["none"] = 30.0
    time_limit_s: Annotated[float, Field(gt=0)] | None = None

    @field_validator("executor")
    @classmethod
    def _is_executor(cls, name: str) -> str:
        known = ("auto", *variants(EXECUTORS))
        if name not in known:
            raise ValueError(f"there is no '{name}'; {suggest(name, known)}")
        return name

    @field_validator("monitors", mode="before")
    @classmethod
    def _are_monitors(cls, asked: Any) -> Any:
        if isinstance(asked, bool):
            return asked
        if not isinstance(asked, list | tuple):
            raise ValueError(f"true, false or a list of names such as [activations,drift], got {asked!r}")
        known = variants(MONITORS)
        for name in asked:
            if name not in known:
                raise ValueError(f"there is no '{name}'; {suggest(str(name), known)}")
        return tuple(asked)

    @property
    def chosen_monitors(self) -> tuple[str, ...]:
        """The monitors by name."""
        return (USUAL if self.monitors else ()) if isinstance(self.monitors, bool) else self.monitors
