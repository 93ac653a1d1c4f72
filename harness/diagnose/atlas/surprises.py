"""What in the table of ways a good engineer would not expect, in sentences with the numbers in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

Row = dict[str, str]

WIDE = 1.5
"""A draw so many times as wide as another counts as another."""

SEEN = 0.1
"""Mean difference of normalised pixels above which two preprocessings count as different."""


def surprises(rows: Sequence[Row]) -> list[str]:
    """The widest disagreement first."""
    found = [_widest(rows), _plain(rows), _bias(rows), _width(rows), _modes(rows), _pixels(rows)]
    return [sentence for sentence in found if sentence]


def _widest(rows: Sequence[Row]) -> str:
    by = _by(rows, lambda row: row["architecture"])
    spans = {}
    for architecture, ways in by.items():
        known = {row["way"]: float(row["draw_by_linear"]) for row in ways if row["draw_by_linear"]}
        drawn = {way: ratio for way, ratio in known.items() if ratio > 0}
        if len(drawn) > 1:
            widest, narrowest = max(drawn, key=drawn.__getitem__), min(drawn, key=drawn.__getitem__)
            spans[architecture] = (drawn[widest] / drawn[narrowest], widest, narrowest)
    if not spans:
        return ""
    architecture = max(spans, key=lambda name: spans[name][0])
    ratio, widest, narrowest = spans[architecture]
    many = sum(span[0] >= WIDE for span in spans.values())
    return (
        f"Of {len(spans)} architectures {many} get heads whose widths differ by half or more between two ways, heads "
        f"of zeros not counted; the most {architecture}, {ratio:.3g} times as wide by {widest} as by {narrowest}."
    )


def _plain(rows: Sequence[Row]) -> str:
    """Native classes that draw as torch does, where their library draws N(0, 0.02) as a rule."""
    return _told(
        (row for row in rows if row["way"] == "transformers" and row["draw"] == "U(±1/√features)"),
        "transformers draws these families' heads as torch does, bias and all, and not from N(0, 0.02): {}.",
    )


def _bias(rows: Sequence[Row]) -> str:
    return _told(
        (row for row in rows if row["bias"].startswith("constant")),
        "A bias that is a constant other than zero: {}.",
        lambda row: f"{row['family']} in {row['way']} ({row['bias'].removeprefix('constant ')})",
    )


def _width(rows: Sequence[Row]) -> str:
    return _told(
        (row for row in rows if row["way"] == "transformers" and row["draw"] == "N(0, √(1/features))"),
        "transformers draws these families' heads from N(0, 1/√features), √3 times as wide as torch's: {}.",
    )


def _modes(rows: Sequence[Row]) -> str:
    return _told(
        (row for row in rows if row["mode"] == "eval"),
        "These ways hand a model over in eval mode, so that a loop of one's own that forgets `model.train()` trains "
        "without dropout and with frozen BatchNorm statistics: {}.",
        lambda row: row["way"],
    )


def _pixels(rows: Sequence[Row]) -> str:
    far = [row for row in rows if _is_far(row["pixels_from_timm"])]
    return _told(
        far,
        "The same photograph reaches the network otherwise than by timm's transform for the same architecture: {}.",
        lambda row: f"{row['family']} in {row['way']} ({_difference(row['pixels_from_timm'])})",
    )


def _is_far(text: str) -> bool:
    return text == "other shape" or (bool(text) and float(text) > SEEN)


def _difference(text: str) -> str:
    return text if text == "other shape" else "other values"


def _told(rows: Iterable[Row], sentence: str, name: Callable[[Row], str] = lambda row: row["family"]) -> str:
    names = list(dict.fromkeys(name(row) for row in rows))
    return sentence.format(", ".join(names)) if names else ""


def _by(rows: Iterable[Row], key: Callable[[Row], str]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups
