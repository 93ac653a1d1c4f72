"""Hydra's configuration files, each read once in a command that composes many configurations."""

from __future__ import annotations

import copy
from typing import Any

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_repository import ConfigRepository
from hydra.core.config_loader import ConfigLoader
from hydra.plugins.config_source import ConfigResult, ConfigSource


class ReadOnce(ConfigRepository):
    """A repository that keeps what it read. Each caller gets a copy, since composing takes what it is given apart."""

    def __init__(self, sources: list[ConfigSource], read: dict[tuple[str, ...], ConfigResult | None]) -> None:
        self.sources = list(sources)
        self._read = read

    def load_config(self, config_path: str) -> ConfigResult | None:
        """The file of the first source that has it; None where none has."""
        key = (config_path, *(source.path for source in self.sources))
        if key not in self._read:
            self._read[key] = super().load_config(config_path)
        return copy.deepcopy(self._read[key])

    def __deepcopy__(self, memo: dict[int, Any]) -> ReadOnce:
        """Hydra copies a repository for each composition, whose sources may be changed; what was read stays read."""
        return ReadOnce(self.sources, self._read)


def reading_once(loader: ConfigLoader) -> ConfigLoader:
    """The same loader, which reads each file once; another kind of loader than Hydra's own as it is."""
    if not isinstance(loader, ConfigLoaderImpl):
        return loader
    found = copy.copy(loader)
    found.repository = ReadOnce(loader.repository.get_sources(), {})
    return found
