"""Whether a model still answers with one logit a class: a forward pass on shapes alone, without any arithmetic."""

from __future__ import annotations

import re
from typing import Any

import torch
from torch import nn

from harness.diagnose.atlas.library import Library

BATCH = 2
LONGEST = 160


class Outputs:
    """The features of a small batch, computed once; any head of the same backbone can be tried on them."""

    def __init__(self, library: Library, model: nn.Module) -> None:
        self._library = library
        self._features: Any = None
        self._fault = ""
        try:
            with torch.no_grad(), torch.device("meta"):
                images = torch.empty(BATCH, *library.side(model))
                self._features = library.features(model.to("meta").eval(), images)
        except Exception as error:  # whatever a library's forward pass raises is the finding
            self._fault = fault(error)

    def shape(self, model: nn.Module) -> str:
        """The shape of the logits, as `2x10`, or what went wrong."""
        if self._fault:
            return self._fault
        try:
            with torch.no_grad(), torch.device("meta"):
                logits = self._library.logits(model.to("meta").eval(), self._features)
        except Exception as error:
            return fault(error)
        return "x".join(map(str, logits.shape)) if isinstance(logits, torch.Tensor) else type(logits).__name__


def fault(error: Exception) -> str:
    """An error in one line that is the same in every process."""
    text = (str(error).strip().splitlines() or [""])[0]
    return f"{type(error).__name__}: {re.sub(r'0x[0-9a-f]+', '0x...', text)}"[:LONGEST]
