"""What in the table of ways a good engineer would not expect, in sentences with the numbers in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

Row = dict[str, str]

WIDE = 1.5
"""A draw so many times as wide as another counts as another."""

NOTHING = 0.01
"""A draw so many times as wide as a plain Linear's is as good as zero."""

SEEN = 0.1
"""Mean difference of normalised pixels above which two preprocessings count as different."""


def surprises(rows: Sequence[Row]) -> list[str]:
    """The widest disagreement first; fastai's head, which has layers of its own, is left out of it."""
    found = [
        _widest(rows),
        _zeros(rows),
        _plain(rows),
        _bias(rows),
        _width(rows),
        _modes(rows),
        _mean(rows),
        _pixels(rows),
    ]
    return [sentence for sentence in found if sentence]


def _widest(rows: Sequence[Row]) -> str:
    spans = {}
    for architecture, ways in _by(rows, lambda row: row["architecture"]).items():
        drawn = {row["way"]: _width_of(row) for row in ways if _width_of(row) > NOTHING and row["way"] != "fastai"}
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


def _zeros(rows: Sequence[Row]) -> str:
    return _told(
        (row for row in rows if row["draw_by_linear"] and _width_of(row) <= NOTHING),
        "Heads that start at zero, or so near to it that it makes no difference: {}.",
        lambda row: f"{row['family']} in {row['way']}",
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
        "These ways hand a model over in eval mode, so that a loop of one's own that forgets model.train() trains "
        "without dropout and with frozen BatchNorm statistics: {}.",
        lambda row: row["way"],
    )


def _mean(rows: Sequence[Row]) -> str:
    timm = {row["architecture"]: (row["mean"], row["std"]) for row in rows if row["way"] == "timm create_model"}
    return _told(
        (row for row in rows if row["mean"] and (row["mean"], row["std"]) != timm.get(row["architecture"])),
        "Normalised by default with another mean or deviation than the weights that timm loads were trained with: {}.",
        lambda row: f"{row['family']} in {row['way']} ({row['mean']}, {row['std']})",
    )


def _pixels(rows: Sequence[Row]) -> str:
    known = {(row["architecture"], row["way"]): float(row["pixels_from_timm"]) for row in rows if _measured(row)}
    far = {pair: value for pair, value in known.items() if value > SEEN}
    if not far:
        return ""
    architecture, way = max(far, key=far.__getitem__)
    return (
        f"Of {len(known)} pairs of architecture and way whose preprocessing gives images of timm's shape, {len(far)} "
        f"turn the same photograph into pixels that differ from timm's by more than {SEEN} on average, in units of a "
        f"standard deviation; the most {architecture} in {way}, {far[architecture, way]:.2f}."
    )


def _measured(row: Row) -> bool:
    """Whether pixels were compared, with another library's."""
    return row["library"] != "timm" and row["pixels_from_timm"] not in ("", "other shape")


def _width_of(row: Row) -> float:
    return float(row["draw_by_linear"] or 0)


def _told(rows: Iterable[Row], sentence: str, name: Callable[[Row], str] = lambda row: row["family"]) -> str:
    names = list(dict.fromkeys(name(row) for row in rows))
    return sentence.format(", ".join(names)) if names else ""


def _by(rows: Iterable[Row], key: Callable[[Row], str]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return groups
