"""What a launcher of Hydra carries to where a job runs, and the way there."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from hydra.core.plugins import Plugins
from hydra.plugins.launcher import Launcher
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig, OmegaConf, open_dict, read_write

import harness.cli.plugins  # noqa: F401  Hydra's state travels with a job and names the plugin that lies there
from harness.execution.launching import Portion, launched
from harness.spec.errors import RequestError
from harness.spec.machine import Machine
from harness.spec.spec import Spec

SLURM, RAY = "submitit_slurm", "ray"
ONE_MACHINE = ("submitit_local", "joblib")
"""Launchers whose jobs share this machine, so that its GPUs have to be dealt to them."""


def launcher(config: DictConfig) -> str:
    """The name of the launcher that the command chose."""
    return str(config.hydra.runtime.choices["hydra/launcher"])


def idle(config: DictConfig) -> None:
    """The task of no job."""


@dataclass(frozen=True)
class Job:
    """The task function of one portion; the configuration that Hydra hands it holds nothing that it needs."""

    portion: Portion

    def __call__(self, config: DictConfig) -> None:
        self.portion.train()


@dataclass(frozen=True)
class Jobs:
    """Trains runs by `count` jobs of Hydra's launcher, in place of an executor.

    Every portion is launched by a call of its own, in a thread of its own: launchers wait for their jobs in turn and
    raise at the first that was lost, when others may be at work still.
    """

    context: HydraContext
    config: DictConfig
    count: int

    def __call__(self, specs: Sequence[Spec], machine: Machine, study: Path) -> Generator[dict[str, Any], None, None]:
        """Yield each record as its run ends."""
        config = self.config.copy()
        with read_write(config.hydra):
            config.hydra.sweep.dir = str(study.absolute())  # where a launcher keeps its own files
        if launcher(config) == SLURM:
            from harness.cli.slurm import watch_the_queue  # submitit is there where its launcher is

            watch_the_queue()
        if launcher(config) == RAY:
            self._start_ray(config)
        cores = OmegaConf.select(config, "hydra.launcher.cpus_per_task")
        shared = launcher(config) in ONE_MACHINE
        gpus = [str(index) for index in range(torch.cuda.device_count())] if shared else []
        return launched(specs, machine, study, self.count, partial(self._launch, config), cores, gpus)

    def _launch(self, config: DictConfig, portion: Portion, number: int) -> None:
        [done] = self._plugin(config, Job(portion)).launch([[]], initial_job_idx=number)
        done.return_value  # noqa: B018  raises what the job raised

    def _start_ray(self, config: DictConfig) -> None:
        """Start Ray, which several threads would otherwise do at once.

        Raises:
            RequestError: it does not start, or is not where it should be.
        """
        init = config.hydra.launcher.ray.init
        if init.address is not None:
            with open_dict(init):
                init.setdefault("object_store_memory", None)  # the plugin's own default suits no Ray that runs already
        try:
            self._plugin(config, idle).launch([], initial_job_idx=0)
        except Exception as error:  # Ray raises whatever it stumbles over
            reason = " ".join(str(error).split()) or type(error).__name__
            raise RequestError(
                f"hydra/launcher: ray did not start ({reason}); one that runs already is "
                "named by hydra.launcher.ray.init.address=HOST:PORT, or =auto on its own machine"
            ) from error

    def _plugin(self, config: DictConfig, task: TaskFunction) -> Launcher:
        return Plugins.instance().instantiate_launcher(hydra_context=self.context, task_function=task, config=config)
