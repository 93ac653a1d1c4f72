"""Models of transformers by their name on a hub: the library's own loader, against a server of the hub's addresses."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

transformers = pytest.importorskip("transformers")

COMMIT = "0123456789abcdef0123456789abcdef01234567"
BUILD = """
import json, sys
from harness.model.build import build
from harness.spec.errors import RequestError
from harness.spec.spec import Spec

found = {}
for name in sys.argv[1:]:
    fields = {"backbone": {"library": "transformers", "name": name}, "weights": {"name": "hub"}, "data": {"size": 32}}
    try:
        built = build(Spec.model_validate({**fields, "creation": {"name": "transformers"}}), 7)
    except RequestError as refused:
        found[name] = str(refused)
    else:
        verified = built.verification
        found[name] = [type(built.model).__name__, verified.loaded, verified.expected, built.preprocessing.std[0]]
print(json.dumps(found))
"""
"""In a process of its own: huggingface_hub reads its address once, when it is imported."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a hub with a model, one without a configuration and a gated one; its cache is empty."""
    root = tmp_path_factory.mktemp("hub")
    small = {"hidden_size": 48, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 96}
    config = transformers.ViTConfig(**small, patch_size=8, image_size=32, num_labels=5)
    transformers.ViTForImageClassification(config).save_pretrained(root / "acme/tiny")
    transformers.ViTImageProcessor(image_mean=[0.5] * 3, image_std=[0.25] * 3).save_pretrained(root / "acme/tiny")
    (root / "acme/empty").mkdir()

    class Hub(BaseHTTPRequestHandler):
        """`/OWNER/NAME/resolve/main/FILE`, with the headers by which the hub tells what is wrong."""

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def _answer(self, body: bool) -> None:
            owner, name, resolve, _, *file = [*self.path.strip("/").split("/"), "", "", ""][:5]
            path = root / owner / name / "/".join(file)
            data, status, told = b"", 404, {"X-Error-Code": "EntryNotFound"}
            if name in ("gated", "nothing"):
                status, told = 401, {"X-Error-Code": "GatedRepo" if name == "gated" else "RepoNotFound"}
            elif resolve == "resolve" and path.is_file():
                data, status = path.read_bytes(), 200
                told = {"X-Repo-Commit": COMMIT, "ETag": f'"{hashlib.sha256(data).hexdigest()}"'}
            self.send_response(status)
            for key, value in {**told, "Content-Length": str(len(data))}.items():
                self.send_header(key, value)
            self.end_headers()
            if body:
                self.wfile.write(data)

        def log_message(self, *arguments: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    Thread(target=server.serve_forever, daemon=True).start()
    home = tmp_path_factory.mktemp("cache")
    yield {
        **os.environ,
        "HF_ENDPOINT": f"http://127.0.0.1:{server.server_port}",
        "HF_HOME": str(home),
        "HF_HUB_OFFLINE": "0",
    }
    server.shutdown()
    server.server_close()


def test_a_model_is_fetched_by_its_name_and_what_is_not_given_is_told_in_a_line(served: dict[str, str]) -> None:
    """It lies in the cache afterwards, in the hub's layout, from where it is read for verification."""
    names = ["acme/tiny", "acme/nothing", "acme/gated", "acme/empty"]
    found = _built(served, names)
    assert found["acme/tiny"] == ["ViTForImageClassification", 38, 38, pytest.approx(0.25, abs=1e-6)]
    assert found["acme/nothing"].startswith(f"weights: acme/nothing is not at {served['HF_ENDPOINT']}, or is private")
    assert found["acme/gated"].startswith("weights: acme/gated is given to those alone who accepted its terms")
    assert found["acme/empty"].startswith("weights: acme/empty ")
    assert not any("\n" in told for told in found.values() if isinstance(told, str))
    cached = Path(served["HF_HOME"]) / "hub" / "models--acme--tiny" / "snapshots" / COMMIT
    assert {"config.json", "model.safetensors", "preprocessor_config.json"} <= {file.name for file in cached.iterdir()}


def _built(environment: dict[str, str], names: list[str]) -> dict[str, list[object] | str]:
    done = subprocess.run(
        [sys.executable, "-c", BUILD, *names], env=environment, capture_output=True, text=True, timeout=600, check=True
    )
    found: dict[str, list[object] | str] = json.loads(done.stdout)
    return found


def test_without_a_network_a_name_that_is_not_cached_ends_in_one_line(served: dict[str, str], tmp_path: Path) -> None:
    choices = ["backbone.library=transformers", "backbone.name=acme/other", "weights=hub", "creation=transformers"]
    done = subprocess.run(
        [sys.executable, "-m", "harness", *choices, f"out={tmp_path}"],
        env={**served, "HF_HUB_OFFLINE": "1"}, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert [line for line in lines if "Traceback" in line] == []
    assert "weights: acme/other is not in the cache and the hub cannot be reached" in done.stderr
