"""What a search may spend, and how it goes about it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from harness.spec.spec import Part

JSON, MARKDOWN = "search.json", "search.md"
"""What a search leaves beside the study that compares the best."""

FIRST_SEED = 10_000
"""Trials have seeds of their own from here on: what is chosen on a seed looks better on it than it is."""


class Search(Part):
    """A search of `trials` trials for each method, each of `seeds` runs.

    A trial's value is the mean of `monitor` on the validation part. `pruner` ends a trial whose first run lies, so far,
    below the median of the earlier ones at the end of an epoch (Golovin et al. 2017, "Google Vizier", section 3.4);
    `none` lets all run to their end. The methods share `sampler_seed`: their first third, drawn at random, is the same.
    """

    trials: int = Field(default=20, ge=1)
    seeds: int = Field(default=1, ge=1)
    monitor: Literal["val_top1", "val_loss"] = "val_top1"
    pruner: Literal["median", "none"] = "median"
    sampler_seed: int = Field(default=0, ge=0)

    @property
    def trial_seeds(self) -> range:
        """The seeds of each trial's runs."""
        return range(FIRST_SEED, FIRST_SEED + self.seeds)
