"""A Slurm of two nodes on this machine's loopback, with keys, ports, state and logs of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

NODES = ("node1", "node2")
PACKAGES = ("slurm-wlm", "munge")
NODE_TIMEOUT_S = 20
"""After so long without a word a node is down, and its jobs go to another one."""

SETTINGS = """\
ClusterName=loopback
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort=16817
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmctldPidFile={folder}/slurmctld.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdSpoolDir={folder}/%n
SlurmdPidFile={folder}/%n.pid
SlurmdLogFile={folder}/%n.log
SlurmdTimeout={timeout}
KillWait=2
ReturnToService=2
JobRequeue=1
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
NodeName={nodes} NodeHostname={host} NodeAddr=127.0.0.1 Port=[16901-16902] CPUs=1 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES State=UP MaxTime=INFINITE
"""


WAIT = ("-o", "DPkg::Lock::Timeout=300")
"""Another installation on the machine is waited for."""


def install() -> None:
    """Install Debian's packages where they are missing; their services are not started."""
    if shutil.which("slurmctld") and shutil.which("munged"):
        return
    root = [] if os.geteuid() == 0 else ["sudo"]
    for command in (["update"], ["install", "-y", "--no-install-recommends", *PACKAGES]):
        subprocess.run([*root, "apt-get", "-qq", *WAIT, *command], check=True)


@dataclass
class Cluster:
    """A Slurm that runs; what is asked of it goes by `SLURM_CONF` in the environment."""

    folder: Path
    _daemons: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self) -> None:
        """Start munge, the controller and both nodes, in the foreground as children of this process."""
        settings = self.folder / "slurm.conf"
        host = socket.gethostname().partition(".")[0]
        settings.write_text(
            SETTINGS.format(host=host, folder=self.folder, timeout=NODE_TIMEOUT_S, nodes=f"node[1-{len(NODES)}]")
        )
        os.environ["SLURM_CONF"] = str(settings)
        (self.folder / "state").mkdir()
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o400)
        files = [f"--{what}-file={self.folder}/munge.{what}" for what in ("key", "log", "pid", "seed")]
        self._start("munged", "--foreground", "--force", f"--socket={self.folder}/munge.socket", *files)
        self._until(lambda: (self.folder / "munge.socket").exists(), "munged")
        self._start("slurmctld", "-D")
        for node in NODES:
            self._start("slurmd", "-D", "-N", node, name=node)
        self._until(lambda: self.ask("sinfo", "-h", "-o", "%T %D") == f"idle {len(NODES)}", "the nodes")

    def ask(self, *command: str) -> str:
        """What a Slurm command says, or nothing where it fails."""
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()

    def jobs(self, node: str) -> list[str]:
        """The jobs that run on a node."""
        return self.ask("squeue", "-h", "-t", "running", "-w", node, "-o", "%A").split()

    def kill(self, node: str) -> None:
        """Cut a node's power: its daemon and all that it had started end at once."""
        steps = tuple(f"slurmstepd: [{job}.".encode() for job in self.jobs(node))
        daemon = self._daemons.pop(node)
        daemon.kill()
        daemon.wait()
        mine = {f"SLURMD_NODENAME={node}".encode(), f"SLURM_CONF={self.folder}/slurm.conf".encode()}
        _kill(lambda process: (process / "cmdline").read_bytes().startswith(steps))  # first, or they tell of the rest
        _kill(lambda process: mine <= set((process / "environ").read_bytes().split(b"\0")))

    def stop(self) -> None:
        """End what was started here, jobs first."""
        for job in self.ask("squeue", "-h", "-o", "%A").split():
            self.ask("scancel", job)
        time.sleep(3)
        for daemon in reversed(self._daemons.values()):
            daemon.terminate()
            try:
                daemon.wait(20)
            except subprocess.TimeoutExpired:
                daemon.kill()

    def _start(self, program: str, *arguments: str, name: str = "") -> None:
        log = (self.folder / f"{name or program}.out").open("wb")
        found = shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
        assert found is not None, f"{program} is not installed"
        self._daemons[name or program] = subprocess.Popen([found, *arguments], stdout=log, stderr=log)

    def _until(self, holds: Callable[[], bool], what: str, seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > until:
                raise TimeoutError(f"{what} did not come up within {seconds:.0f} s; see the logs in {self.folder}")
            time.sleep(0.5)


def _kill(which: Callable[[Path], bool]) -> None:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if which(process):
                os.kill(int(process.name), signal.SIGKILL)
        except OSError:  # it ended by itself meanwhile
            continue


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """A cluster for the time of a block."""
    install()
    found = Cluster(folder)
    try:
        found.start()
        yield found
    finally:
        found.stop()
