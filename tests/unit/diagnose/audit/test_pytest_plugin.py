"""The fixture, used in a test file of its own."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

FILE = """
import pytest
import torch

pytest_plugins = ["harness.diagnose.audit.pytest_plugin"]


def model(bias):
    torch.manual_seed(0)
    layers = [torch.nn.Conv2d(3, 8, 3), torch.nn.ReLU(), torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten()]
    torch.nn.init.constant_(layers[0].bias, bias)
    return torch.nn.Sequential(*layers, torch.nn.Linear(8, 4))


def test_healthy(assert_healthy):
    assert assert_healthy(model(0.0), num_classes=4).serious == ()


def test_dead(assert_healthy):
    assert_healthy(model(-1000.0), num_classes=4)


def test_known(assert_healthy):
    report = assert_healthy(model(-1000.0), num_classes=4, allow=("dead-activations", "constant-output"))
    assert report.ids >= {"dead-activations"}
"""


def test_a_dead_model_fails_with_the_report(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(FILE)
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:xdist")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*error dead-activations at 1*"])
