"""The pytest plugin under its public name: `-p harness.pytest_plugin`."""

from harness.diagnose.audit.pytest_plugin import *  # noqa: F403 - pytest takes a plugin's fixtures from its namespace
