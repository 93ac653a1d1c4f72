"""Words of the command line as Hydra's grammar takes them."""

from __future__ import annotations

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from harness.cli.arguments import opened


@pytest.mark.parametrize(
    ("word", "taken"),
    [
        ("data.path=~/pictures", "data.path='~/pictures'"),
        ("data.path=~someone/my pictures,~/b", "data.path='~someone/my pictures','~/b'"),
        ("data.path='~/pictures'", "data.path='~/pictures'"),
        ("data.path=/a~b/c", "data.path='/a~b/c'"),
        ("~transforms", "~transforms"),
        ("data.kwargs.data_dir=~/x", "++data.kwargs.data_dir='~/x'"),
    ],
)
def test_paths_with_a_tilde_need_no_quotes(word: str, taken: str) -> None:
    assert opened(word) == taken
    assert opened(opened(word).removeprefix("++")) == taken
    [parsed] = OverridesParser.create().parse_overrides([taken])
    assert parsed.is_sweep_override() == ("," in word)
