"""Reported faults are rebuilt beside healthy twins, in halves that nobody can move, and judged by fixed rules."""

from __future__ import annotations

import csv
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from harness.dev.foreign import table
from harness.dev.foreign.causes import CAUSES
from harness.dev.foreign.trial import HELD_OUT, LATER, LATEST, SEEN, half, judged, parts, reports
from harness.diagnose.audit.examine import FINDINGS
from harness.spec.variants import variants

HELD_OUT_NAMES = "f15a8dd1f7989851"
MOST_OF_ONE_CAUSE = 6
FIRST_LOOK = Path(__file__).parents[3] / "results" / "foreign_faults" / "first_look.csv"


def test_each_report_has_an_address_and_a_cause_and_no_cause_has_many() -> None:
    every = reports().values()
    assert len(every) >= 30
    for each in every:
        assert each.source.startswith("https://"), each.name
        assert each.wrong, each.name
    causes = [each.cause for each in every]
    assert set(causes) == set(CAUSES)
    of_first = [each.cause for each in every if parts()[each.name] not in (LATER, LATEST)]
    assert max(of_first.count(cause) for cause in CAUSES) <= MOST_OF_ONE_CAUSE


def test_what_counts_as_found_are_findings_of_the_audit() -> None:
    known = {name.replace("_", "-") for name in variants(FINDINGS)}
    assert not frozenset().union(*CAUSES.values()) - known


def test_the_halves_are_as_large_and_as_they_were_when_the_rule_was_fixed() -> None:
    halves = parts()
    assert halves.keys() == reports().keys()
    assert sum(part == LATER for part in halves.values()) == 41
    assert sum(part == LATEST for part in halves.values()) == 43
    held_out = sorted(name for name, part in halves.items() if part == HELD_OUT)
    assert len(held_out) == sum(part == SEEN for part in halves.values())
    assert hashlib.sha256("\n".join(held_out).encode()).hexdigest()[:16] == HELD_OUT_NAMES


@pytest.mark.parametrize("name", ["fairmot_125", "fastbook_254"])
def test_a_fault_of_the_seen_half_is_found_and_its_twin_is_not_called(name: str) -> None:
    row = judged(reports()[name], SEEN)
    assert (row["found"], row["twin called"]) == ("yes", "no")


@pytest.mark.parametrize("name", ["torchgeo_4036", "dinov2_mmseg_1", "batuhan_1"])
def test_what_was_reported_and_its_twin_differ_and_are_looked_at_likewise(name: str) -> None:
    report = reports()[name]
    faulty, twin = report.rebuild(True), report.rebuild(False)
    assert faulty.arguments.keys() == twin.arguments.keys()
    pairs = zip(faulty.model.state_dict().values(), twin.model.state_dict().values(), strict=True)
    same_tensors = all(torch.equal(one, other) for one, other in pairs)
    assert not (same_tensors and torch.equal(faulty.arguments["images"], twin.arguments["images"]))


def test_another_finding_that_the_fault_brings_about_does_not_count() -> None:
    row = judged(replace(reports()["fastbook_254"], cause="order of the channels"), SEEN)
    assert row["found"] == "no"
    assert "output-width" in row["others"]


def test_a_finding_that_the_twin_has_as_well_does_not_count_and_the_twin_is_called() -> None:
    report = reports()["fastbook_254"]
    row = judged(replace(report, rebuild=lambda faulty: report.rebuild(True)), SEEN)
    assert (row["found"], row["twin called"]) == ("no", "yes")


def test_the_summary_counts_each_half_and_names_what_was_missed_and_called() -> None:
    row = {"name": "one", "half": SEEN, "found": "no", "cause": "a cause", "others": "crop", "twin called": "yes"}
    text = table.summary([{**row, "twin": "aspect-ratio"}])
    assert "| seen | 1 | 0 (0 %) | 1 (100 %) |" in text
    assert "| one | seen | a cause | crop |" in text
    assert "| one | seen | aspect-ratio |" in text


def test_the_page_gives_the_figures_of_the_first_look() -> None:
    rows = list(csv.DictReader(FIRST_LOOK.read_text(encoding="utf-8").splitlines()))
    halves = half(row["name"] for row in rows)
    assert {row["name"]: row["half"] for row in rows} == halves
    page = (FIRST_LOOK.parents[2] / "docs" / "audit.md").read_text(encoding="utf-8")
    for part, before in ((SEEN, "| seen, after"), (HELD_OUT, "| **held out**")):
        [line] = [line for line in page.splitlines() if line.startswith(before)]
        some = [row for row in rows if row["half"] == part]
        found, called = (sum(row[column] == "yes" for row in some) for column in ("found", "twin called"))
        assert f"{found} of {len(some)}" in line
        assert f"{called} of {len(some)}" in line


@pytest.mark.parametrize("part", [LATER, LATEST])
def test_the_page_gives_the_figures_of_the_reports_of_a_later_look(part: str) -> None:
    rows = list(csv.DictReader((FIRST_LOOK.parent / f"{part}.csv").read_text(encoding="utf-8").splitlines()))
    assert {row["name"] for row in rows} == {name for name, of in parts().items() if of == part}
    page = (FIRST_LOOK.parents[2] / "docs" / "audit.md").read_text(encoding="utf-8")
    [line] = [line for line in page.splitlines() if line.startswith(f"| **{part}**")]
    found, called = (sum(row[column] == "yes" for row in rows) for column in ("found", "twin called"))
    assert f"{found} of {len(rows)}" in line
    assert f"{called} of {len(rows)}" in line
