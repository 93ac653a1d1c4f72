"""The cells of a committed study, before anything of it is trained."""

from __future__ import annotations

from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from harness.cli import configuration
from harness.cli.requests import requests
from harness.spec.errors import RequestError
from harness.spec.identity import cell_id
from harness.spec.spec import Spec
from harness.spec.variants import suggest

STUDIES = "experiment"


def cells(study: str) -> list[Spec]:
    """One spec for each cell of the study in `experiments/STUDY.yaml`, with seed 0.

    Raises:
        RequestError: there is no such study, or one of its cells cannot be had.
    """
    folder = configuration.folder().absolute()
    studies = folder / STUDIES
    known = sorted(str(file.relative_to(studies).with_suffix("")) for file in studies.glob("**/*.yaml"))
    if study not in known:
        raise RequestError(f"settings: there is no study '{study}'; {suggest(study, known)}")
    chosen = f"+{STUDIES}={study}"
    with initialize_config_dir(config_dir=str(folder), version_base="1.3"):
        whole = compose(configuration.NAME, overrides=[chosen], return_hydra_config=True)
    sweeper = OmegaConf.to_container(whole.hydra.sweeper, resolve=False)
    assert isinstance(sweeper, dict)
    found: dict[str, Spec] = {}
    for block in sweeper["blocks"].values() or [{}]:
        axes = {**sweeper["params"], **(block or {}), "seed": 0}
        for request in requests([chosen, *(f"{key}={value}" for key, value in axes.items())], swept=True):
            found.setdefault(cell_id(request.spec), request.spec)
    return list(found.values())
