"""Composing the configuration: what one run, or each of many, is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hydra.core.config_loader import ConfigLoader
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from omegaconf import DictConfig, OmegaConf

import harness.cli.plugins  # noqa: F401  Hydra looks for plugins once, when it is first used
from harness.spec.errors import RequestError

CONFIGURATION = "config"


def plain(config: DictConfig) -> dict[str, Any]:
    """A composed configuration without Hydra's own part, resolved."""
    task = OmegaConf.masked_copy(config, [str(key) for key in config if key != "hydra"])
    container = OmegaConf.to_container(task, resolve=True)
    assert isinstance(container, dict)
    return {str(key): value for key, value in container.items()}


def own_axes(config: DictConfig) -> dict[str, Any]:
    """What a configuration says that a study sweeps over: what is set of the sweeper's `params` and `blocks`."""
    axes = {name: OmegaConf.select(config, f"hydra.sweeper.{name}") for name in ("params", "blocks")}
    return {name: OmegaConf.to_container(value, resolve=False) for name, value in axes.items() if value}


LEAVES = ("seed", "replicate")
"""Numbers that nothing in the configuration refers to: runs that differ in them alone share all the rest."""


class Composer:
    """Composing takes Hydra tens of milliseconds; runs that differ in plain values alone share one composition.

    The configurations of runs that differ in seed and replicate alone share their groups, which are not to be changed.
    """

    def __init__(self, loader: ConfigLoader, master: DictConfig) -> None:
        self._loader, self._master = loader, master
        self._parser = OverridesParser.create(config_loader=loader)
        self._composed: dict[tuple[str, ...], DictConfig] = {}
        self._groups: dict[str, bool] = {}
        self._parsed: dict[str, Override] = {}
        self._shared: dict[tuple[str, ...], dict[str, Any]] = {}

    def config(self, overrides: Sequence[str]) -> dict[str, Any]:
        """The plain configuration of one job."""
        parsed = [self._parse(line) for line in overrides]
        leaves = {override.key_or_group: override.value() for override in parsed if self._is_leaf(override)}
        rest = tuple(override.input_line or "" for override in parsed if not self._is_leaf(override))
        key = (*rest, "|", *leaves)
        if key not in self._shared:
            self._shared[key] = self._config_of(overrides, parsed)
        return {**self._shared[key], **leaves}

    def _config_of(self, overrides: Sequence[str], parsed: list[Override]) -> dict[str, Any]:
        values = [override for override in parsed if self._is_value(override)]
        shared = [override.input_line or "" for override in parsed if not self._is_value(override)]
        key = (*shared, "|", *(override.key_or_group for override in values))
        if key not in self._composed:
            composed = self._loader.load_sweep_config(self._master, list(overrides))
            if own_axes(composed) != own_axes(self._master):
                raise RequestError(self._own_axes_of(shared))
            self._composed[key] = OmegaConf.masked_copy(composed, [str(name) for name in composed if name != "hydra"])
        config = self._composed[key]
        for override in values:
            OmegaConf.update(config, override.key_or_group, override.value())
        return plain(config)

    def _own_axes_of(self, lines: Sequence[str]) -> str:
        """Which choice it is whose axes a sweep over it would pass over, and what to write instead."""
        without = own_axes(self._loader.load_sweep_config(self._master, []))
        having = [line for line in lines if own_axes(self._loader.load_sweep_config(self._master, [line])) != without]
        line = having[-1]  # of several the last one has the last word
        return f"{line}: has axes of its own, which a sweep over it would leave out; sweep it alone: harness -m {line}"

    def _parse(self, line: str) -> Override:
        """Hydra's grammar takes milliseconds, and most lines are those of many jobs."""
        if line not in self._parsed:
            [self._parsed[line]] = self._parser.parse_overrides([line])
        return self._parsed[line]

    def _is_leaf(self, override: Override) -> bool:
        return override.key_or_group in LEAVES and self._is_value(override) and isinstance(override.value(), int)

    def _is_value(self, override: Override) -> bool:
        """Whether an override sets a plain value of a key that is there, rather than choosing a group."""
        name = override.key_or_group
        if name not in self._groups:
            self._groups[name] = bool(self._loader.get_group_options(name))
        return not (self._groups[name] or override.is_add() or override.is_delete() or override.package)
