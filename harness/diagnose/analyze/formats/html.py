"""For a browser: one page that holds its pictures and needs nothing else."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from harness.diagnose.analyze.advise import override
from harness.diagnose.analyze.analysis import Analysis
from harness.diagnose.analyze.histogram import histogram
from harness.diagnose.analyze.notes import notes
from harness.diagnose.analyze.pictures import MOST_CLASSES, contact_sheet, side_by_side
from harness.diagnose.analyze.table import rows


def html(found: Analysis) -> str:
    """Numbers, warnings, choices, a contact sheet and what is there twice."""
    environment = Environment(
        loader=PackageLoader("harness.diagnose.analyze"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,
    )
    train = found.parts[0].images
    figures = {
        "Shorter side, pixels": histogram(train[["width", "height"]].min(axis=1)),
        "Width / height": histogram(train["width"] / train["height"]),
        "Mean brightness": histogram(train[["red_mean", "green_mean", "blue_mean"]].mean(axis=1)),
    }
    return environment.get_template("page.html.j2").render(
        found=found,
        rows=rows(found),
        notes=notes(found),
        choices=[(override(choice), choice) for choice in found.choices],
        most=max(max(part.per_class) for part in found.descriptions),
        figures={name: bars for name, bars in figures.items() if bars},
        sheet=contact_sheet(found),
        left_out=max(0, len(found.classes) - MOST_CLASSES),
        repeated={
            "The same pixels": list(side_by_side(found, found.duplicates.exact)),
            "Nearly the same pixels": list(side_by_side(found, found.duplicates.near)),
        },
    )
