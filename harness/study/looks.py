"""Seeds until decided: the plan of a sweep, and the study as it grows from look to look."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pandas as pd

from harness.analysis.arms import with_arms
from harness.analysis.axes import find_axes
from harness.analysis.frame import runs
from harness.analysis.look_plan import LookPlan, sizes
from harness.analysis.looks import comparisons, take_looks
from harness.analysis.pairing import against_baseline
from harness.analysis.sentences.wording import count
from harness.analysis.statistics import MIN_PAIRS
from harness.analysis.study import parse, read_study, select
from harness.records.archive import read_records
from harness.records.store import DONE, STUDY
from harness.spec.errors import RequestError
from harness.spec.identity import configuration_id, portable, run_id
from harness.study.request import Request
from harness.study.study import Study


@dataclass(frozen=True)
class Round:
    """What is trained before one reads the records again: a study, and in words at which look it stands."""

    study: Study
    told: str = ""


def planned(study: Study) -> Study:
    """The study with its plan of looks, if it asks for one.

    Raises:
        RequestError: as `with_plan` does, or runs of these configurations have been read by another plan.
    """
    study = with_plan(study)
    if told := another_plan(study):
        raise RequestError(told)
    return study


def with_plan(study: Study) -> Study:
    """The study with its plan of looks, where the request is to go on until decided.

    The seeds named are the first look; further ones follow the highest. How many comparisons there are is counted on
    the specs, before any run.

    Raises:
        RequestError: too few seeds are named, or other ones for some configurations; or none can be compared.
    """
    comparison = study.first.comparison
    if comparison.until_decided:
        seeds = _first_look(study)
        most = comparison.most_seeds
        if most < len(seeds):
            raise RequestError(f"comparison.most_seeds: the sweep names {len(seeds)} seeds already, got {most}")
        looks = sizes(len(seeds), most)
        further = range(seeds[-1] + 1, seeds[-1] + 1 + most - len(seeds))
        study = replace(study, plan=LookPlan((*seeds, *further), looks, _compared(study)))
    return study


def _first_look(study: Study) -> list[int]:
    seeds: dict[str, set[int]] = {}
    for request in study.requests:
        seeds.setdefault(configuration_id(request.spec), set()).add(request.spec.seed)
    least = min(seeds.values(), key=len)
    if len(least) < MIN_PAIRS:
        raise RequestError(
            f"comparison.until_decided: the first look needs {MIN_PAIRS} seeds in each configuration, got "
            f"{len(least)}; use -m with 'seed=range(0,{MIN_PAIRS})'"
        )
    if any(own != least for own in seeds.values()):
        raise RequestError(
            "comparison.until_decided: every configuration needs the same seeds; name them once for all blocks"
        )
    return sorted(least)


def _compared(study: Study) -> int:
    """In how many configurations a method will be compared with the baseline."""
    specs = {identity: request.spec for identity, request in study.configurations.items()}
    records = [
        {"run_id": run_id(spec), "cell_id": identity, "spec": portable(spec)} for identity, spec in specs.items()
    ]
    asked = parse(study.description(), study.folder.name)
    table = runs(records, asked.metric)
    number = len(comparisons(with_arms(table.table, find_axes(table, asked), asked)))
    if not number:
        raise RequestError(
            "comparison.until_decided: no configuration has a baseline to be compared with; name a second method"
        )
    return number


def another_plan(study: Study) -> str | None:
    """In one line that runs of these configurations were made by another plan of seeds, None where they were not.

    What has been looked at keeps its plan: to choose another one by what was seen would undo its promise.
    """
    if not (study.folder / STUDY).is_file():
        return None
    before = read_study(study.folder)
    if before.until_decided == study.plan:
        return None
    shared = set(before.cells) & study.configurations.keys()
    if any(record["cell_id"] in shared and record["status"] in DONE for record in read_records(study.folder)):
        return (
            f"comparison.until_decided: runs of these configurations in {study.folder} were made by another plan of "
            "seeds, and a plan is fixed before the first run; name another study"
        )
    return None


def rounds(study: Study) -> Iterator[Round]:
    """The study at each look, for as long as a comparison is open; one round where the seeds are fixed.

    Records are read when the next round is asked for: until then, the runs of the last one have to be there.
    """
    plan = study.plan
    if plan is None:
        yield Round(study)
        return
    yield Round(study, _told(1, plan, plan.comparisons))
    for number in range(1, len(plan.looks)):
        wanting, left = _open_configurations(study, plan, number)
        if not left:
            return
        study = _grown(study, wanting, plan.seeds[plan.looks[number - 1] : plan.looks[number]])
        yield Round(study, _told(number + 1, plan, left))


def _told(number: int, plan: LookPlan, left: int) -> str:
    return f"look {number} of {len(plan.looks)}, {left} of {count(plan.comparisons, 'comparison')} open"


def _open_configurations(study: Study, plan: LookPlan, most: int) -> tuple[frozenset[str], int]:
    """The configurations that need more seeds after `most` looks, and how many comparisons are open.

    They are the methods without a verdict, the baselines of their rows, and null pairs of these rows.
    """
    asked = read_study(study.folder)
    records = runs(select(asked, read_records(study.folder)), asked.metric)
    table = with_arms(records.table, find_axes(records, asked), asked)
    left = take_looks(table, against_baseline(table), plan, asked.margin, most).open
    here = table[table["row"].isin(left["row"])]
    replicate = table.loc[table["baseline"], "replicate"].iloc[0]
    needed = here["baseline"] | (here["replicate"] != replicate)
    needed |= pd.MultiIndex.from_frame(here[["row", "arm"]]).isin(pd.MultiIndex.from_frame(left))
    return frozenset(here.loc[needed, "cell_id"]), len(left)


def _grown(study: Study, wanting: frozenset[str], seeds: tuple[int, ...]) -> Study:
    """The study with further seeds in some of its configurations, in every split where these are crossed with seeds."""
    known: dict[tuple[str, int | None], Request] = {}
    for request in study.requests:
        known.setdefault((configuration_id(request.spec), request.spec.data.split), request)
    further = [
        request.model_copy(update={"spec": request.spec.model_copy(update={"seed": seed})})
        for (identity, _), request in known.items()
        if identity in wanting
        for seed in seeds
    ]
    return replace(study, requests=(*study.requests, *further))
