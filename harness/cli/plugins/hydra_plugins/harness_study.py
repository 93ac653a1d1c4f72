"""Hydra's sweeper for studies: expands the whole grid, checks every cell, and only then trains.

Hydra takes plugins from the namespace `hydra_plugins` alone, hence this folder; the command puts it on the path.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

from harness.cli.arguments import opened
from harness.cli.compose import Composer
from harness.cli.exits import UserExit
from harness.cli.job import HERE, Jobs, launcher
from harness.spec.errors import ImpossibleCell, RequestError
from harness.studies.bridges.expand import with_bridges
from harness.studies.check import Checker
from harness.studies.conduct import conduct
from harness.studies.request import Request, parse
from harness.studies.study import Skipped, Study


class StudySweeper(Sweeper):
    """A study is the union of the grids in `blocks`, each on top of `params`; the command line overrides both.

    Its runs are trained by this process and its workers or, under another launcher than Hydra's basic one, by jobs.
    """

    def __init__(self, params: dict[str, Any], blocks: dict[str, dict[str, Any]], jobs: int) -> None:
        self._params, self._blocks, self._count = params, blocks, jobs

    def setup(self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig) -> None:
        """Keep what Hydra hands over; nothing is read yet."""
        self._loader, self._config = hydra_context.config_loader, config
        self._launcher = None if launcher(config) == HERE else Jobs(hydra_context, config, self._count)

    def sweep(self, arguments: list[str]) -> None:
        """Check the whole grid, conduct the study, and leave with its exit code.

        Raises:
            RequestError: one or more cells ask for what cannot be had.
            UserExit: always, at the end, with the study's exit code.
        """
        if self._count < 1:
            raise RequestError(f"hydra.sweeper.jobs: must be at least 1, got {self._count}")
        composer, checker = Composer(self._loader, self._config), Checker(elsewhere=self._launcher is not None)
        requests: list[Request] = []
        skipped: list[Skipped] = []
        faults: list[str] = []
        jobs = self.jobs(arguments)
        for overrides in jobs:
            try:
                request = parse(composer.config(overrides))
                faults += checker.check(request)
                requests.append(request)
            except RequestError as error:
                faults += error.faults
            except ImpossibleCell as reason:
                skipped.append(Skipped(" ".join(overrides), str(reason)))
        if faults:
            raise RequestError(faults)
        if not requests:
            raise RequestError(cell.reason for cell in skipped)
        study = with_bridges(Study(tuple(requests), tuple(skipped), tuple(arguments)), checker)
        raise UserExit(conduct(study, self._launcher))

    def jobs(self, arguments: Sequence[str]) -> list[list[str]]:
        """The overrides of every job: each block's product, in the order in which its axes are named."""
        parser = OverridesParser.create(config_loader=self._loader)
        found: list[list[str]] = []
        for block in self._blocks.values() or [{}]:
            axes = {**self._params, **(block or {})}
            lines = [*(opened(f"{key}={value}") for key, value in axes.items()), *arguments]
            [batch] = BasicSweeper.split_arguments(parser.parse_overrides(lines), None)
            found += [list(job) for job in batch]
        return found
