"""What get_classifier gives."""

from __future__ import annotations

from harness.diagnose.atlas.row import Row


def classifier_is_no_layer(row: Row) -> bool:
    """get_classifier returns a module around the head, not the layer itself.

    Its weight and in_features are missing, or another layer's.
    """
    return bool(set(row["get_classifier"].split()) - {"Linear", "Conv2d"})
