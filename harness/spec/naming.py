"""What a user may name things that become folders and files."""

from __future__ import annotations

NAME = r"^\w[\w.-]*$"
"""Letters, digits, and after the first of them . _ -: such a name stays within the folder that it is put into."""
