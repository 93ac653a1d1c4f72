"""A drawing that answers to the reader's colour scheme, and stays what it was for all others."""

from __future__ import annotations

import io
from xml.etree import ElementTree

import pytest
from matplotlib.figure import Figure

from harness.analysis.figures.dark import PAGE, STYLE, adaptive
from harness.analysis.figures.style import COLOURS, GREY, style


def _luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colour", [*COLOURS, GREY, "#000000"])
def test_every_colour_has_a_lighter_one_that_is_seen_on_the_dark_page(colour: str) -> None:
    rule = STYLE.split(f'[style*="stroke: {colour.lower()}"]{{stroke:')
    assert len(rule) == 2
    lighter = rule[1][:7]
    contrast = (_luminance(lighter) + 0.05) / (_luminance(PAGE) + 0.05)
    assert contrast > 4.5


def test_a_drawing_keeps_its_light_colours_beside_the_rules() -> None:
    with style():
        figure = Figure()
        axes = figure.add_subplot()
        axes.plot([0, 1], [0, 1], color=COLOURS[0])
        axes.text(0.5, 0.5, "words")
        drawing = io.BytesIO()
        figure.savefig(drawing, format="svg")
    made = adaptive(drawing.getvalue()).decode()
    ElementTree.fromstring(made)
    assert made.count(STYLE) == 1
    assert made.replace(STYLE, "") == drawing.getvalue().decode()
    assert f"stroke: {COLOURS[0].lower()}" in made.replace(STYLE, "")
