"""The requests behind a companion's overrides: the same keys as a run, and commas where it takes several."""

from __future__ import annotations

from collections.abc import Mapping

from hydra import compose, initialize_config_dir
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

from harness.cli import configuration, messages
from harness.cli.arguments import opened
from harness.cli.compose import plain
from harness.spec.errors import ImpossibleCell, RequestError
from harness.studies.check import Checker
from harness.studies.request import Request, parse


def take(arguments: list[str], defaults: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """A companion's own words, defaults filled in, and the overrides that are left."""
    own, overrides = dict(defaults), []
    for argument in arguments:
        key, equals, value = argument.partition("=")
        if equals and key in own:
            own[key] = value
        else:
            overrides.append(argument)
    return own, overrides


def requests(overrides: list[str]) -> list[Request]:
    """One checked request for each job that the overrides name, in Hydra's order; nothing is trained.

    Raises:
        RequestError: an override is wrong, or a job asks for what cannot be had.
    """
    overrides = [opened(override) for override in overrides]
    checker, found, faults = Checker(), [], []
    try:
        with initialize_config_dir(config_dir=str(configuration.folder().absolute()), version_base="1.3"):
            parser = OverridesParser.create(config_loader=GlobalHydra.instance().config_loader())
            [jobs] = BasicSweeper.split_arguments(parser.parse_overrides(overrides), None)
            configs = [plain(compose(configuration.NAME, overrides=list(job))) for job in jobs]
    except (HydraException, OmegaConfBaseException) as error:
        raise RequestError(messages.explain(error)) from None
    for config in configs:
        try:
            request = parse(config)
            faults += checker.check(request)
            found.append(request)
        except RequestError as error:
            faults += error.faults
        except ImpossibleCell as reason:
            faults.append(str(reason))
    if faults:
        raise RequestError(faults)
    return found
