"""One drawing for light and dark pages: a style within the SVG that answers to the reader's colour scheme.

It names colours as matplotlib writes them, so that a viewer which knows no style sheets shows the light drawing.
"""

from __future__ import annotations

from harness.analysis.figures.style import COLOURS, GREY

PAGE, INK = "#14181c", "#e4e8ec"
"""Background and text of the dark report."""

_LIGHTER = dict(
    zip(COLOURS, ("#58b4ec", "#ff9147", "#40d0a6", "#e6a5cb", "#f5b733", "#8fd0f7", "#c4cad0"), strict=True)
)
_DARK = {**_LIGHTER, GREY: "#9aa6b1", "#000000": INK, "#b0b0b0": "#4a555f"}
"""Each colour of the figures beside what takes its place; the last is the grid's."""

_END_OF_STYLE = "</style>"


def _style() -> str:
    rules = [
        f'path[style*="fill: #ffffff"]{{fill:{PAGE}!important}}',
        f'text:not([style*="fill:"]){{fill:{INK}}}',
    ]
    for light, dark in _DARK.items():
        for what in ("fill", "stroke"):
            rules.append(f'[style*="{what}: {light.lower()}"]{{{what}:{dark}!important}}')
    return f"@media (prefers-color-scheme: dark){{{''.join(rules)}}}"


STYLE = _style()


def adaptive(drawing: bytes) -> bytes:
    """An SVG of matplotlib's with the rules for dark pages after its own; as it was where it has no style."""
    return drawing.replace(_END_OF_STYLE.encode(), f"{STYLE}{_END_OF_STYLE}".encode(), 1)
