"""Versions of a registered model in MLflow: logged, found, and told apart by the aliases champion and challenger."""

from __future__ import annotations

import io
import json
import os
import re
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from harness.diagnose.registry.package import EARLIER_RUNS, FILES, RUNS, Package, read_runs
from harness.execution.mlflow.client import connect, library, search
from harness.execution.mlflow.fields import RUN_ID
from harness.execution.mlflow.settings import Location
from harness.execution.mlflow.store import Store
from harness.records.store import STUDY

CHAMPION, CHALLENGER = "champion", "challenger"
P, AGAINST = "challenge.p", "challenge.champion"
SCRIPT = Path(__file__).with_name("serving.py")
REQUIREMENTS = ("torch", "torchvision", "timm", "numpy", "safetensors", "mlflow")


class Versions:
    """The versions of one model.

    Raises:
        TrackingError: nothing listens at the server's address.
    """

    def __init__(self, location: Location, name: str) -> None:
        self._location, self._name = location, name
        self._client = connect(location)

    def find(self, tags: Mapping[str, str]) -> str | None:
        """The newest version with all of these tags."""
        found = [int(each.version) for each in self._all() if tags.items() <= each.tags.items()]
        return str(max(found)) if found else None

    def champion(self) -> str | None:
        """The version that the alias champion names."""
        return self._aliases().get(CHAMPION)

    def alias(self, version: str) -> str:
        """The alias that a version bears; empty where it bears none."""
        return next((alias for alias, named in self._aliases().items() if named == version), "")

    def told(self, version: str) -> str:
        """What was said of a version when it was judged."""
        return str(self._client.get_model_version(self._name, version).tags.get("verdict", ""))

    def runs(self, version: str) -> pd.DataFrame:
        """The runs of a version's configuration, one row for each seed."""
        with _at(self._location):
            folder = f"models:/{self._name}/{version}/artifacts"
            there = {Path(file.path).name for file in library().artifacts.list_artifacts(folder)}
            path = library().artifacts.download_artifacts(f"{folder}/{RUNS if RUNS in there else EARLIER_RUNS}")
        return read_runs(Path(path))

    def files(self, version: str, folder: Path) -> Path:
        """A version's weights, description and the rest (`FILES`), copied into a folder; an alias is `@champion`."""
        with _at(self._location):
            named = f"models:/{self._name}{version if version.startswith('@') else f'/{version}'}/artifacts"
            return Path(library().artifacts.download_artifacts(named, dst_path=str(folder)))

    def challenges(self, champion: str) -> list[float]:
        """The p-values of all challenges to a champion until now."""
        return [float(each.tags[P]) for each in self._all() if each.tags.get(AGAINST) == champion and P in each.tags]

    def register(self, package: Package, study: Path, record: dict[str, Any]) -> str:
        """Log the model beside its run, which is sent where the store lacks it, and make it the newest version."""
        experiment, run = self._run(study, record)
        # Made here, for MLflow itself would put it into the experiment that the process has active.
        model = self._client.create_logged_model(
            experiment, re.sub(r"[^A-Za-z0-9_-]", "_", self._name), source_run_id=run, tags=dict(package.tags)
        ).model_id
        with _at(self._location):
            logged = library().models.Model.log(
                None,
                library().pyfunc,
                model_id=model,
                run_id=run,
                step=record["metrics"]["steps"],
                python_model=str(SCRIPT),
                artifacts={name: str(package.folder / file) for name, file in FILES.items()},
                signature=_signature(package.size, package.classes),
                pip_requirements=[f"{name}=={version(name)}" for name in REQUIREMENTS],
            )
            made = library().register_model(logged.model_uri, self._name, tags=dict(package.tags)).version
        entities, now = library().entities, round(time.time() * 1000)
        metrics = [entities.Metric(name, value, now, 0, model_id=model) for name, value in package.metrics.items()]
        self._client.log_batch(run, metrics)
        self._client.update_model_version(self._name, made, package.card)
        return str(made)

    def crown(self, version: str, told: str) -> None:
        """Make a version the champion; there is no challenger then."""
        self._client.set_registered_model_alias(self._name, CHAMPION, version)
        if CHALLENGER in self._aliases():
            self._client.delete_registered_model_alias(self._name, CHALLENGER)
        self._client.set_model_version_tag(self._name, version, "verdict", told)

    def challenge(self, version: str, told: str) -> None:
        """Make a version the challenger."""
        self._client.set_registered_model_alias(self._name, CHALLENGER, version)
        self._client.set_model_version_tag(self._name, version, "verdict", told)

    def note(self, version: str, champion: str, p: float) -> None:
        """Keep the p-value of a challenge: later ones are corrected for it."""
        self._client.set_model_version_tag(self._name, version, AGAINST, champion)
        self._client.set_model_version_tag(self._name, version, P, repr(p))

    def _aliases(self) -> dict[str, str]:
        found = self._client.search_registered_models(f"name = '{self._name}'")
        return {name: str(version) for model in found for name, version in model.aliases.items()}

    def _all(self) -> list[Any]:
        return list(self._client.search_model_versions(f"name = '{self._name}'"))

    def _run(self, study: Path, record: dict[str, Any]) -> tuple[str, str]:
        """The store's experiment of a study and run of a record."""
        described = json.loads((study / STUDY).read_text(encoding="utf-8"))
        store = Store(self._location, described, study)
        store.send(record)
        store.parent.close("FINISHED")
        experiment = self._client.get_experiment_by_name(described["name"]).experiment_id
        found = search(self._client, experiment, f"tags.`{RUN_ID}` = '{record['run_id']}'")
        return str(experiment), str(found[-1].info.run_id)


def _signature(size: int, classes: int) -> Any:
    """uint8 [N, S, S, 3] in, float32 [N, C] out."""
    from mlflow.models import ModelSignature
    from mlflow.types import Schema, TensorSpec

    return ModelSignature(
        inputs=Schema([TensorSpec(np.dtype(np.uint8), (-1, size, size, 3))]),
        outputs=Schema([TensorSpec(np.dtype(np.float32), (-1, classes))]),
    )


@contextmanager
def _at(location: Location) -> Iterator[None]:
    """Parts of MLflow know one store for the whole process: it is this one for a while. They are quiet meanwhile.

    What they would print is progress, and advice to add an example of the input beside its signature.
    """
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    mlflow = library()
    before = mlflow.get_tracking_uri() if mlflow.tracking.is_tracking_uri_set() else None
    mlflow.set_tracking_uri(location.uri)
    try:
        with warnings.catch_warnings(), redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        mlflow.set_tracking_uri(before)
