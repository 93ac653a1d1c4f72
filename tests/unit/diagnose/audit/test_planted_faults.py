"""Every finding: planted, it is found under its own name; its healthy twin, looked at in the same way, has none."""

from __future__ import annotations

import pytest

from harness.diagnose.audit import check
from harness.diagnose.audit.examine import FINDINGS
from harness.spec.variants import variants
from tests.unit.diagnose.audit import planted
from tests.unit.diagnose.audit.lab import Lab


@pytest.mark.parametrize("name", variants(FINDINGS))
def test_planted_and_healthy(name: str, lab: Lab) -> None:
    faulty, healthy, severity = getattr(planted, name)(lab)
    identity = name.replace("_", "-")

    found = [finding for finding in check(**faulty).findings if finding.id == identity]
    assert found, f"{identity} was planted and not found"
    assert severity in {finding.severity for finding in found}
    assert all(finding.seen and finding.why and finding.fix for finding in found)

    twin = check(**healthy)
    assert identity not in twin.ids
    assert identity in twin.checked, [each for each in twin.unchecked if each.id == identity]
