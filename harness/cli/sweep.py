"""The study that the overrides of a sweep name: the grid expanded, every configuration checked, nothing trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hydra import initialize_config_dir
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.config_loader import ConfigLoader
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from harness.cli import messages
from harness.cli.arguments import opened
from harness.cli.compose import CONFIGURATION, Composer
from harness.spec.errors import ImpossibleConfiguration, RequestError
from harness.spec.paths import configuration_folder
from harness.spec.phase import told_while
from harness.spec.secret import redacted
from harness.study.check import Checker
from harness.study.grid import accompanying, disagreements, settled
from harness.study.request import Request
from harness.study.study import Skipped, Study, named

Grid = Mapping[str, Any]
"""Values, or several of them with commas between, by key."""


def checked_study(
    loader: ConfigLoader,
    config: DictConfig,
    params: Grid,
    blocks: Mapping[str, Grid | None],
    arguments: Sequence[str],
    elsewhere: bool = False,
    swept: bool = True,
) -> Study:
    """The union of the grids in `blocks`, each on top of `params`, with the command line's `arguments` above both.

    What the requests themselves show to be wrong is told before any model is looked at. `elsewhere`: the runs are
    trained by other machines. `swept`: asked for with -m, so that one run alone is a study too.

    Raises:
        RequestError: one or more configurations ask for what is unavailable, or none of them is possible.
    """
    composer, checker = Composer(loader, config), Checker(elsewhere)
    jobs = expanded(loader, params, blocks, arguments)
    composer.expect(jobs)
    asked = settled(composer.config(overrides) for overrides in jobs)
    if faults := [*disagreements(asked), *(fault for request in asked for fault in checker.quick(request))]:
        raise RequestError(faults)
    requests: list[Request] = []
    possible: list[Sequence[str]] = []
    skipped: list[Skipped] = []
    for overrides, request in told_while(zip(jobs, asked, strict=True), len(jobs), "checking runs"):
        try:
            faults += checker.check(request)
            requests.append(request)
            possible.append(overrides)
        except ImpossibleConfiguration as reason:
            skipped.append(Skipped(redacted(" ".join(overrides)), str(reason)))
    checker.keep()
    if faults:
        raise RequestError(faults)
    if not requests:
        raise RequestError(skip.reason for skip in skipped)
    study = Study(tuple(requests), tuple(skipped), tuple(arguments))
    study = study.comparing(accompanying(possible, requests))
    study = named(study) if swept or len(requests) > 1 else study
    if not study.first.comparison.bridge:
        return study

    from harness.study.bridges import with_bridges

    return with_bridges(study, checker)


def planned_study(overrides: Sequence[str], swept: bool = True) -> Study:
    """The study that a sweep with these overrides would conduct, for commands that only look at it; see above.

    Raises:
        RequestError: as `checked_study` does, or an override is wrong.
    """
    try:
        with initialize_config_dir(config_dir=str(configuration_folder().absolute()), version_base="1.3"):
            loader = GlobalHydra.instance().config_loader()
            words = [opened(override) for override in overrides]
            config = loader.load_configuration(CONFIGURATION, words, RunMode.MULTIRUN)
            asked = OmegaConf.to_container(config.hydra.sweeper, resolve=True)
            assert isinstance(asked, dict)
            arguments = list(config.hydra.overrides.task)
            return checked_study(loader, config, asked["params"], asked["blocks"], arguments, swept=swept)
    except (HydraException, OmegaConfBaseException) as error:
        raise RequestError(messages.explain(error)) from None


def expanded(
    loader: ConfigLoader, params: Grid, blocks: Mapping[str, Grid | None], arguments: Sequence[str]
) -> list[list[str]]:
    """The overrides of every job: each block's product, in the order in which its axes are named."""
    parser = OverridesParser.create(config_loader=loader)
    found: list[list[str]] = []
    for block in blocks.values() or [{}]:
        axes = {**params, **(block or {})}
        lines = [*(opened(f"{key}={value}") for key, value in axes.items()), *arguments]
        [batch] = BasicSweeper.split_arguments(parser.parse_overrides(lines), None)
        found += [list(job) for job in batch]
    return found
