"""Sending records to a real MLflow store, and reading them back through MLflow's own client."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from harness.execution.mlflow import client as client_module
from harness.execution.mlflow import queued
from harness.execution.mlflow import store as store_module
from harness.execution.mlflow.client import TrackingError
from harness.execution.mlflow.experiment import newest_study
from harness.execution.mlflow.settings import Location, Settings, locate
from harness.execution.mlflow.store import Store
from harness.execution.mlflow.sync import sync
from harness.records.store import rounded

mlflow = pytest.importorskip("mlflow")

from tests.unit.execution.mlflow.sent import runs_of, sweep  # noqa: E402 - imports MLflow

Make = Callable[..., dict[str, Any]]
DEAD = "http://127.0.0.1:9"


def test_a_sweep_reads_back(
    settings: Settings, study: dict[str, Any], tmp_path: Path, records: list[dict[str, Any]]
) -> None:
    state, array_state = random.getstate(), np.random.get_state()[1].tolist()
    tracker = sweep(settings, study, tmp_path / "runs" / "gap", records)
    assert random.getstate() == state, "tracking draws no random numbers that a run could miss"
    assert np.random.get_state()[1].tolist() == array_state
    client, [parent], children = runs_of(settings)

    by_id = {run.data.tags["harness.run_id"]: run for run in children}
    assert set(by_id) == {record["run_id"] for record in records}
    assert {run.data.tags["mlflow.parentRunId"] for run in children} == {parent.info.run_id}
    record = records[4]
    run = by_id[record["run_id"]]
    assert run.info.run_name == "swap_head keep lr=0.001 s1"
    assert run.info.status == "FINISHED"
    assert run.info.end_time - run.info.start_time == 10_000
    assert run.data.params["creation"] == "swap_head"
    assert run.data.metrics["test_top1"] == record["metrics"]["top1"]
    assert run.data.metrics["initial_loss"] == 2.9
    assert run.data.tags["configuration"] == "swap_head keep lr=0.001"
    assert run.data.tags["method"] == "swap_head"
    assert run.data.tags["version.timm"] == "1.0.31"
    assert run.data.tags["mlflow.source.git.commit"] == "abc123"
    history = client.get_metric_history(run.info.run_id, "val_loss")
    curve = [(entry["step"], rounded(entry["val_loss"])) for entry in record["curve"]]
    assert sorted((point.step, point.value) for point in history) == curve

    files = {entry.path for entry in client.list_artifacts(run.info.run_id)}
    assert files == {"spec.json", "initial_diagnostics.json", "data.json", "statistics.json"}
    table = Path(client.download_artifacts(run.info.run_id, "statistics.json", str(tmp_path)))
    assert len(json.loads(table.read_text(encoding="utf-8"))["data"]) == len(record["statistics"])

    inputs = {entry.tags[0].value: entry.dataset for entry in run.inputs.dataset_inputs}
    assert inputs["training"].name == "digits"
    assert inputs["training"].digest == inputs["validation"].digest == record["data"]["split_hash"]
    assert inputs["testing"].digest == record["data"]["test_hash"]

    assert parent.info.status == "FINISHED"
    assert parent.data.metrics == {"gap": 12.0}
    note = parent.data.tags["mlflow.note.content"]
    assert note.startswith("There is a **gap**.\n\n")
    assert note.endswith("Claim: It is there.")
    assert client.get_experiment_by_name("gap").tags["mlflow.note.content"] == note
    assert {entry.path for entry in client.list_artifacts(parent.info.run_id)} == {"report.md", "figures"}
    assert [entry.path for entry in client.list_artifacts(parent.info.run_id, "figures")] == ["figures/map.svg"]
    tags = client.get_experiment_by_name("gap").tags
    assert tags["mlflow.experimentKind"] == "custom_model_development"

    assert len(tracker.run_seconds) == len(records)
    assert sum(tracker.run_seconds) < tracker.seconds


def test_a_description_by_hand_stays(settings: Settings, study: dict[str, Any], study_folder: Path) -> None:
    """And one that we wrote gives way to the next answer."""
    note = "mlflow.note.content"
    client, experiment = None, ""
    for answer, now in (("First.", "First."), ("Second.", "Second."), ("Third.", "By hand.")):
        if now == "By hand.":
            client.set_experiment_tag(experiment, note, now)
        store = Store(locate(settings.uri), study, study_folder)
        store.answer([answer], {}, [])
        client, [parent], _ = runs_of(settings)
        experiment = parent.info.experiment_id
        assert client.get_experiment(experiment).tags[note].startswith(now)
        assert parent.data.tags[note].startswith(answer)


def test_sync_asks_for_the_answer_where_the_store_has_none(settings: Settings, study_folder: Path) -> None:
    asked = []

    def lines() -> list[str]:
        asked.append(1)
        return ["There is a gap."]

    sync(study_folder, settings, lines)
    sync(study_folder, settings, lines)
    assert len(asked) == 1
    client, [parent], _ = runs_of(settings)
    assert parent.data.tags["mlflow.note.content"].startswith("There is a gap.")
    assert client.get_experiment(parent.info.experiment_id).tags["mlflow.note.content"].startswith("There is a gap.")


def test_the_newest_study_is_found_among_others(
    settings: Settings, study: dict[str, Any], study_folder: Path, make_record: Make, tmp_path: Path
) -> None:
    client = mlflow.MlflowClient(settings.uri)
    client.create_experiment("of somebody else")
    assert newest_study(client) is None
    for name, hour in (("gap", 12), ("older", 9)):
        store = Store(locate(settings.uri), {**study, "name": name}, tmp_path / name)
        store.send(make_record("create_model", 0, hour=hour))
    assert newest_study(client) == client.get_experiment_by_name("gap").experiment_id


def test_a_second_sweep_adds_only_what_is_new(
    settings: Settings, study: dict[str, Any], tmp_path: Path, records: list[dict[str, Any]], make_record: Make
) -> None:
    folder = tmp_path / "runs" / "gap"
    sweep(settings, study, folder, records)
    again = sweep(settings, study, folder, [*records, make_record("create_model", 9)])
    assert len(again.run_seconds) == 1
    _, parents, children = runs_of(settings)
    assert len(parents) == 1, "a sweep that goes on keeps its parent"
    assert len(children) == len(records) + 1


def test_status_and_successors(settings: Settings, study: dict[str, Any], tmp_path: Path, make_record: Make) -> None:
    failed = make_record("create_model", 0, status="failed")
    diverged = make_record("create_model", 1, status="diverged")
    later = make_record("create_model", 0, hour=11)
    sweep(settings, study, tmp_path / "runs" / "gap", [failed, diverged, later])
    _, _, children = runs_of(settings)
    found = {(run.data.tags["status"], run.info.status) for run in children}
    assert found == {("failed", "FAILED"), ("diverged", "FINISHED"), ("finished", "FINISHED")}
    ids = {run.data.tags["status"]: run for run in children}
    assert ids["failed"].data.tags["harness.superseded"] == ids["finished"].info.run_id
    assert "harness.superseded" not in ids["diverged"].data.tags


def test_a_half_sent_run_is_completed(
    settings: Settings,
    study: dict[str, Any],
    tmp_path: Path,
    records: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "runs" / "gap"
    with monkeypatch.context() as broken:
        broken.setattr("harness.execution.mlflow.store.write_files", lambda *_: 1 / 0)
        sweep(settings, study, folder, records[:1])
    assert "test_top1" not in runs_of(settings)[2][0].data.metrics
    sweep(settings, study, folder, records[:1])
    [child] = runs_of(settings)[2]
    assert child.data.metrics["test_top1"] == records[0]["metrics"]["top1"]


def test_a_run_sent_by_an_earlier_version_gets_the_names_of_today(
    settings: Settings, study: dict[str, Any], study_folder: Path, records: list[dict[str, Any]]
) -> None:
    """Beside its own; nothing of it is lost or there twice, and it is told once."""
    sync(study_folder, settings)
    client, _, children = runs_of(settings)
    [old] = [run for run in children if run.data.tags["harness.run_id"] == records[0]["run_id"]]
    points = len(client.get_metric_history(old.info.run_id, "val_top1"))
    for tag in ("method", "configuration"):
        client.delete_tag(old.info.run_id, tag)
    client.set_tag(old.info.run_id, "cell", "create_model keep lr=0.001")
    assert sync(study_folder, settings) == 0
    new = client.get_run(old.info.run_id)
    assert new.data.tags["method"] == "create_model"
    assert new.data.tags["configuration"] == new.data.tags["cell"] == "create_model keep lr=0.001"
    assert len(client.get_metric_history(old.info.run_id, "val_top1")) == points
    assert len(runs_of(settings)[2]) == len(records)


def test_more_than_one_page_and_more_than_one_batch(
    settings: Settings,
    study: dict[str, Any],
    tmp_path: Path,
    records: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client_module, "PAGE", 2)
    monkeypatch.setattr(client_module, "METRICS", 20)
    monkeypatch.setattr(client_module, "PARAMS", 5)
    folder = tmp_path / "runs" / "gap"
    sweep(settings, study, folder, records)
    assert sweep(settings, study, folder, records).run_seconds == []
    child = runs_of(settings)[2][0]
    assert len(child.data.params) > 15
    assert "timing_total_s" in child.data.metrics, "the last of the metrics"


def test_sync_sends_each_record_once(settings: Settings, study_folder: Path, records: list[dict[str, Any]]) -> None:
    assert sync(study_folder, settings) == len(records)
    assert sync(study_folder, settings) == 0
    assert len(runs_of(settings)[2]) == len(records)


def test_a_dead_server_costs_little_and_raises_nothing(
    settings: Settings,
    study: dict[str, Any],
    study_folder: Path,
    records: list[dict[str, Any]],
    capfd: pytest.CaptureFixture[str],
) -> None:
    started = time.perf_counter()
    tracker = sweep(Settings(uri=DEAD), study, study_folder, records)
    assert time.perf_counter() - started < 3
    assert tracker.run_seconds == []
    line = capfd.readouterr().err.splitlines()[-1]
    assert DEAD in line
    assert "harness sync study=gap out=" in line
    assert f"tracking.uri={DEAD}" in line
    assert sync(study_folder, settings) == len(records), "nothing is lost"


def test_sync_to_a_dead_server_says_so(study_folder: Path) -> None:
    with pytest.raises(TrackingError, match=f"MLflow at {DEAD} failed"):
        sync(study_folder, Settings(uri=DEAD))


def test_a_server_that_restarts_gets_what_it_missed(
    settings: Settings,
    study: dict[str, Any],
    study_folder: Path,
    records: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """It fails in the middle of a record, is away for three attempts, and answers again."""
    complete, connect = Store._complete, store_module.connect
    sends, connects = [], []

    def dies(store: Store, *arguments: Any) -> str:
        sends.append(store)
        if len(sends) == 3:
            store._create(arguments[0])
            raise OSError("connection reset\nmore about it")
        return complete(store, *arguments)

    def away(location: Location) -> Any:
        connects.append(location)
        if 1 < len(connects) <= 4:
            raise TrackingError("Connection refused")
        return connect(location)

    monkeypatch.setattr(queued, "RETRY_SECONDS", 0.0)
    monkeypatch.setattr(Store, "_complete", dies)
    monkeypatch.setattr(store_module, "connect", away)
    sweep(settings, study, study_folder, records, lasts=3)
    children = runs_of(settings)[2]
    assert sorted(run.data.tags["harness.run_id"] for run in children) == sorted(r["run_id"] for r in records)
    assert all(store_module.SENT in run.data.tags for run in children)
    assert "answers again; 4 runs sent" in capfd.readouterr().err.splitlines()[-1]
    assert sync(study_folder, settings) == 0


def test_a_record_that_is_refused_keeps_none_away(
    settings: Settings,
    study: dict[str, Any],
    study_folder: Path,
    records: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    complete, poison = Store._complete, sorted(record["run_id"] for record in records)[2]

    def refuses(store: Store, record: dict[str, Any], *arguments: Any) -> str:
        if record["run_id"] == poison:
            raise ValueError("INVALID_PARAMETER_VALUE")
        return complete(store, record, *arguments)

    monkeypatch.setattr(queued, "RETRY_SECONDS", 0.0)
    monkeypatch.setattr(Store, "_complete", refuses)
    sweep(settings, study, study_folder, records)
    assert len(runs_of(settings)[2]) == len(records) - 1
    assert f"refuses {poison} (INVALID_PARAMETER_VALUE)" in capfd.readouterr().err
    with pytest.raises(TrackingError, match=rf"0 runs sent; .* refuses 1 \({poison}: INVALID_PARAMETER_VALUE\)"):
        sync(study_folder, settings)


def test_senders_of_one_study_send_each_record_once(
    settings: Settings, study: dict[str, Any], study_folder: Path, records: list[dict[str, Any]]
) -> None:
    """Both have listed what is there before either has sent anything."""
    location = locate(settings.uri)
    one, other = (Store(location, study, study_folder) for _ in range(2))
    assert [one.send(record) for record in records] == [True] * len(records)
    assert [other.send(record) for record in records] == [False] * len(records)
    assert len(runs_of(settings)[2]) == len(records)


def test_a_run_that_was_made_twice_is_there_once(
    settings: Settings, study: dict[str, Any], study_folder: Path, records: list[dict[str, Any]]
) -> None:
    """The server made a run and its answer was lost, so it was asked again: the second one is not left behind."""
    store = Store(locate(settings.uri), study, study_folder)
    for _ in range(2):
        store._create(records[0])
    assert store.send(records[0])
    store.send(records[1])
    store._create(records[1])
    assert len(runs_of(settings)[2]) == 3
    assert sync(study_folder, settings) == len(records) - 2
    assert sorted(run.data.tags["harness.run_id"] for run in runs_of(settings)[2]) == sorted(
        record["run_id"] for record in records
    )


def test_what_is_sent_at_once_is_what_is_sent_later(
    settings: Settings, study: dict[str, Any], study_folder: Path, make_record: Make
) -> None:
    """A record in memory has more digits than the one on disk; the store is not to tell which of them it got."""
    record = make_record("create_model", 0)
    record["metrics"]["loss"] = 1 / 3
    Store(locate(settings.uri), study, study_folder).send(record)
    assert runs_of(settings)[2][0].data.metrics["test_loss"] == rounded(1 / 3)


def test_the_end_of_a_sweep_does_not_wait_for_ever(
    settings: Settings,
    study: dict[str, Any],
    study_folder: Path,
    records: list[dict[str, Any]],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    answer = threading.Event()
    monkeypatch.setattr(queued, "LAST_SECONDS", 0.1)
    monkeypatch.setattr(queued, "LAST_SECONDS_EACH", 0.0)
    monkeypatch.setattr(queued, "Store", lambda *_: answer.wait())
    tracker = sweep(settings, study, study_folder, records)
    assert tracker.run_seconds == []
    told = capfd.readouterr().err
    answer.set()
    assert "not all was sent within 0.1 s" in told
    assert "harness sync study=gap" in told
