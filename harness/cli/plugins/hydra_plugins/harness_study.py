"""Hydra's sweeper for studies: expands the whole grid, checks every configuration, and only then trains.

Hydra takes plugins from the namespace `hydra_plugins` alone, hence this folder; the command puts it on the path. It
imports this file at every start, so what takes time to import waits until there is something to sweep.
"""

from __future__ import annotations

from typing import Any

from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from harness.cli.exits import UserExit
from harness.spec.errors import RequestError

HERE = "basic"
"""Hydra's own launcher: runs are trained by this process and its workers."""


class StudySweeper(Sweeper):
    """A study is the union of the grids in `blocks`, each on top of `params`; the command line overrides both.

    Its runs are trained by this process and its workers or, under another launcher than Hydra's basic one, by jobs.
    """

    def __init__(self, params: dict[str, Any], blocks: dict[str, dict[str, Any]], jobs: int) -> None:
        self._params, self._blocks, self._jobs = params, blocks, jobs

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Keep what Hydra hands over; nothing is read yet."""
        self._context, self._config = hydra_context, config

    def sweep(self, arguments: list[str]) -> None:
        """Check the whole grid, conduct the study, and leave with its exit code.

        Raises:
            RequestError: one or more configurations ask for what is unavailable.
            UserExit: always, at the end, with the study's exit code.
        """
        if self._jobs < 1:
            raise RequestError(f"hydra.sweeper.jobs: must be at least 1, got {self._jobs}")

        from harness.cli.sweep import checked_study

        here = self._config.hydra.runtime.choices["hydra/launcher"] == HERE
        loader = self._context.config_loader
        study = checked_study(loader, self._config, self._params, self._blocks, arguments, elsewhere=not here)

        from harness.study.conduct import conduct  # torch and timm take seconds to import

        if here:
            raise UserExit(conduct(study))

        from harness.cli.job import Jobs

        raise UserExit(conduct(study, Jobs(self._context, self._config, self._jobs)))
