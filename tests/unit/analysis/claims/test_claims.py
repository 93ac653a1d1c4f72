"""Every claim is there, whatever speaks to it names one that is, and the page shows them all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from harness.analysis.claims.evidence import claims, gather
from harness.analysis.claims.library import FACTS, measure, read
from harness.analysis.claims.page import entries, publish
from harness.analysis.expectation import Expectation
from harness.spec.fingerprint import fingerprint_function
from harness.spec.paths import configuration_folder
from harness.spec.variants import load_variant, variants
from tests.committed import committed

STUDIES = sorted((configuration_folder() / "experiment" / "claims").glob("*.yaml"))
NUMBERS = {claim.number for claim in claims()}


def expectations() -> Iterator[Expectation]:
    for file in STUDIES:
        for each in OmegaConf.load(file).comparison.expects:
            yield Expectation.model_validate(OmegaConf.to_container(each))


def test_the_documents_hold_thirty_three_claims() -> None:
    assert set(range(1, 34)) == NUMBERS


@pytest.mark.parametrize("file", STUDIES, ids=lambda file: file.stem)
def test_a_claims_study_predicts_something_and_bears_its_files_name(file: Path) -> None:
    content = OmegaConf.load(file)
    assert content.study == f"claims_{file.stem}"
    assert len(content.comparison.expects) > 0
    assert "Refuted" in file.read_text(encoding="utf-8")


def test_functions_of_a_studys_own_can_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(configuration_folder().parent)
    found = {
        each for file in STUDIES for each in re.findall(r"creation\.target: (\S+)", file.read_text(encoding="utf-8"))
    }
    assert found
    assert all(map(fingerprint_function, found))


def test_predictions_are_about_known_claims_and_each_says_something_of_its_own() -> None:
    told = [(each.claim, each.says) for each in expectations()]
    assert {number for number, _ in told} <= NUMBERS
    assert len(told) == len(set(told))


def test_a_claim_that_nothing_speaks_to_says_why() -> None:
    spoken = {each.claim for each in expectations()} | {22, 23, 24, 25, 26, 27, 33}
    assert all(claim.untried for claim in claims() if claim.number not in spoken)


@pytest.mark.long
def test_facts_of_the_installed_release(tmp_path: Path) -> None:
    assert measure(tmp_path) == len(read(tmp_path))
    assert measure(tmp_path) == len(read(tmp_path)), "a second measurement replaces the first"
    facts = {(row["says"], row["on"]): row["so"] for row in read(tmp_path)}
    assert facts["without pretrained=True, the overlay's file is loaded", "resnet18"] == "False"
    assert facts["features_only with checkpoint_path fails", "resnet18"] == "True"
    assert facts["a new instance keeps it", "vit_tiny_patch16_224"] == "True"
    assert {int(row["claim"]) for row in read(tmp_path)} <= NUMBERS


def test_every_fact_is_a_variant() -> None:
    assert all(load_variant(FACTS, name) for name in variants(FACTS))


def test_the_committed_page_is_that_of_the_committed_evidence(tmp_path: Path) -> None:
    results = committed()
    written = publish(entries(gather(results, results / "claims")), tmp_path)
    for name, path in written.items():
        assert path.read_text(encoding="utf-8") == (results / "claims" / name).read_text(encoding="utf-8")
