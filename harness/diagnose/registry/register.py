"""From a study to a version of a registered model."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from harness.diagnose.registry.choice import choose, judge
from harness.diagnose.registry.package import RUNS, pack, read_runs, tags_of
from harness.diagnose.registry.repeat import repeat
from harness.diagnose.registry.versions import Versions
from harness.execution.mlflow.client import TrackingError, one_line
from harness.execution.mlflow.settings import Location, Settings, locate, require
from harness.records.archive import predicted


@dataclass(frozen=True)
class Registered:
    """A version, the alias that it bears (or none), and what there is to say of it."""

    model: str
    version: str
    alias: str
    sentences: tuple[str, ...]


def register(
    folder: Path, settings: Settings, name: str, only: Mapping[str, str], paths: Mapping[str, str]
) -> Registered:
    """Register the best of the study in `folder` as the newest version of the model `name`.

    `only` are settings that the chosen configuration must have, `paths` the places of data and weights (see
    `repeat.PATHS`). The first version is the champion. A later one becomes the challenger, and takes over where
    `challenge.judge` says so. A run that is a version already, of a configuration with as many seeds, is not registered
    twice.

    Raises:
        RequestError: MLflow is not installed, there is nothing to choose, or the run cannot be repeated here.
        TrackingError: the store failed.
    """
    require(settings)
    location = locate(settings.uri)
    choice = choose(folder, only)
    tags = tags_of(choice)
    with _reached(location):
        versions = Versions(location, name)
        known = versions.find({key: tags[key] for key in ("run_id", "seeds")})
        if known is not None:
            said = f"Run {tags['run_id']} is version {known} already. {versions.told(known)}"
            return Registered(name, known, versions.alias(known), (said,))
    recorded = next((found for _, found in predicted(folder, [choice.record])), None)
    repeated = repeat(choice.record, recorded, paths)
    with tempfile.TemporaryDirectory() as place:
        package = pack(choice, repeated, tags, Path(place))
        with _reached(location):
            made = versions.register(package, folder, choice.record)
            told = _place(versions, made, Path(place), choice.study.margin)
            return Registered(name, made, versions.alias(made), (repeated.told, told))


def _place(versions: Versions, made: str, place: Path, margin: float) -> str:
    """Give a new version its alias; why it is this one, in a sentence."""
    champion = versions.champion()
    if champion is None:
        told = f"Version {made} is the first, and the champion."
        versions.crown(made, told)
        return told
    verdict = judge(read_runs(place / RUNS), versions.runs(champion), margin, versions.challenges(champion))
    if verdict.p is not None:
        versions.note(made, champion, verdict.p)
    if verdict.takes_over:
        told = f"Version {made} takes over from version {champion}: {verdict.told}."
        versions.crown(made, told)
    else:
        told = f"Version {made} stays challenger to version {champion}: {verdict.told}."
        versions.challenge(made, told)
    return told


@contextmanager
def _reached(location: Location) -> Iterator[None]:
    """Whatever MLflow does is told in one line."""
    try:
        yield
    except TrackingError:
        raise
    except Exception as error:
        raise TrackingError(f"tracking: MLflow at {location.shown} failed ({one_line(error)})") from error
