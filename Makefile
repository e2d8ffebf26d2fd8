# Every command of WIJ. `make` alone shows them.
# The first command on a machine also makes .venv and fills it from requirements.lock; later ones only when that changed.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/ready
SUBJECTS := services shared clients examples chaos bench tests
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.12 --generate-hashes \
    --no-emit-index-url --no-annotate --no-header pyproject.toml

help: ## show these words
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  \033[1mmake %-12s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# ------------------------------------------------------------------------------------------------------ using it
up: $(READY) ## run all of WIJ on this machine: PostgreSQL, NATS, the four services, a mail sink
	@exec $(BIN)/wijd --target=all --embedded

demo: $(READY) ## play one household's story, on the running system or on one of its own
	@exec $(BIN)/python -m examples.demo

# --------------------------------------------------------------------------------------------------- changing it
check: format-check lint types contracts spelling test ## everything a change must pass; what CI runs

test: $(READY) ## the tests, with real PostgreSQL and NATS; says what was skipped, and why
	@$(BIN)/pytest -rs

chaos: $(READY) ## kill, stop and cut off everything under load, with four seeds (8 minutes); then look for what went wrong
	@$(BIN)/python -m chaos --seeds $(or $(SEED),1)-$(or $(SEED),4) --seconds 30

chaos-faults: $(READY) ## seed ten mistakes in the code, one by one, and see that each is found (8 minutes)
	@$(BIN)/python -m chaos --fault all

bench: $(READY) ## measure WIJ beside its peers, as it grows and when it is killed (more than an hour); prints tables, and what does not hold
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --requirement bench/requirements.lock
	@$(BIN)/python -m bench --keep

format: $(READY) ## put the code in its one form
	@$(BIN)/ruff format $(SUBJECTS)
	@$(BIN)/ruff check --fix-only --quiet $(SUBJECTS)

format-check: $(READY)
	@$(BIN)/ruff format --check $(SUBJECTS)

lint: $(READY) ## ruff, and dependencies that are missing or unused
	@$(BIN)/ruff check $(SUBJECTS)
	@$(BIN)/deptry $(SUBJECTS)

types: $(READY) ## mypy, strict
	@$(BIN)/mypy

contracts: $(READY) ## who may import whom
	@$(BIN)/lint-imports

spelling: $(READY) ## English spelling
	@$(BIN)/codespell

docs: $(READY) ## write the documents that are made from code: AsyncAPI, OpenAPI, JSON Schemas, the event catalogue, the promises
	@$(BIN)/python -m services.specification
	@$(BIN)/python -m chaos.promises

record: $(READY) ## write down what this version leaves behind, for later ones to live with; the last thing before a tag
	@$(BIN)/python -m tests.compat.record

lock: $(READY) ## choose the newest fitting version of every dependency, and pin it with its hashes
	@$(COMPILE) --upgrade --extra embedded --group dev --output-file requirements.lock
	@$(COMPILE) --constraints requirements.lock --output-file deploy/requirements.lock
	@$(COMPILE) --constraints requirements.lock --group bench --output-file bench/requirements.lock

# ------------------------------------------------------------------------------------------------------ proving it
restore-drill: $(READY) ## lose the database's disk, the streams, and an hour, and restore them as docs/operations.md says
	@$(BIN)/python -m chaos.restore --seed $(or $(SEED),1)

erasure-drill: $(READY) ## let terms pass, search every file for what was erased, and again after restoring an old backup (3 minutes)
	@$(BIN)/python -m chaos.erasing --seed $(or $(SEED),1)

chaos-ground: $(READY) ## cut, kill and upgrade a NATS cluster, fill disks, rotate credentials, under load (10 minutes)
	@failed=0; for ground in cluster disk credentials; do \
	    $(BIN)/python -m chaos.$$ground --seed $(or $(SEED),1) || failed=1; done; exit $$failed

chaos-overload: $(READY) ## ask ten times what it takes, with a slow database, and by a thousand who reconnect (6 minutes)
	@$(BIN)/python -m chaos.overload --seed $(or $(SEED),1)

chaos-rolling: $(READY) ## update everything under load, with a keeper and by turns; no request may be taken away (5 minutes)
	@$(BIN)/python -m chaos.rolling --seed $(or $(SEED),1)

chaos-director: $(READY) ## take plan away, and see that a household without a director is noticed within a minute (3 minutes)
	@$(BIN)/python -m chaos.undirected --seed $(or $(SEED),1)

# -------------------------------------------------------------------------------------------------- delivering it
image: $(READY) ## build the container image; the build itself needs no network
	@deploy/wheelhouse $(BIN)/python
	@docker build --file deploy/Dockerfile --tag wij:latest .

containers: image .env ## the same system as containers: PostgreSQL, NATS, and one container per service
	@docker compose up --detach --wait

.env:
	@deploy/new-env > $@ && echo 'Fresh passwords are in .env; it is yours alone and not part of the repository.'

clean: ## forget the environment, the local data and every cache
	@rm -rf $(VENV) .wij wheelhouse dist node_modules tests/contracts/asyncapi/node_modules
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ------------------------------------------------------------------------------------------------ the environment
# Python 3.12 or newer: the one .python-version names where a version manager knows it, else any that is new enough.
$(READY): requirements.lock pyproject.toml
	@test -x $(BIN)/python || { \
	    for python in python3 python3.13 python3.12 python3.14; do \
	        $$python -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null && break; python=; \
	    done; \
	    if [ -n "$$python" ]; then $$python -m venv $(VENV); \
	    elif command -v uv >/dev/null; then uv venv --quiet --seed --python '>=3.12' $(VENV); \
	    else echo 'WIJ needs Python 3.12 or newer. Install it (or uv, which fetches it) and run make again.' >&2; exit 1; \
	    fi; }
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --requirement requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

.PHONY: help up demo check test bench chaos chaos-faults restore-drill erasure-drill chaos-ground chaos-overload chaos-rolling chaos-director format format-check lint types contracts spelling docs \
    record lock image containers clean
