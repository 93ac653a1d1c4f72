"""Statistics of what every layer puts out, at birth and at the end."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from harness.training.monitors import Monitor, Watched, observe, units


class _Activations(Monitor):
    def __init__(self, watched: Watched) -> None:
        self._watched = watched

    def start(self) -> None:
        self._start = self._look()

    def finish(self) -> dict[str, Any]:
        return {"start": self._start, "end": self._look()}

    def _look(self) -> list[dict[str, Any]]:
        model, found = self._watched.model, list[dict[str, Any]]()
        leaves = {name: module for name, module in model.named_modules() if not list(module.children())}

        def see(name: str, output: Tensor) -> None:
            values = units(output)
            low, high = values.aminmax(dim=0)
            found.append(
                {
                    "layer": name,
                    "kind": type(leaves[name]).__name__,
                    "mean": float(values.mean()),
                    "std": float(values.std(correction=0)),
                    "zeros": float((values == 0).float().mean()),
                    "dead": float((low == high).float().mean()),
                }
            )

        observe(model, leaves, self._watched.images(), see)
        return found


def activations(watched: Watched) -> Monitor:
    """Outputs of every module without children, on the fixed validation images in eval mode; `start` and `end`.

    | key | meaning |
    | --- | --- |
    | `layer`, `kind` | the module's name and class, in the order of the calls |
    | `mean`, `std` | over images, positions and units |
    | `zeros` | fraction of values that are exactly zero |
    | `dead` | fraction of units (channels, features) that put out one and the same value everywhere |
    """
    return _Activations(watched)
