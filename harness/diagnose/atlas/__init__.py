"""The atlas: how each creation method initialises each architecture's head, by measurement."""

from __future__ import annotations

CLASSES = (2, 10, 100, 1000)
"""The numbers of classes that every architecture is measured at."""

METHODS = ("create", "reset", "swap")
"""`create_model(num_classes=n)`, `reset_classifier(n)`, the head layer replaced by a plain `nn.Linear`."""
