"""What the overrides of a search sweep over: methods, dimensions of the space, and seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import IntervalSweep, Override
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from harness.cli import messages
from harness.cli.arguments import opened
from harness.cli.compose import CONFIGURATION
from harness.execution.search.settings import Categorical, Interval, Space
from harness.spec.errors import RequestError
from harness.spec.paths import configuration_folder

SEED = "seed"


@dataclass(frozen=True)
class SearchAxes:
    """`fixed` holds for all; each of `methods` is a set of overrides; `seeds` are those of the final comparison."""

    fixed: list[str]
    methods: list[list[str]]
    space: Space
    seeds: str


def axes(arguments: Sequence[str], keys: Sequence[str], seeds: str) -> SearchAxes:
    """Tell apart what is compared (the sweeps over `keys`), what is searched (all other ones) and the seeds.

    Raises:
        RequestError: an override cannot be read, or there is nothing to search.
    """
    try:
        with initialize_config_dir(config_dir=str(configuration_folder().absolute()), version_base="1.3"):
            parser = OverridesParser.create(config_loader=GlobalHydra.instance().config_loader())
            parsed = parser.parse_overrides(_with_study(arguments))
    except (HydraException, OmegaConfBaseException) as error:
        raise RequestError(messages.explain(error)) from None
    last = {override.get_key_element(): override for override in parsed}
    fixed, compared, space = [], [], {}
    for key, override in last.items():
        name = key.lstrip("+")
        if name.startswith("hydra"):
            raise RequestError(f"{name}: has no effect on a search, which runs in one process on this machine")
        if name == SEED:
            seeds = override.get_value_string()
        elif not override.is_sweep_override():
            fixed.append(override.input_line or "")
        elif name.partition(".")[0] in keys or name in keys:
            compared.append([f"{key}={value}" for value in override.sweep_string_iterator()])
        else:
            space[key] = _dimension(override)
    if not space:
        raise RequestError(
            "harness search: nothing to search; for instance 'recipe.lr=tag(log,interval(1e-4,1e-1))' or "
            "recipe.optimizer=adamw,sgd"
        )
    return SearchAxes(fixed, [list(method) for method in product(*compared)], space, seeds)


def _with_study(arguments: Sequence[str]) -> list[str]:
    """The axes that the chosen study names, and the arguments, which have the last word."""
    studies = [argument for argument in arguments if argument.startswith("+experiment=")]
    if not studies:
        return [opened(argument) for argument in arguments]
    sweeper = OmegaConf.to_container(
        compose(CONFIGURATION, overrides=studies, return_hydra_config=True).hydra.sweeper, resolve=False
    )
    assert isinstance(sweeper, dict)
    if sweeper["blocks"]:
        raise RequestError("harness search: a study of blocks is no space; name its axes under params alone")
    return [opened(line) for line in (*(f"{key}={value}" for key, value in sweeper["params"].items()), *arguments)]


def _dimension(override: Override) -> Interval | Categorical:
    value = override.value()
    if not isinstance(value, IntervalSweep):
        return Categorical(tuple(override.sweep_string_iterator()))
    low, high, key = value.start, value.end, override.key_or_group
    assert low is not None
    assert high is not None
    log = "log" in value.tags
    if not low < high or (log and low <= 0):
        raise RequestError(f"{key}: an interval goes from a smaller to a larger number, above zero under log")
    return Interval(float(low), float(high), log, "int" in value.tags)
