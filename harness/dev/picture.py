"""The README's picture: accuracy against the learning rate of two ways to make one model.

    python -m harness.dev.picture

draws `docs/figures/gap.svg` and its twin for dark pages from `results/gap/summary.csv`, the study of `make sweep`:
handwritten digits, EfficientNet-Lite0 with ImageNet weights, linear probe, AdamW, 5 epochs, eight seeds.
"""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure

TOP = Path(__file__).parent.parent.parent
TABLE = TOP / "results" / "gap" / "summary.csv"
FOLDER = TOP / "docs" / "figures"
SHOWN = {
    "backbone": "tf_efficientnet_lite0", "data.classes": "default", "init": "keep", "replicate": 0,
    "transfer": "linear_probe", "recipe.optimizer": "adamw", "recipe.epochs": 5,
}  # fmt: skip
METHODS = {
    "swap_head": "model made first, then a new nn.Linear put on it",
    "create_model": "create_model(name, pretrained=True, num_classes=10)",
}
THEMES = {
    "gap.svg": {"text": "#1f2328", "swap_head": "#0969da", "create_model": "#bc4c00"},
    "gap_dark.svg": {"text": "#e6edf3", "swap_head": "#58a6ff", "create_model": "#f0883e"},
}


def drawn(table: pd.DataFrame, theme: dict[str, str]) -> Figure:
    """The two curves, each named beside itself; `table` holds a row for each method and rate."""
    ink = theme["text"]
    figure = Figure(figsize=(7.2, 3.5), layout="constrained")
    figure.patch.set_alpha(0)
    axes = figure.subplots()
    axes.patch.set_alpha(0)
    for method, words in METHODS.items():
        rows = table[table["creation"] == method].sort_values("recipe.lr")
        axes.plot(rows["recipe.lr"], rows["top1_mean"], "o-", color=theme[method], linewidth=2.5)
        first = rows.iloc[0]
        axes.annotate(
            f"{first['top1_mean']:.0f} %", (first["recipe.lr"], first["top1_mean"]), xytext=(-10, 0),
            textcoords="offset points", ha="right", va="center", color=theme[method], fontsize=15, fontweight="bold",
        )  # fmt: skip
        above = method == "swap_head"
        axes.annotate(words, (3.2e-4, 97) if above else (6.5e-4, 28), color=theme[method], fontsize=11, va="center")
    axes.set_xscale("log")
    rates = sorted(table["recipe.lr"].unique())
    axes.set_xticks(rates, [f"{rate:g}" for rate in rates])
    axes.minorticks_off()
    axes.set_xlim(1.7e-4, 1.3e-2)
    axes.set_ylim(10, 101)
    axes.set_title("Same weights, images and recipe: only the new head starts differently", color=ink, fontsize=12)
    axes.set_xlabel("learning rate", color=ink)
    axes.set_ylabel("test accuracy, %", color=ink)
    axes.tick_params(colors=ink)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(ink)
    return figure


def main() -> None:
    """Write both pictures; the same table gives the same bytes."""
    table = pd.read_csv(TABLE)
    for column, value in SHOWN.items():
        table = table[table[column] == value]
    mpl.rcParams["svg.hashsalt"] = "gap"
    mpl.rcParams["font.family"] = "sans-serif"
    FOLDER.mkdir(exist_ok=True)
    for name, theme in THEMES.items():
        drawn(table, theme).savefig(FOLDER / name, metadata={"Date": None, "Creator": None})


if __name__ == "__main__":
    main()
