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
from harness.spec.errors import ImpossibleCell, RequestError
from harness.studies.bridges.expand import with_bridges
from harness.studies.check import Checker
from harness.studies.conduct import conduct
from harness.studies.request import Request, parse
from harness.studies.study import Skipped, Study


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
        composer, checker = Composer(self._loader, self._config), Checker()
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
        raise UserExit(conduct(with_bridges(Study(tuple(requests), tuple(skipped), tuple(arguments)), checker)))

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
