"""Any training script, with no line of it changed: `python -m harness.integrations.script train.py ARGUMENTS`.

The script runs in this process, as under `python -m cProfile`; so it does under torchrun (`torchrun -m
harness.integrations.script train.py`). Until the first step of an optimizer torch's global hooks note which network was
called with images, and which labels its loss got; then the network is looked at, before the step, and the hooks go.
"""

from __future__ import annotations

import argparse
import runpy
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from torch import Tensor, nn
from torch.nn.modules.loss import _Loss
from torch.nn.modules.module import register_module_forward_pre_hook
from torch.optim import Optimizer
from torch.optim.optimizer import register_optimizer_step_pre_hook

from harness.diagnose.audit import SeriousFindingsError
from harness.integrations._before_training import BeforeTraining, SeriousFindingsWarning
from harness.integrations._schedule import planned_rates
from harness.spec.errors import RequestError


class WatchedScript(BeforeTraining):
    """As a context: looks at whatever is trained first inside. `steps` is the number of optimizer steps, if known."""

    def __init__(self, steps: int | None = None, **options: Any) -> None:
        super().__init__(**options)
        self._steps = steps
        self._called: list[tuple[nn.Module, Tensor]] = []
        self._labels: Any = None
        self._handles: list[Any] = []

    def __enter__(self) -> WatchedScript:
        self._handles = [
            register_module_forward_pre_hook(self._calling),
            register_optimizer_step_pre_hook(self._stepping),
        ]
        return self

    def __exit__(self, *ended: object) -> None:
        self._leave()

    def _leave(self) -> None:
        for handle in self._handles:
            handle.remove()
        self._handles, self._called = [], []

    def _calling(self, module: nn.Module, inputs: tuple[Any, ...]) -> None:
        if len(inputs) == 1 and isinstance(inputs[0], Tensor) and inputs[0].ndim == 4:
            self._called = [each for each in self._called if each[0] is not module] + [(module, inputs[0])]
        elif len(inputs) == 2 and (isinstance(module, _Loss) or _compares(module, *inputs)):
            self._labels = inputs[1]

    def _stepping(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        moved = {id(each) for group in optimizer.param_groups for each in group["params"] if each.grad is not None}
        called, labels = self._called, self._labels
        self._leave()
        found = [each for each in called if moved and moved <= {id(own) for own in each[0].parameters()}]
        if not found:
            warnings.warn(
                "nothing was looked at: what is trained was not called with a batch of images [N, C, H, W] alone",
                SeriousFindingsWarning,
                stacklevel=2,
            )
            return
        model, images = max(found, key=lambda each: sum(own.numel() for own in each[0].parameters()))
        given = {} if labels is None or len(labels) != len(images) else {"labels": labels}
        self.examine(model, images.detach(), planned_rates(optimizer, None, self._steps), **given)


def _compares(module: nn.Module, outputs: Any, labels: Any) -> bool:
    """Whether a module is a loss by what it is given, as those of timm are: logits [N, classes] and N labels."""
    if not isinstance(outputs, Tensor) or not isinstance(labels, Tensor) or next(module.parameters(), None) is not None:
        return False
    return outputs.ndim == 2 and labels.ndim in (1, 2) and len(outputs) == len(labels)


def main(words: Sequence[str] | None = None) -> int:
    """Run a script under the check; 1 where it was stopped, 2 for a wrong request, else what the script ends with."""
    parser = argparse.ArgumentParser(prog="python -m harness.integrations.script", description=__doc__.split("\n")[0])
    parser.add_argument("--warn", action="store_true", help="warn, and train all the same")
    parser.add_argument("--allow", action="append", default=[], metavar="FINDING", help="a finding that is accepted")
    parser.add_argument("--steps", type=int, help="optimizer steps in all")
    parser.add_argument("script", type=Path)
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="of the script")
    asked = parser.parse_args(words)
    if not asked.script.is_file():
        parser.error(f"there is no file {asked.script}")
    try:
        look = WatchedScript(asked.steps, on_serious="warn" if asked.warn else "stop", allow=asked.allow)
    except RequestError as error:
        parser.error("; ".join(error.faults))
    sys.argv = [str(asked.script), *asked.arguments]
    sys.path[0] = str(asked.script.parent.resolve())
    try:
        with look:
            runpy.run_path(str(asked.script), run_name="__main__")
    except SeriousFindingsError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
