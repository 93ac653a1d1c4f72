"""What the machine decides: no part of a run's id, but recorded with every run."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from harness.spec.spec import Part


class Machine(Part):
    """Where and how runs are computed.

    `threads` is the number of torch's threads in each worker, `workers` the number of runs trained side by side;
    `auto` deals out the cores that there are. `probes` switches the instruments, which never change a run.
    """

    device: str = Field(default="auto", pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")
    threads: int | Literal["auto"] = Field(default="auto")
    workers: int | Literal["auto"] = Field(default="auto")
    precision: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    probes: bool = True
