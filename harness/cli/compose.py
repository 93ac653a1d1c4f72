"""Composing the configuration: what one run, or each of many, is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from hydra.core.config_loader import ConfigLoader
from hydra.core.default_element import ConfigDefault, GroupDefault
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

import harness.cli.plugins  # noqa: F401  Hydra looks for plugins once, when it is first used
from harness.cli.reading import reading_once
from harness.spec.errors import RequestError

CONFIGURATION = "config"


def plain(config: DictConfig) -> dict[str, Any]:
    """A composed configuration without Hydra's own part, resolved."""
    return _resolved(_of_task(config))


def _of_task(config: DictConfig) -> DictConfig:
    return OmegaConf.masked_copy(config, [str(key) for key in config if key != "hydra"])


def _resolved(config: DictConfig) -> dict[str, Any]:
    container = OmegaConf.to_container(config, resolve=True)
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
        self._loader, self._master = reading_once(loader), master
        self._parser = OverridesParser.create(config_loader=self._loader)
        self._composed: dict[tuple[str, ...], DictConfig] = {}
        self._groups: dict[str, bool] = {}
        self._parsed: dict[str, Override] = {}
        self._shared: dict[tuple[str, ...], dict[str, Any]] = {}
        self._parts: dict[tuple[str, ...], dict[str, Any]] = {}

    def config(self, overrides: Sequence[str]) -> dict[str, Any]:
        """The plain configuration of one job."""
        parsed = [self._parse(line) for line in overrides]
        leaves = {override.key_or_group: override.value() for override in parsed if self._is_leaf(override)}
        rest = tuple(override.input_line or "" for override in parsed if not self._is_leaf(override))
        key = (*rest, "|", *leaves)
        if key not in self._shared:
            self._shared[key] = self._config_of(overrides, parsed)
        return {**self._shared[key], **leaves}

    def expect(self, jobs: Iterable[Sequence[str]]) -> None:
        """Compose the choices that these jobs make, those of different groups together: that asks Hydra less often.

        Each becomes a part of its own where no node is set but those that the choices say they set, each node by one
        of them. What cannot be told so is left to be composed by itself when its job comes.
        """
        choices: dict[tuple[str, ...], dict[str, frozenset[str]]] = {}
        for overrides in jobs:
            parsed = [self._parse(line) for line in overrides]
            shared = [override for override in parsed if not self._is_value(override)]
            known = choices.setdefault(self._context(shared), {})
            for choice in filter(self._is_choice, shared):
                line = choice.input_line or ""
                if line not in known:
                    known[line] = declared_nodes(self._loader, choice.key_or_group, str(choice.value())) or frozenset()
        for context, declared in choices.items():
            for batch in disjoint({line: names for line, names in declared.items() if names}):
                if len(batch) > 1:
                    with suppress(RequestError, HydraException, OmegaConfBaseException):
                        self._divide(context, batch)

    def _divide(self, context: tuple[str, ...], batch: dict[str, frozenset[str]]) -> None:
        base, lines = self._part(context), (*context, *batch)
        whole = self._part(lines)
        if self._changed(base, lines) <= frozenset().union(*batch.values()) and base.keys() <= whole.keys():
            for line, names in batch.items():
                self._parts[*context, line] = base | {name: whole[name] for name in names if name in whole}

    def _config_of(self, overrides: Sequence[str], parsed: list[Override]) -> dict[str, Any]:
        values = [override for override in parsed if self._is_value(override)]
        shared = [override for override in parsed if not self._is_value(override)]
        key = (*(override.input_line or "" for override in shared), "|", *(value.key_or_group for value in values))
        if key not in self._composed:
            whole = self._of_parts(shared, values)
            self._composed[key] = self._of_hydra(overrides) if whole is None else whole
        config = self._composed[key]
        for override in values:
            OmegaConf.update(config, override.key_or_group, override.value())
        return _resolved(config)

    def _of_hydra(self, lines: Sequence[str]) -> DictConfig:
        composed = self._loader.load_sweep_config(self._master, list(lines))
        if own_axes(composed) != own_axes(self._master):
            raise RequestError(self._own_axes_of([line for line in lines if not self._is_value(self._parse(line))]))
        return _of_task(composed)

    def _of_parts(self, shared: Sequence[Override], values: Sequence[Override]) -> DictConfig | None:
        """The composition of several choices from those of each choice alone, for which Hydra is asked once.

        Choices that set one node between them are asked for together: which of them wins is Hydra's to say. None where
        a choice does not say plainly what it sets, or a value is of a key that is not there, which Hydra tells.
        """
        context = self._context(shared)
        base = self._part(context)
        clusters: list[tuple[tuple[str, ...], frozenset[str]]] = []
        for choice in filter(self._is_choice, shared):
            declared = declared_nodes(self._loader, choice.key_or_group, str(choice.value()))
            if declared is None:
                return None
            lines: tuple[str, ...] = (choice.input_line or "",)
            names = declared | self._changed(base, (*context, *lines))
            while overlapping := [cluster for cluster in clusters if cluster[1] & names]:
                clusters = [cluster for cluster in clusters if cluster not in overlapping]
                lines = (*(line for cluster in overlapping for line in cluster[0]), *lines)
                names = names.union(*(cluster[1] for cluster in overlapping))
                names |= self._changed(base, (*context, *lines))
            clusters.append((lines, names))
        nodes = dict(base)
        for lines, names in clusters:
            part = self._part((*context, *lines))
            if base.keys() - part.keys():
                return None
            nodes |= {name: part[name] for name in names if name in part}
        config = OmegaConf.create(nodes)
        OmegaConf.set_struct(config, True)
        return config if all(_is_there(config, value.key_or_group) for value in values) else None

    def _context(self, shared: Sequence[Override]) -> tuple[str, ...]:
        return tuple(override.input_line or "" for override in shared if not self._is_choice(override))

    def _changed(self, base: dict[str, Any], lines: tuple[str, ...]) -> frozenset[str]:
        """The nodes that are others than without the choices."""
        part = self._part(lines)
        return frozenset(name for name in {*base, *part} if name not in base or part.get(name) != base[name])

    def _part(self, lines: tuple[str, ...]) -> dict[str, Any]:
        if lines not in self._parts:
            container = OmegaConf.to_container(self._of_hydra(lines), resolve=False)
            assert isinstance(container, dict)
            self._parts[lines] = {str(name): value for name, value in container.items()}
        return self._parts[lines]

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

    def _is_choice(self, override: Override) -> bool:
        """Whether an override chooses one file of a group of the task's, in its usual place."""
        plainly = not (override.is_add() or override.is_delete() or override.package)
        return plainly and "/" not in override.key_or_group and isinstance(override.value(), str)

    def _is_value(self, override: Override) -> bool:
        """Whether an override sets a plain value of a key that is there, rather than choosing a group."""
        name = override.key_or_group
        if name not in self._groups:
            self._groups[name] = bool(self._loader.get_group_options(name))
        return not (self._groups[name] or override.is_add() or override.is_delete() or override.package)


def disjoint(declared: Mapping[str, frozenset[str]]) -> list[dict[str, frozenset[str]]]:
    """Choices in as few batches as a simple search finds, no two of a batch setting the same node."""
    batches: list[dict[str, frozenset[str]]] = []
    for line, names in declared.items():
        free = (batch for batch in batches if not any(names & others for others in batch.values()))
        found = next(free, None)
        if found is None:
            batches.append({line: names})
        else:
            found[line] = names
    return batches


def declared_nodes(loader: ConfigLoader, group: str, name: str) -> frozenset[str] | None:
    """The nodes and groups that a file of a group says that it sets; None where it does not say so plainly."""
    found = loader.repository.load_config(f"{group}/{name}")  # type: ignore[attr-defined]
    if found is None:
        return None
    whole = (found.header or {}).get("package") == "_global_"
    names = {group, *(str(key) for key in found.config if whole)}
    for default in found.defaults_list or []:
        if default.is_self():
            continue
        if isinstance(default, GroupDefault) and default.is_override():
            names.add(str(default.group).lstrip("/"))
            continue
        below = declared_nodes(loader, group, str(default.path)) if isinstance(default, ConfigDefault) else None
        if below is None:
            return None
        names |= below
    return frozenset(names)


def _is_there(config: DictConfig, key: str) -> bool:
    """Whether a configuration has a key, whatever its value."""
    *above, last = key.split(".")
    node = OmegaConf.select(config, ".".join(above), throw_on_resolution_failure=False) if above else config
    return isinstance(node, DictConfig) and last in node
