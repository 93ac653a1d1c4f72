"""Everything that the records say about a study, in tables; sentences, figures and report are made from it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from harness.analysis.arms import with_arms
from harness.analysis.attribution import Attribution, attributions
from harness.analysis.axes import Axes, find_axes
from harness.analysis.best import best
from harness.analysis.curves import curves, with_convergence
from harness.analysis.equalities import equalities
from harness.analysis.frame import runs
from harness.analysis.historical import historical
from harness.analysis.looks import Looks, take_looks
from harness.analysis.nulls import Nulls, nulls, with_noise_floor
from harness.analysis.pairing import MACHINERY, against_baseline, mixing
from harness.analysis.study import AnalysedStudy
from harness.analysis.summary import cells

INITIAL = (
    "rates",
    "backbone_hash",
    "head_origin",
    "weights_variant",
    "preprocessing",
    "batchnorm",
    "parameters",
    "trainable_parameters",
    "learnable_tensors",
    "unmoved_tensors",
    "split_hash",
    "test_hash",
    "test_images_in_train",
    "trajectory",
)


@dataclass(frozen=True)
class Findings:
    """`runs`: a row each run. `pairs`: each run beside its baseline. The others: see their modules.

    `looks` is None where the seeds of the study were fixed in advance.
    """

    study: AnalysedStudy
    records: list[dict[str, Any]]
    axes: Axes
    runs: pd.DataFrame
    curves: pd.DataFrame
    pairs: pd.DataFrame
    cells: pd.DataFrame
    nulls: Nulls
    best: pd.DataFrame
    equalities: pd.DataFrame
    historical: pd.DataFrame
    mixed: dict[str, int]
    bridges: list[Attribution]
    looks: Looks | None = None

    @cached_property
    def arm_labels(self) -> dict[int, str]:
        """Label of each arm."""
        return dict(self.runs.drop_duplicates("arm").set_index("arm")["arm_label"])

    @cached_property
    def baseline(self) -> int | None:
        """The baseline's arm, or None where no run belongs to it."""
        arms = self.runs.loc[self.runs["baseline"], "arm"]
        return int(arms.iloc[0]) if len(arms) else None

    @cached_property
    def replicate(self) -> int:
        """The replicate of the comparisons; other replicates serve the null pairs."""
        of = self.runs[self.runs["baseline"]] if self.runs["baseline"].any() else self.runs
        return int(of["replicate"].min())

    @cached_property
    def contrasts(self) -> list[int]:
        """The arms that the question is about: different from the baseline in the first arm group alone (the creation
        method); where there are none, every arm that is compared."""
        arms = self.runs[self.runs["replicate"] == self.replicate].drop_duplicates("arm").set_index("arm")
        others = [int(arm) for arm in arms.index if arm != self.baseline]
        if self.baseline is None or not self.study.arms:
            return others
        group = self.study.arms[0]
        same = [column for column in self.axes.arm if column.partition(".")[0] != group and column != group]
        reference = arms.loc[self.baseline]
        near = [arm for arm in others if all(arms.at[arm, column] == reference[column] for column in same)]
        return near or others

    @cached_property
    def about_creation(self) -> bool:
        """Whether the arms in question differ from the baseline in their creation method."""
        creations = self.runs.drop_duplicates("arm").set_index("arm")["creation"].to_dict()
        own = creations.get(self.baseline)
        return bool(self.contrasts) and all(creations[arm] != own for arm in self.contrasts)


def find(study: AnalysedStudy, records: list[dict[str, Any]]) -> Findings:
    """Compute every table from one or more records."""
    found = runs(records, study.metric)
    axes = find_axes(found, study)
    points = curves(records)
    table = with_convergence(with_arms(found.table, axes, study), points)
    pairs = against_baseline(table, [*INITIAL, *MACHINERY])
    wanted, plan = study.historical, study.until_decided
    looks = take_looks(table, pairs, plan, study.margin) if plan else None
    compared = cells(table, looks.seen(pairs) if looks else pairs, axes, study)
    pairs_of_nulls = nulls(table, axes, study.margin)
    # What chooses among cells, or reads them together, uses the seeds that all of them have.
    common = table[table["seed"].isin(plan.seeds[: plan.looks[0]])] if plan else table
    return Findings(
        study=study,
        records=records,
        axes=axes,
        runs=table,
        curves=points,
        pairs=pairs,
        cells=with_noise_floor(looks.onto(compared) if looks else compared, pairs_of_nulls.table, axes),
        nulls=pairs_of_nulls,
        best=best(common, axes, study.margin, study.metric, study.correction),
        equalities=equalities(table),
        historical=historical(common, axes, wanted, study.margin) if wanted else pd.DataFrame(),
        mixed=mixing(pairs),
        bridges=attributions(study.bridges, table),
        looks=looks,
    )
