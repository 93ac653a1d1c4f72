"""Alternative explanations of a gap: how the records test each, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd

from harness.analysis.equalities import exchanges, same_initialisation
from harness.analysis.findings import Findings
from harness.analysis.gaps import gaps
from harness.analysis.heads import head_origins
from harness.analysis.statistics import MIN_PAIRS

Outcome = Literal["ruled out", "not ruled out", "shown", "not tested here"]


@dataclass(frozen=True)
class Alternative:
    """A cause that could make such a gap; `test` is how the records test it, `evidence` what they say."""

    cause: str
    test: str
    outcome: Outcome
    evidence: str


@dataclass(frozen=True)
class _Agreement:
    """A cause that is ruled out where every fact is equal on both sides of every pair.

    `facts` maps columns of the runs to their names in words.
    """

    cause: str
    test: str
    facts: dict[str, str]

    def __call__(self, found: Findings) -> Alternative:
        counts = {name: _agreement(found.pairs, column) for column, name in self.facts.items()}
        known = {name: count for name, count in counts.items() if count[1]}
        if not known:
            return Alternative(self.cause, self.test, "not tested here", "no pair of runs recorded it")
        evidence = "; ".join(f"{name} equal in {equal} of {total} pairs" for name, (equal, total) in known.items())
        alike = all(equal == total for equal, total in known.values())
        return Alternative(self.cause, self.test, "ruled out" if alike else "not ruled out", evidence)


def _agreement(pairs: pd.DataFrame, column: str) -> tuple[int, int]:
    """In how many pairs both sides have the same value of a column, and in how many both have one."""
    left, right = pairs[column], pairs[f"{column}_base"]
    known = left.notna() & right.notna()
    return int((left[known] == right[known]).sum()), int(known.sum())


INITIALISATION = "the head's initialisation"
_INITIALISATION_TEST = (
    "give every creation method the same init scheme: if they differ in nothing but the head's initialisation, their "
    "runs become equal number by number; and give one method the distribution that another uses by itself: it should "
    "then repeat the other's runs"
)


def _initialisation(found: Findings) -> Alternative:
    """Shown where there is a gap and the runs become equal once the initialisation is."""
    untested = "; the Shapley attribution gives the contributions of its scale and its distribution"
    untested = untested if found.bridges else ""
    if not {"creation", "init"} <= set(found.axes.arm) or found.equalities.empty:
        why = "the study has no two creation methods under one init scheme"
        return Alternative(INITIALISATION, _INITIALISATION_TEST, "not tested here", why + untested)
    with_gap = {gap.place[0] for gap in gaps(found, found.contrasts) if len(gap.robust)}
    every = list(found.runs["backbone"].unique())
    equal, total = same_initialisation(found, every)
    swaps = exchanges(found)
    evidence = [f"same init scheme: equal in {equal} of {total} pairs of runs"] if total else []
    evidence += [
        f"{row.backbone}: {row.arm_label_left} = {row.arm_label_right} in {row.equal} of {row.total} pairs"
        for row in swaps.itertuples()
    ]
    if not evidence:
        why = "no two creation methods share an init scheme other than keep"
        return Alternative(INITIALISATION, _INITIALISATION_TEST, "not tested here", why + untested)
    if not all(_closed(found, swaps, backbone) for backbone in with_gap or every):
        return Alternative(INITIALISATION, _INITIALISATION_TEST, "not ruled out", "; ".join(evidence))
    outcome: Outcome = "shown" if with_gap else "ruled out"
    evidence.append("nothing else differs between the methods" if with_gap else "but there is no gap to explain")
    return Alternative(INITIALISATION, _INITIALISATION_TEST, outcome, "; ".join(evidence))


def _closed(found: Findings, swaps: pd.DataFrame, backbone: str) -> bool:
    """Whether on this backbone the runs become equal in every pair once the initialisation is."""
    equal, total = same_initialisation(found, [backbone])
    return equal == total if total else bool((swaps["backbone"] == backbone).any())


def _head_origin(found: Findings) -> Alternative | None:
    """Compares where the heads' initial values came from; None where the records are older than that fact."""
    explanation = _Agreement(
        "a trained head, loaded from the weights by one method and initialised anew by another",
        "every tensor of the head is looked for in the weights before training; on both sides of every pair it was "
        "loaded from them, or on both sides it was initialised anew",
        {"head_origin": "origin of the head"},
    )(found)
    if explanation.outcome == "not tested here":
        return None
    origins = head_origins(found)
    if origins is None:
        return explanation
    evidence = f"{explanation.evidence}; loaded from {origins.source} by {', '.join(origins.loaded)}"
    evidence += f", initialised anew by {', '.join(origins.fresh)}" if origins.fresh else ""
    return replace(explanation, evidence=evidence)


def _head_unused(found: Findings) -> Alternative:
    """Accuracy alone does not show it: an unused head leaves the old, wider one in use."""
    cause = "a new head that the forward pass never uses"
    test = "the head's gradient norm over the first trained steps is above zero in every run"
    norms = found.runs["first_grad_head"].dropna()
    if norms.empty:
        return Alternative(cause, test, "not tested here", "no run recorded the gradient of its head")
    moved = int((norms > 0).sum())
    evidence = f"above zero in {moved} of {len(norms)} runs"
    return Alternative(cause, test, "ruled out" if moved == len(norms) else "shown", evidence)


def _frozen_backbone(found: Findings) -> Alternative:
    """Compares what is trainable on both sides of each pair; full fine-tuning must give a backbone gradient."""
    explanation = _Agreement(
        "a backbone that is wholly or partly frozen in one method",
        "as many trainable tensors and parameters on both sides of every pair; under full fine-tuning the backbone has "
        "a gradient",
        {"learnable_tensors": "trainable tensors", "trainable_parameters": "trainable parameters"},
    )(found)
    norms = found.runs.loc[found.runs["transfer"] == "full", "first_grad_backbone"].dropna()
    if norms.empty or explanation.outcome == "not tested here":
        return explanation
    moving = int((norms > 0).sum())
    evidence = f"{explanation.evidence}; backbone gradient above zero in {moving} of {len(norms)} fully tuned runs"
    outcome = explanation.outcome if moving == len(norms) else "not ruled out"
    return replace(explanation, evidence=evidence, outcome=outcome)


def _order(found: Findings) -> Alternative:
    """Ruled out where every trainable tensor moved, or as many did in both methods."""
    cause = "the order of freezing, creating the optimizer and replacing the head"
    test = "an optimizer created before the head is replaced holds the old head: every trainable tensor must have moved"
    still = found.runs.loc[found.runs["status"] == "finished", "unmoved_tensors"].dropna()
    if still.empty:
        return Alternative(cause, test, "not tested here", "no run recorded how far its tensors moved")
    moved = int((still == 0).sum())
    evidence = f"every tensor moved in {moved} of {len(still)} runs"
    if moved == len(still):
        return Alternative(cause, test, "ruled out", evidence)
    equal, total = _agreement(found.pairs, "unmoved_tensors")
    evidence += f"; as many unmoved tensors on both sides in {equal} of {total} pairs"
    return Alternative(cause, test, "ruled out" if total and equal == total else "not ruled out", evidence)


def _strictness(found: Findings) -> Alternative:
    """Looks at every run that asked for pretrained weights."""
    cause = "weights that were loaded in part (a backbone that stayed partly random)"
    test = "after loading, as many backbone tensors hold the file's values as the backbone has"
    asked = found.runs[found.runs["weights_source"] != "none"].dropna(subset=["weights_expected", "weights_loaded"])
    if asked.empty:
        return Alternative(cause, test, "not tested here", "no run recorded the loading of pretrained weights")
    whole = int((asked["weights_loaded"] == asked["weights_expected"]).sum())
    outcome: Outcome = "ruled out" if whole == len(asked) else "not ruled out"
    return Alternative(cause, test, outcome, f"all tensors loaded in {whole} of {len(asked)} runs")


def _leakage(found: Findings) -> Alternative:
    """Ruled out where there is none, or where both sides of every pair have as many."""
    cause = "leakage between the splits"
    test = "exact duplicates of training images in the test part are counted in every run"
    counts = found.runs["test_images_in_train"].dropna()
    if counts.empty:
        return Alternative(cause, test, "not tested here", "no run counted duplicates")
    if (counts == 0).all():
        return Alternative(cause, test, "ruled out", f"none in {len(counts)} runs")
    percent = (100 * found.runs["test_images_in_train"] / found.runs["n_test"]).max()
    equal, total = _agreement(found.pairs, "test_images_in_train")
    evidence = (
        f"up to {counts.max():g} test images ({percent:.1f} %) are also in the training part; as many on both sides in "
        f"{equal} of {total} pairs, so it can raise both methods, but not one alone"
    )
    return Alternative(cause, test, "ruled out" if total and equal == total else "not ruled out", evidence)


def _chance(found: Findings) -> Alternative:
    """Ruled out where differences survive the correction and null pairs exclude zero no more often than by chance."""
    cause = "chance"
    test = f"intervals over seeds, {found.study.guard} over all comparisons, and null pairs for the noise floor"
    judged = found.cells[found.cells["comparison"] & (found.cells["verdict"] != "")]
    if judged.empty:
        return Alternative(cause, test, "not tested here", f"no comparison has {MIN_PAIRS} pairs")
    robust = sum(len(gap.robust) for gap in gaps(found, found.contrasts))
    nulls = found.nulls
    evidence = f"{robust} differences of the creation methods in question survive {found.study.guard}, " + (
        f"{nulls.excluding} of {nulls.judged} null intervals exclude zero (5 % are expected by chance; 95 % interval "
        f"of the fraction: {100 * nulls.low:.0f} to {100 * nulls.high:.0f} %)"
        if nulls.judged
        else "no null pairs in this study"
    )
    evidence += f", {int(judged['pairs'].min())} to {int(judged['pairs'].max())} pairs per configuration"
    sound = nulls.judged == 0 or nulls.as_chance
    outcome: Outcome = "ruled out" if robust and sound else "not ruled out"
    return Alternative(cause, test, outcome, evidence)


_EXPLANATIONS: tuple[Callable[[Findings], Alternative | None], ...] = (
    _initialisation,
    _head_origin,
    _head_unused,
    _frozen_backbone,
    _order,
    _Agreement(
        "another variant (tag) of the weights",
        "fingerprint and tag of the weights, and the hash of the backbone's tensors before training, are equal on both "
        "sides of every pair",
        {"weights_variant": "fingerprint and tag", "backbone_hash": "backbone hash"},
    ),
    _strictness,
    _Agreement(
        "other dropout or drop-path rates",
        "the dropout and drop-path rates in force, read from the built model, are equal on both sides of every pair",
        {"rates": "rates in force"},
    ),
    _Agreement(
        "different preprocessing",
        "mean, standard deviation, interpolation and size are equal on both sides of every pair",
        {"preprocessing": "preprocessing"},
    ),
    _Agreement(
        "evaluation in training mode",
        "every evaluation puts the model into evaluation mode first; BatchNorm's mode in training is equal on both "
        "sides of every pair",
        {"batchnorm": "BatchNorm's mode"},
    ),
    _Agreement(
        "random numbers consumed differently by the creation methods",
        "split, data order and augmentation are drawn from random streams of their own, which depend on the seed "
        "alone; training split and test images are equal on both sides of every pair",
        {"split_hash": "split", "test_hash": "test images"},
    ),
    _leakage,
    _chance,
)


def alternatives(found: Findings) -> pd.DataFrame:
    """One row for each alternative explanation: `cause`, `test`, `outcome`, `evidence`.

    Explanations that records of an older version cannot test are left out.
    """
    explanations = (test(found) for test in _EXPLANATIONS)
    return pd.DataFrame([vars(each) for each in explanations if each is not None])
