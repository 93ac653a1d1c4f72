"""Models that end their run, or their process, in every way there is."""

from __future__ import annotations

import faulthandler
import os
import signal
import time
from pathlib import Path

import torch
from torch import Tensor, nn


class Misbehaving(nn.Module):
    """A small network that does what `how` says in its third training step; with `once`, the first time only."""

    def __init__(self, num_classes: int, how: str, once: str) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(48, num_classes))
        self._how, self._once, self._steps = how, once, 0

    def forward(self, images: Tensor) -> Tensor:
        answers: Tensor = self.body(images)
        if self.training:
            self._steps += 1
        if self._how == "crowded" and self.training and len(images) > 8:
            raise MemoryError
        if self._steps == 3 and self.training and not (self._once and Path(self._once).exists()):
            if self._once:
                Path(self._once).touch()
            answers = self._act(answers)
        return answers

    def _act(self, answers: Tensor) -> Tensor:
        if self._how == "raise":
            raise RuntimeError("out of\nluck")
        if self._how == "nan":
            return answers * torch.nan
        if self._how == "hang":
            time.sleep(1000)
        if self._how == "slow":
            time.sleep(1.5)
        if self._how in ("SIGKILL", "SIGSEGV", "SIGABRT", "SIGTERM"):
            faulthandler.disable()  # pytest's long story of the crash
            os.kill(os.getpid(), signal.Signals[self._how])
        if self._how == "exit":
            os._exit(3)
        return answers


def build(num_classes: int, how: str = "", once: str = "") -> nn.Module:
    """What `creation=custom` calls."""
    return Misbehaving(num_classes, how, once)
