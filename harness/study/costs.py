"""What a run will take, from runs like it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable

from harness.records.earlier import Earlier
from harness.spec.identity import cell_id
from harness.spec.spec import Spec

Like = Callable[[Earlier], Hashable]

ALIKE: dict[str, Like] = {
    "cell": lambda run: run.cell,
    "strategy, backbone, data, size and epochs": lambda run: (
        run.transfer, run.backbone, run.data, run.size, run.epochs,
    ),
    "strategy, backbone, data and size": lambda run: (run.transfer, run.backbone, run.data, run.size),
    "strategy, backbone and size": lambda run: (run.transfer, run.backbone, run.size),
    "strategy and backbone": lambda run: (run.transfer, run.backbone),
}  # fmt: skip
"""What an earlier run shares with a planned one, from the nearest to the farthest; beyond that nothing is known."""


def planned(spec: Spec) -> Earlier:
    """A run that is not there yet, as one of the earlier ones."""
    return Earlier(
        cell=cell_id(spec),
        transfer=spec.transfer.name,
        backbone=spec.backbone.name,
        data=spec.data.label or spec.data.name,
        size=spec.data.size,
        epochs=spec.recipe.epochs,
        seconds=None, training=None, bytes=None, device="", cpu=None,
    )  # fmt: skip


def scaled(run: Earlier, epochs: int) -> float:
    """The seconds of an earlier run, the part that it trained scaled to another number of epochs."""
    assert run.seconds is not None
    return run.seconds + (run.training or 0.0) * (epochs / run.epochs - 1)


class Timed:
    """Runs whose time is known, grouped by all that `ALIKE` names."""

    def __init__(self, runs: Iterable[Earlier]) -> None:
        self._groups: dict[str, dict[Hashable, list[Earlier]]] = {alike: defaultdict(list) for alike in ALIKE}
        for run in runs:
            self.add(run)

    def add(self, run: Earlier) -> None:
        """One more; a run without a time says nothing."""
        if run.seconds is not None:
            for alike, like in ALIKE.items():
                self._groups[alike][like(run)].append(run)

    def like(self, alike: str, wanted: Earlier) -> list[Earlier]:
        """Those that share with `wanted` what `alike` names."""
        return self._groups[alike].get(ALIKE[alike](wanted), [])
