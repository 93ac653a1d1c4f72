"""`harness search`: are the methods still different when each is at its best?"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

from harness.cli.axes import SEED, SearchAxes, axes
from harness.cli.requests import request, requests
from harness.cli.usage import CommandUsage
from harness.spec.errors import RequestError
from harness.spec.spec import Spec
from harness.study.study import name_of

if TYPE_CHECKING:
    from harness.execution.search.method import SearchOutcome
    from harness.study.request import Request

SEEDS = "range(0,8)"

USAGE = CommandUsage(
    (),
    (
        "harness search creation=create_model,swap_head 'recipe.lr=tag(log,interval(1e-4,1e-1))' data=made "
        "transfer=linear_probe",
        "harness search +experiment=search",
    ),
    run="the keys of a run; search.trials=20, search.seeds=1, search.monitor=val_top1, search.pruner=median, "
    "search.sampler_seed=0; 'seed=range(0,8)' by default",
)


def search(arguments: list[str]) -> int:
    """`harness search creation=A,B 'recipe.lr=tag(log,interval(1e-4,1e-1))' [search.trials=20] ['seed=range(0,8)']`.

    What the study compares is swept over, every other sweep is a dimension of the space that is searched for
    each of them by itself: intervals and choices in Hydra's grammar. The best of each is then trained with fresh seeds
    and compared as in any study. `+experiment=STUDY` takes the axes from a file. What is done is not done again.
    """
    if find_spec("optuna") is None:
        raise RequestError("harness search: needs optuna; pip install 'model-creation-harness[search]'")
    named = [argument for argument in arguments if argument.startswith(("+experiment=", "comparison.arms=", "search."))]
    first = request(named, swept=True)
    found = axes(arguments, first.comparison.arms, SEEDS)
    jobs = _checked(found)
    name = jobs[0].study or name_of(jobs, "search", [f"{key}={values}" for key, values in found.space.items()])
    jobs = [job.model_copy(update={"study": name}) for job in jobs]

    from filelock import FileLock, Timeout

    from harness.execution.search import page
    from harness.execution.search.method import Tried
    from harness.execution.search.method import search as search_method
    from harness.study.conduct import conduct
    from harness.study.progress import Progress
    from harness.study.study import Study

    asked, machine, folder = jobs[0].search, jobs[0].machine, jobs[0].folder
    if jobs[0].force:
        raise RequestError("force: has no effect on a search; name another study")
    folder.mkdir(parents=True, exist_ok=True)
    outcomes = []
    try:
        with (
            FileLock(folder / ".search.lock", timeout=0),
            Progress(asked.trials * len(found.methods), "trials done") as progress,
        ):
            for method in found.methods:
                label = " ".join(method) or "the method"

                def ended(tried: Tried, label: str = label) -> None:
                    note = f"failed: {label}: trial {tried.number}" if tried.state == "fail" else ""
                    progress.ended(note, tried.state == "fail")

                spec_of = partial(_spec, found, method)
                outcomes.append(search_method(label, spec_of, found.space, asked, machine, folder, ended))
    except Timeout:
        raise RequestError(f"harness search: another one is at work in {folder}") from None
    for line in page.write(folder, asked, outcomes):
        print(line)
    final = [job.model_copy(update={"study": name}) for job in _final(found, outcomes)]
    return conduct(Study(tuple(final), (), ("search", *arguments)))


def _overrides(found: SearchAxes, method: list[str], values: Mapping[str, str], seed: int | str) -> list[str]:
    return [*found.fixed, *method, *(f"{key}={value}" for key, value in values.items()), f"{SEED}={seed}"]


def _spec(found: SearchAxes, method: list[str], values: Mapping[str, str], seed: int) -> Spec:
    return request(_overrides(found, method, values, seed), swept=True).spec


def _checked(found: SearchAxes) -> list[Request]:
    """A request for each seed of the comparison, after every method was looked at along the edges of the space.

    Raises:
        RequestError: an end of the space is unavailable, or a seed of the comparison is one of the trials.
    """
    from harness.execution.search.settings import edges

    first, *others = edges(found.space)
    jobs: list[Request] = []
    for method in found.methods:
        jobs += requests(_overrides(found, method, first, found.seeds), swept=True)
        for values in others:
            requests(_overrides(found, method, values, 0), swept=True)
    monitor, several = jobs[0].search.monitor, jobs[0].spec.data.targets is not None
    if monitor == ("val_top1" if several else "val_average_precision"):
        has, use = ("several labels", "val_average_precision") if several else ("one class", "val_top1")
        raise RequestError(f"search.monitor: {monitor} is not measured where an image has {has}; use {use} or val_loss")
    shared = {job.spec.seed for job in jobs} & set(jobs[0].search.trial_seeds)
    if shared:
        raise RequestError(f"seed: {min(shared)} is a seed of the trials; the comparison needs fresh ones")
    return jobs


def _final(found: SearchAxes, outcomes: list[SearchOutcome]) -> list[Request]:
    """The best of each method with the seeds of the comparison; what was searched is among what the methods differ in.

    Raises:
        RequestError: a method has no trial that ran to its end.
    """
    from harness.analysis.settings import settings

    jobs: list[Request] = []
    for method, outcome in zip(found.methods, outcomes, strict=True):
        if outcome.best is None:
            raise RequestError(f"{outcome.method}: none of {len(outcome.trials)} trials ran to its end")
        jobs += requests(_overrides(found, method, outcome.best.values, found.seeds), swept=True)
    comparison = jobs[0].comparison
    compared = tuple(dict.fromkeys([*comparison.arms, *(key.lstrip("+") for key in found.space)]))
    usual = settings(jobs[0].spec.model_dump(mode="json"))
    within = tuple(f"{key}." for key in compared)
    baseline = {name: value for name, value in usual.items() if name in compared or name.startswith(within)}
    told = comparison.model_copy(update={"arms": compared, "baseline": {**baseline, **(comparison.baseline or {})}})
    return [job.model_copy(update={"comparison": told}) for job in jobs]
