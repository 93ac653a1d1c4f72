"""Words of the command line as Hydra's grammar takes them."""

from __future__ import annotations

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from harness.cli.arguments import opened
from harness.spec import variants
from harness.study.request import parse


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


def test_an_earlier_name_of_a_key_is_understood_and_told_of_once(capsys: pytest.CaptureFixture[str]) -> None:
    variants._tell.cache_clear()
    assert [opened("probes=false"), opened("probes=[drift]")] == ["monitors=false", "monitors=[drift]"]
    assert parse({"probes": False}).machine.monitors is False
    assert parse({"probes": False, "monitors": ["drift"]}).machine.monitors == ("drift",)
    assert capsys.readouterr().err == "note: probes is called monitors now; the earlier name is still understood\n"
