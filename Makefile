# Three commands matter: `make e2e` runs the main job and shows it, `make test` passes the tests, `make gate` judges the accuracy.
# Each installs what it needs.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:

PYTHON ?= $(shell command -v python3.11 || command -v python3)
# On Linux PyPI's torch brings CUDA (several GB); set this to PyTorch's index of CPU wheels to avoid it.
TORCH_INDEX_URL ?=
# A torch from another index carries a local version, such as 2.13.0+cpu, that the plain pin accepts.
TORCH := $(if $(TORCH_INDEX_URL),--index-url $(TORCH_INDEX_URL)) torch==2.13.0

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
TERRAFORM := scripts/terraform -chdir=infra/terraform
MODEL := build/model/spec.json
SOURCES := raglite lambda local scripts tests
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: help
help:  ## list the targets
	@grep -hE '^[a-z0-9_-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

# --- set-up: each stamp is newer than everything it was made from ------------------------------------------------

.venv/.product: pyproject.toml constraints.txt
	@echo "setting up .venv (the first time takes a few minutes)"
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) install --upgrade pip==26.1
	$(PIP) install -c constraints.txt $(TORCH)
	$(PIP) install -c constraints.txt -e '.[service,ingest,model]' --group twin --group test
	@touch $@

.venv/.lint: .venv/.product
	$(PIP) install -c constraints.txt --group lint
	@touch $@

.venv-emulator/.installed: local/constraints.txt
	@echo "setting up .venv-emulator"
	test -x .venv-emulator/bin/python || $(PYTHON) -m venv .venv-emulator
	.venv-emulator/bin/python -m pip --disable-pip-version-check -q install -c local/constraints.txt ministack boto3 docker
	@touch $@

$(MODEL): .venv/.product raglite/adapters/sentence_embedder.py raglite/ingestion/chunking.py
	$(BIN)/python -m raglite.adapters.sentence_embedder --out build/model
	@touch $@

.PHONY: setup
setup: .venv/.product .venv-emulator/.installed $(MODEL)  ## install everything the product and the twin need

# --- what people and CI run --------------------------------------------------------------------------------------

.PHONY: e2e
e2e: setup  ## upload -> event -> Lambda -> task -> index -> MCP answer, on this machine (DOCS=, QUESTIONS=, KEEP=1)
	DOCS='$(DOCS)' QUESTIONS='$(QUESTIONS)' KEEP='$(KEEP)' $(BIN)/python -m pytest \
	  $(addprefix tests/integration/test_,$(addsuffix .py,e2e versions traces dashboards privacy audit)) -v --no-header

REPORT ?= gate
BASELINE ?= $(if $(DOCS),,tests/data/baselines/generated.json)

.PHONY: gate
gate: setup  ## the accuracy gate on a generated corpus, or on DOCS= and QUESTIONS= held against BASELINE=
	CORPUS=gate REPORT=$(REPORT) DOCS='$(DOCS)' QUESTIONS='$(QUESTIONS)' BASELINE='$(BASELINE)' KEEP='$(KEEP)' \
	  $(BIN)/python -m pytest tests/integration/test_gate.py -v --no-header

.PHONY: bulk
bulk: setup  ## 500 (N=) small documents uploaded at once: all in their right state, few tasks at a time, nothing lost
	REPORT=bulk N='$(N)' KEEP='$(KEEP)' $(BIN)/python -m pytest tests/integration/test_bulk.py -v --no-header

.PHONY: bench
bench: setup  ## the benchmarks `ingestion` (a long filing and its next version; ROUNDS=3) and `overhead` (telemetry on a question)
	mkdir -p build/bench
	ROUNDS='$(ROUNDS)' $(BIN)/python -m pytest tests/load -v -s --no-header --benchmark-json=build/bench/ingestion.json

.PHONY: hostile
hostile: setup  ## every faulty and hostile file through the whole path: in its right state, in time, harming nobody (KEEP=1)
	REPORT=hostile KEEP='$(KEEP)' $(BIN)/python -m pytest tests/integration/test_hostile.py -v -s --no-header

SEED ?= 1
RUNS ?= 15
JOBS ?= 1

.PHONY: faults
faults: setup  ## random changes and faults, played on real processes and judged by invariants (SEED=1 RUNS=15 JOBS=1)
	PYTHONPATH=lambda $(BIN)/python -m tests.faults --seed $(SEED) --runs $(RUNS) --jobs $(JOBS)

.PHONY: alarms-live
alarms-live: setup  ## alarms end to end: real faults in the twin, the message of a subscriber, the canary (KEEP=1)
	REPORT=alarms-live KEEP='$(KEEP)' $(BIN)/python -m pytest tests/integration/test_alarms.py -v -s --no-header

OUT ?= build/dashboards/index.html

.PHONY: dashboards
dashboards: setup  ## the deployed dashboards as one page, drawn from the running twin's data (OUT=build/dashboards/index.html)
	exports="$$($(BIN)/python -m local env)"; eval "$$exports"; $(BIN)/python -m scripts.dashboards --out '$(OUT)'

.PHONY: alarms
alarms: .venv/.product  ## every alarm's own fault, played on the alarms that Terraform plans: it fires and no other (build/alarms/matrix.md)
	mkdir -p build/alarms
	$(TERRAFORM) init -backend=false -input=false >/dev/null
	$(TERRAFORM) test -json -verbose -filter=tests/estate.tftest.hcl >build/alarms/estate.jsonl
	$(BIN)/raglite alarms test $(filter-out %/healthy.toml,$(wildcard tests/data/alarms/*.toml)) \
	  --plan build/alarms/estate.jsonl --matrix build/alarms

.PHONY: test
test: setup  ## unit and contract tests, coverage of raglite/ at least 85 %
	mkdir -p build/coverage
	$(BIN)/python -m pytest tests/unit tests/contracts -n 2 --dist loadfile \
	  --cov=raglite --cov-report=term:skip-covered --cov-report=xml:build/coverage/coverage.xml --cov-fail-under=85

.PHONY: check
check: .venv/.lint  ## formatting, lint, types, imports, structure, Terraform
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry raglite
	$(BIN)/python -m pytest tests/unit/test_structure.py -q -s --no-header
	$(TERRAFORM) fmt -check -recursive
	$(TERRAFORM) init -backend=false -input=false >/dev/null
	$(TERRAFORM) validate
	$(TERRAFORM) test

.PHONY: format
format: .venv/.lint  ## format and fix what can be fixed
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)
	$(TERRAFORM) fmt -recursive

.PHONY: up down status
up: setup  ## start the twin and leave it running
	$(BIN)/python -m local up
down:  ## stop the twin
	$(BIN)/python -m local down
status:  ## what of the twin is running
	$(BIN)/python -m local status

.PHONY: clean
clean:  ## remove everything that was made here, environments included
	test ! -x $(BIN)/python || $(BIN)/python -m local down || true
	rm -rf build .local .venv .venv-emulator .mypy_cache .ruff_cache .pytest_cache .hypothesis raglite_aws.egg-info
