"""Every finding: its positive control is found under its own name; the healthy twin, looked at likewise, has none."""

from __future__ import annotations

import pytest
import timm

from harness.diagnose.audit import check
from harness.diagnose.audit.examine import FINDINGS
from harness.spec.variants import load_variant, variants
from tests.unit.diagnose.audit.controls import control
from tests.unit.diagnose.audit.lab import Lab


@pytest.mark.parametrize("name", variants(FINDINGS))
def test_a_fault_is_found_and_its_healthy_twin_has_none(name: str, lab: Lab) -> None:
    faulty, healthy, severity = control(name)(lab)
    identity = name.replace("_", "-")

    found = [finding for finding in check(**faulty).findings if finding.id == identity]
    assert found, f"{identity}: the positive control was not found"
    severities = {finding.severity for finding in found}
    assert severity in severities
    assert severities <= set(load_variant(FINDINGS, name).declaration.severities)  # type: ignore[attr-defined]
    assert all(finding.seen and finding.why and finding.fix for finding in found)

    twin = check(**healthy)
    assert identity not in twin.ids
    assert identity in twin.checked, [each for each in twin.unchecked if each.id == identity]


def test_no_dropout_can_be_asked_for(lab: Lab) -> None:
    model = lab.pretrained("test_vit", drop_path_rate=0.3)

    found = {finding.id: finding for finding in check(model, num_classes=7, rates={"drop_path_rate": 0.0}).findings}

    assert "largest at work is 0.3" in found["drop-rate-without-effect"].seen
    twin = timm.create_model("test_vit", num_classes=7)
    assert "drop-rate-without-effect" not in check(twin, num_classes=7, rates={"drop_path_rate": 0.0}).ids
