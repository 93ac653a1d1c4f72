"""What is secret is blotted out, and what only looks alike stays."""

from __future__ import annotations

import pytest

from harness.spec.errors import RequestError
from harness.spec.secret import redacted
from harness.study.request import parse


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("tracking.uri=http://me:s3cr@t/x@host:5000", "tracking.uri=http://me:***@host:5000"),
        ("postgresql+psycopg2://me:s3cret@db/runs", "postgresql+psycopg2://me:***@db/runs"),
        ("https://s3cret@host", "https://***@host"),
        ("http://host/?token=s3cret&page=2", "http://host/?token=***&page=2"),
        ("data.kwargs.token=s3cret", "data.kwargs.token=***"),
        ("{'password': 's3cret'}", "{'password': ***}"),
        ("read hf_s3cretS3cretS3cretS3cret here", "read hf_*** here"),
    ],
)
def test_a_secret_is_blotted_out(text: str, shown: str) -> None:
    assert redacted(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "tracking.uri=http://127.0.0.1:5000",
        "backbone.kwargs.class_token=true",
        "recipe.lr=1e-3,3e-3 seed=range(0,8)",
        "sqlite:////srv/me@home/mlflow.db",
        "data.groups=(person\\d+)",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redacted(text) == text


def test_a_token_among_the_settings_of_a_run_is_refused() -> None:
    data = {"name": "huggingface", "set": "owner/name", "kwargs": {"token": "s3cret"}}
    with pytest.raises(RequestError) as refused:
        parse({"data": data})
    [fault] = refused.value.faults
    assert fault.startswith("data.kwargs.token: would be kept in every record")
    assert "s3cret" not in fault
