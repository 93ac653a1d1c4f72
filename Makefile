# Each target installs what it needs first.
SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))
PYTHON ?= $(shell for name in python3.12 python3.11 python3; do \
	if $$name -c '$(SUPPORTED)' 2>/dev/null; then command -v $$name; break; fi; done)
ARGS ?=

.PHONY: help setup demo sweep sweep-real ui server report test test-long compat engines executors tracking lint upstream bench bench-peers bench-gpu torture claims reproduce docs clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

setup: $(VENV)/.installed ## install everything into .venv at the locked versions (each target does so first)

$(VENV)/.installed: requirements.lock pyproject.toml
	@"$(PYTHON)" -c '$(SUPPORTED)' 2>/dev/null \
		|| { echo "error: needs Python 3.11 or 3.12, found '$(PYTHON)'; name one with make PYTHON=..."; exit 2; }
	@echo "installing into $(VENV), once: about half a minute where packages are cached, minutes where they are not"
	@test -x $(BIN)/python || "$(PYTHON)" -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	@touch $@

demo: setup ## an answer within a minute: a hundred linear probes on real ImageNet weights
	@$(BIN)/harness -m +experiment=demo tracking=none $(ARGS)
	@echo "make sweep adds full fine-tuning, other optimizers and class counts, null pairs, a negative control, and MLflow"

sweep: setup ## the main study: train and compare create_model and a swapped head on real ImageNet weights
	$(BIN)/harness -m +experiment=gap $(ARGS)

sweep-real: setup ## the main study on real weights and images (needs HARNESS_ASSETS)
	$(BIN)/harness -m +experiment=gap_real $(ARGS)

ui: setup ## open all runs in the MLflow interface
	$(BIN)/harness ui $(ARGS)

server: setup ## start an MLflow server with PostgreSQL, for many runs at once
	$(BIN)/harness server $(ARGS)

report: setup ## rebuild the report of the main study from its records
	$(BIN)/harness report study=gap $(ARGS)

test: setup ## run the test suite, slow tests included, without the longest
	$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

test-long: setup ## run the longest tests, which make test leaves out
	$(BIN)/python -m pytest -m long $(ARGS)

compat: setup ## run the core tests with the lowest and with the newest versions that pyproject.toml allows
	$(BIN)/python -m tests.compat $(ARGS)

engines: setup ## run one study by one process, four, Slurm (a node fails) and Ray: equal records (Debian, root or sudo)
	$(BIN)/python -m tests.engines.prove $(ARGS)

executors: setup ## run the study on bundled weights under each executor and compare the records (half an hour)
	for name in sequential processes probe fused auto; do \
		$(BIN)/harness -m +experiment=gap_bundled executor=$$name threads=1 tracking=none study=gap_$$name || exit; done
	for name in processes probe fused auto; do \
		$(BIN)/harness compare a=runs/gap_sequential b=runs/gap_$$name to=results/executors/$$name.txt || exit; done

tracking: setup ## test an MLflow server that is slow, killed or unreachable, and ten thousand runs (needs PostgreSQL)
	$(BIN)/python -m tests.tracking.prove
	$(BIN)/python -m tests.tracking.many

lint: setup ## check style and types: ruff and mypy
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

upstream: setup ## pretrain the bundled weights again
	$(BIN)/python -m harness.dev.upstream $(ARGS)

bench: setup ## measure the harness against a bare loop and plain scripts (a quarter of an hour)
	$(BIN)/python -m harness.dev.bench $(ARGS)

bench-peers: setup ## time a real network beside a bare loop, timm's script, the Trainer and fastai (needs HARNESS_ASSETS; hours)
	$(BIN)/python -m harness.dev.bench.peers --out results/bench $(ARGS)

bench-gpu: setup ## measure on a CUDA device (eight minutes at most)
	$(BIN)/python -m harness.dev.bench.accelerator $(ARGS)

torture: setup ## kill sweeps more than a hundred times and compare the records with those of an undisturbed sweep
	$(BIN)/python -m tests.torture.sweep --kills 120 --runs 8 --out results/torture $(ARGS)
	$(BIN)/python -m harness.dev.bench.many_runs --out results/torture/many_runs.json

claims: setup ## test every claim again and write the page of verdicts (needs HARNESS_ASSETS)
	for study in $$(ls experiments/claims/*.yaml | grep -v _gpu); do name=$$(basename $$study .yaml); \
		$(BIN)/harness -m +experiment=claims/$$name $(ARGS) \
		&& $(BIN)/harness archive study=claims_$$name to=results/claims/$$name || exit; done
	$(BIN)/harness claims facts=true

reproduce: setup ## rebuild the committed reports from the committed records
	for study in results/*/study.json results/*/*/study.json; do folder=$$(dirname $$study); \
		$(BIN)/harness report out=$$(dirname $$folder) study=$$(basename $$folder) || exit; done
	$(BIN)/harness report out=results study=transfer_real to=results/transfer_real/by_strategy \
		arms=transfer,transfer.batchnorm baseline=transfer:full,transfer.batchnorm:train
	$(BIN)/harness report out=results study=norms to=results/norms/by_norm \
		arms=transfer.batchnorm,transfer.norm baseline=transfer.batchnorm:train,transfer.norm:keep
	$(BIN)/harness claims

docs: setup ## build the documentation as a site in site/ (no network needed)
	$(BIN)/python -m harness.dev.site
	$(BIN)/zensical build
	@echo "open site/index.html"

clean: ## remove what tests and tools leave behind (records stay)
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis
