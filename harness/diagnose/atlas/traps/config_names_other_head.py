"""The head's name in the library's configuration."""

from __future__ import annotations

from harness.diagnose.atlas.row import Row


def config_names_other_head(row: Row) -> bool:
    """The library's configuration names another head than the one found.

    Loading weights for another number of classes drops the layer that the configuration names.
    """
    return bool(row["config_classifier"]) and row["config_classifier"] != row["heads"]
