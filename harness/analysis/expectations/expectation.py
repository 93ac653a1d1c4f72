"""One prediction: an arm against another, where, in what, which way, and by how much."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from harness.analysis.expectations.measures import MEASURES
from harness.spec.spec import Part
from harness.spec.variants import suggest

Direction = Literal["higher", "lower", "no_lower", "no_higher", "different", "equivalent", "as_born"]


class Expectation(Part):
    """What a claim says of the runs of a study, fixed before they are made.

    Runs with the settings of `arm` are compared with those of `against` that agree in everything else and in the seed;
    without `against` the measure is one of a single run, compared with no effect. `where` narrows the rows; a list
    stands for any of its values. `by` is in the units of the measure (points, nats), for ratios a factor; none is the
    study's margin where that is the unit, else nothing (a factor of 1).
    `as_born` reads the direction off each row's birth certificates: `lower` where the arm's runs start at a loss more
    than half a nat above the others', `no_lower` elsewhere.
    """

    claim: int = Field(ge=1, description="the number of the claim in harness/analysis/claims/claims.yaml")
    says: str = Field(min_length=1, description="the prediction in words")
    arm: dict[str, Any] = Field(min_length=1)
    against: dict[str, Any] = Field(default_factory=dict)
    where: dict[str, Any] = Field(default_factory=dict)
    measure: str = "score"
    expects: Direction
    by: float | None = Field(default=None, gt=0)

    @field_validator("measure")
    @classmethod
    def _is_measured(cls, name: str) -> str:
        if name not in MEASURES:
            raise ValueError(f"there is no measure '{name}'; {suggest(name, MEASURES)}")
        return name

    @model_validator(mode="after")
    def _is_whole(self) -> Expectation:
        if not self.against and not MEASURES[self.measure].within:
            raise ValueError(f"expects: {self.measure} is compared with another arm; name it in against")
        if self.against and set(self.against) != set(self.arm):
            raise ValueError("expects: arm and against have to name the same settings")
        return self
