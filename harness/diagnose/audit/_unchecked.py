"""How a finding says that it lacks what it would need."""

from __future__ import annotations


class NotCheckedError(Exception):
    """A finding could not be looked for; the text says what it would have needed."""
