#!/usr/bin/env bash
# Guess: `-m +experiment=a,b` does what `-m +experiment=a` and then `-m +experiment=b` do; or Hydra says why it does not.
# What happens: an experiment file may bring the axes of its own sweep (hydra.sweeper.params), and alone it is swept over
#   them. Of several experiments the axes are left out without a word: one job each, with the default values, exit code 0.
# Versions: hydra-core 1.3.8.
# Who is hit: studies kept as experiment files, started together: six jobs were meant, two are run.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet uv
"$folder/venv/bin/uv" pip install --quiet --python "$folder/venv/bin/python" hydra-core==1.3.8
cd "$folder" && "$folder/venv/bin/python" - <<'PYTHON'
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

Path("conf/experiment").mkdir(parents=True)
Path("conf/config.yaml").write_text("defaults: [_self_]\nlr: 0.1\nseed: 0\n")
for name, rate in (("a", 0.01), ("b", 0.02)):
    Path(f"conf/experiment/{name}.yaml").write_text(
        f"# @package _global_\nlr: {rate}\nhydra: {{sweeper: {{params: {{seed: '0,1,2'}}}}}}\n"
    )
Path("app.py").write_text(
    "import hydra\n\n\n"
    "@hydra.main(version_base='1.3', config_path='conf', config_name='config')\n"
    "def app(config):\n    print('JOB lr', config.lr, 'seed', config.seed)\n\n\napp()\n"
)


def jobs(choice):
    done = subprocess.run(
        [sys.executable, "app.py", "-m", f"+experiment={choice}"], capture_output=True, text=True, check=True
    )
    return [line for line in done.stdout.splitlines() if line.startswith("JOB")]


found = {choice: jobs(choice) for choice in ("a", "b", "a,b")}
print(f"hydra-core {version('hydra-core')}")
for choice, lines in found.items():
    print(f"-m +experiment={choice}: {len(lines)} jobs: {lines}")
sys.exit(not ([len(lines) for lines in found.values()] == [3, 3, 2]))
PYTHON
