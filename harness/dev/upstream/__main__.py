"""`python -m harness.dev.upstream [--check] [MODEL ...]`: make the bundled weights, or check what they are worth."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import pandas as pd
import torch

from harness.dev.upstream.check import check
from harness.dev.upstream.loop import SETTINGS
from harness.dev.upstream.pretrain import pretrain
from harness.records.store import write_text


def main() -> None:
    """Pretrain the models named, or all; with `--check`, compare them with training from scratch instead."""
    parser = argparse.ArgumentParser(prog="python -m harness.dev.upstream", description=main.__doc__)
    parser.add_argument("models", nargs="*", metavar="MODEL", help=f"of {', '.join(SETTINGS)}; default: all")
    parser.add_argument("--check", action="store_true", help="fine-tune against from scratch, three seeds")
    parser.add_argument("--out", type=Path, default=Path("results/upstream.csv"), help="table of --check")
    parser.add_argument("--threads", type=int, default=1, help="another number gives slightly other weights")
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.models) - set(SETTINGS))
    if unknown:
        parser.error(f"no setting for {', '.join(unknown)}; one of {', '.join(SETTINGS)}")
    torch.set_num_threads(arguments.threads)
    names = arguments.models or list(SETTINGS)
    if not arguments.check:
        for name in names:
            start = time.perf_counter()
            file = pretrain(name)
            card = file.with_suffix(".json").read_text(encoding="utf-8")
            print(f"{file} {time.perf_counter() - start:.0f} s\n{card}", flush=True)
        return
    table = pd.concat([check(name) for name in names])
    write_text(arguments.out, table.to_csv(index=False))
    columns = ["pretrained_top1", "scratch_top1", "difference"]
    print(table.groupby(["target", "backbone"], sort=False)[columns].mean().round(1).to_string())


if __name__ == "__main__":
    main()
