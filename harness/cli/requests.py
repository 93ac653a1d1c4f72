"""The requests behind a companion's overrides: the same keys as a run, and commas where it takes several."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hydra import compose, initialize_config_dir
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from harness.cli import messages
from harness.cli.arguments import opened
from harness.cli.compose import CONFIGURATION, own_axes, plain
from harness.cli.usage import CommandUsage
from harness.spec.errors import ImpossibleConfiguration, RequestError
from harness.spec.identity import configuration_id
from harness.spec.paths import configuration_folder
from harness.spec.rules import faults
from harness.spec.spec import Spec
from harness.spec.variants import suggest
from harness.study.check import Checker
from harness.study.grid import settled
from harness.study.request import Request, parse


def take(arguments: list[str], usage: CommandUsage) -> tuple[dict[str, str], list[str]]:
    """A companion's own words, defaults filled in, and the overrides that are left."""
    own, overrides = dict(usage.own), []
    for argument in arguments:
        key, equals, value = argument.partition("=")
        if equals and key in own:
            own[key] = value
        else:
            overrides.append(argument)
    return own, overrides


def requests(
    overrides: list[str], as_checked: Callable[[Spec], Spec] = lambda spec: spec, swept: bool = False
) -> list[Request]:
    """One checked request for each job that the overrides name, in Hydra's order; nothing is trained.

    `as_checked` changes what is checked, for a companion that finds by itself what a run is refused for. `swept`: the
    overrides name what a study's file sweeps over as well.

    Raises:
        RequestError: an override is wrong, or a job asks for what is unavailable.
    """
    found = settled(_configs(overrides, swept))
    checker, broken = Checker(), []
    for request in found:
        try:
            broken += checker.check(request.model_copy(update={"spec": as_checked(request.spec)}))
        except ImpossibleConfiguration as reason:
            broken.append(str(reason))
    checker.keep()
    if broken:
        raise RequestError(broken)
    return found


def request(overrides: list[str], swept: bool = False) -> Request:
    """The one request that the overrides name, as above; neither its data nor its model are looked at.

    Raises:
        RequestError: an override is wrong, a rule is broken, or there are several jobs.
    """
    configs = _configs(overrides, swept)
    if len(configs) != 1:
        raise RequestError(f"the overrides name {len(configs)} jobs, one is needed; leave out the commas")
    found = parse(configs[0])
    broken = list(faults(found.spec))
    if broken:
        raise RequestError(broken)
    return found


def _configs(overrides: list[str], swept: bool) -> list[dict[str, Any]]:
    """The composed configuration of each job.

    Raises:
        RequestError: an override is wrong, or chooses a file whose axes would be passed over.
    """
    overrides = [opened(override) for override in overrides]
    try:
        with initialize_config_dir(config_dir=str(configuration_folder().absolute()), version_base="1.3"):
            parser = OverridesParser.create(config_loader=GlobalHydra.instance().config_loader())
            [jobs] = BasicSweeper.split_arguments(parser.parse_overrides(overrides), None)
            found = [compose(CONFIGURATION, overrides=list(job), return_hydra_config=True) for job in jobs]
            if not swept and any(own_axes(config) for config in found):
                raise RequestError(
                    "experiment: a study's own axes are swept by harness -m; name the runs meant here by their keys"
                )
            return [plain(config) for config in found]
    except (HydraException, OmegaConfBaseException) as error:
        raise RequestError(messages.explain(error)) from None


STUDIES = "experiment"


def configurations(study: str) -> list[Spec]:
    """One spec for each configuration of the study in `experiments/STUDY.yaml`, with seed 0.

    Raises:
        RequestError: there is no such study, or one of its configurations is unavailable.
    """
    folder = configuration_folder().absolute()
    studies = folder / STUDIES
    known = sorted(str(file.relative_to(studies).with_suffix("")) for file in studies.glob("**/*.yaml"))
    if study not in known:
        raise RequestError(f"settings: there is no study '{study}'; {suggest(study, known)}")
    chosen = f"+{STUDIES}={study}"
    with initialize_config_dir(config_dir=str(folder), version_base="1.3"):
        whole = compose(CONFIGURATION, overrides=[chosen], return_hydra_config=True)
    sweeper = OmegaConf.to_container(whole.hydra.sweeper, resolve=False)
    assert isinstance(sweeper, dict)
    found: dict[str, Spec] = {}
    for block in sweeper["blocks"].values() or [{}]:
        axes = {**sweeper["params"], **(block or {}), "seed": 0}
        for request in requests([chosen, *(f"{key}={value}" for key, value in axes.items())], swept=True):
            found.setdefault(configuration_id(request.spec), request.spec)
    return list(found.values())
