"""Some layers of a network are gone through more often than others that its library calls as often."""

from __future__ import annotations

from collections.abc import Iterator

import timm
import torch
from torch import nn

from harness.diagnose.audit._passes import Pass, watched
from harness.diagnose.audit._wrappers import stating
from harness.diagnose.audit.case import Case
from harness.diagnose.audit.findings import declares
from harness.diagnose.audit.images import stated_config
from harness.diagnose.audit.report import Finding, NotCheckedError, listed


@declares(
    "warning",
    measures="calls of each layer in one pass, against a pass of a new instance of the architecture",
    threshold="exact; a network that is called several times as a whole is not meant",
)
def repeated_layers(case: Case) -> Iterator[Finding]:
    """Calls of layers with parameters; the new instance is built and run without memory."""
    prefix, core = stating(case.model)
    start = f"{prefix}." if prefix else ""
    calls = {name.removeprefix(start): times for name, times in case.watched.calls.items() if name.startswith(start)}
    whole = min(calls.values(), default=1)
    repeated = {name: times for name, times in calls.items() if times > whole}
    if not repeated:
        return
    own = _own_calls(core, case.images)
    wrong = [name for name, times in repeated.items() if times > whole * own.get(name, times)]
    if wrong:
        yield Finding(
            id="repeated-layers",
            severity="warning",
            seen=f"{len(wrong)} layers are gone through {repeated[wrong[0]] // own[wrong[0]]} times in one pass, which "
            f"a new instance of the architecture does not do: {listed([start + name for name in wrong])}.",
            why="They get their own outputs as inputs, which they were never trained on; a hook or a forward of one's "
            "own calls what the network has called already.",
            fix="call the network once, and take its features from forward_features or from a hook that only looks",
            location=start + wrong[0],
        )


def _own_calls(core: nn.Module, images: torch.Tensor) -> dict[str, int]:
    name = str(stated_config(core).get("architecture") or "")
    if not timm.is_model(name):
        raise NotCheckedError("layers are repeated, and only timm's models say which architecture they are")
    try:
        with torch.device("meta"), torch.random.fork_rng(devices=[]):
            new = timm.create_model(name).eval()
            seen = Pass(None)
            size = stated_config(new).get("input_size") or images.shape[1:]
            with watched(new, seen, ()), torch.no_grad():
                new(torch.empty(2, *size))
    except Exception as error:  # whatever an architecture may raise without memory
        raise NotCheckedError(f"no new {name} can be run to compare with: {error}") from None
    return seen.calls
