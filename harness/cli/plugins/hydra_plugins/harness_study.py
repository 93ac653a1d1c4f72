"""Hydra's sweeper for studies: expands the whole grid, checks every cell, and only then trains.

Hydra takes plugins from the namespace `hydra_plugins` alone, hence this folder; the command puts it on the path. It
imports this file at every start, so what takes time to import waits until there is something to sweep.
"""

from __future__ import annotations

from typing import Any

from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from harness.cli.exits import UserExit


class StudySweeper(Sweeper):
    """A study is the union of the grids in `blocks`, each on top of `params`; the command line overrides both."""

    def __init__(self, params: dict[str, Any], blocks: dict[str, dict[str, Any]]) -> None:
        self._params, self._blocks = params, blocks

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Keep what Hydra hands over; nothing is read yet."""
        self._loader, self._config = hydra_context.config_loader, config

    def sweep(self, arguments: list[str]) -> None:
        """Check the whole grid, conduct the study, and leave with its exit code.

        Raises:
            RequestError: one or more cells ask for what cannot be had.
            UserExit: always, at the end, with the study's exit code.
        """
        from harness.cli.sweep import checked_study

        study = checked_study(self._loader, self._config, self._params, self._blocks, arguments)

        from harness.studies.conduct import conduct  # torch and timm take seconds to import

        raise UserExit(conduct(study))
