"""Whether a job of Slurm's has ended, on clusters without accounting too."""

from __future__ import annotations

from submitit.slurm.slurm import SlurmInfoWatcher, SlurmJob

MOST_SECONDS = 30


class Queue(SlurmInfoWatcher):
    """Asks for the queue, in which a job stays from its submission to its end, also while it is put back.

    Submitit asks the accounting. Many small clusters have none, and the wait for a job that was killed then never ends;
    where there is one, it reports a job as ended whose node has failed and which is about to start on another node.
    """

    def _make_command(self) -> list[str] | None:
        return ["squeue", "--me", "--noheader", "--format=%A"] if self._registered - self._finished else None

    def read_info(self, string: bytes | str) -> dict[str, dict[str, str]]:
        """The state of every job that was submitted: `RUNNING` while the queue holds it, then `ENDED`."""
        listed = (string if isinstance(string, str) else string.decode()).split()
        return {job: {"JobID": job, "State": "RUNNING" if job in listed else "ENDED"} for job in self._registered}


def watch_the_queue() -> None:
    """Let submitit's jobs of this process be watched so."""
    SlurmJob.watcher = Queue(delay_s=MOST_SECONDS)
