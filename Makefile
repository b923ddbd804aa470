# Everything a fresh machine needs is Python 3.11+ and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
# Environments of their own: Google's libraries want other versions of two packages, the emulator of more.
BIGQUERY := .venv-bigquery
EMULATOR := .venv-bqemulator
METRICS  := .venv-metrics

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-crash test-many mutants test-bigquery test-bigquery-many setup-bigquery test-metrics lint lock clean

help: ## what there is to make
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(STAMP) ## a virtual environment in .venv with the locked packages and the ledgerhouse command

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	  || { echo "ledgerhouse needs Python 3.11 to 3.13; name one with: make setup PYTHON=python3.12"; exit 2; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: setup ## load the three simulated systems into ledgerhouse-demo.duckdb and build the models
	@$(BIN)/ledgerhouse demo

test: setup ## the whole default test suite
	$(BIN)/python -m pytest

test-crash: setup ## kill loads at ten moments and compare the warehouses; about a minute
	$(BIN)/python -m pytest -m crash -n 0

test-many: setup ## ten thousand random documents against the oracle, and the unit tests by dbt itself
	$(BIN)/python -m pytest -m many --dist load

setup-bigquery: $(BIGQUERY)/.installed $(EMULATOR)/.installed

$(BIGQUERY)/.installed: requirements-bigquery.lock
	$(PYTHON) -m venv --clear $(BIGQUERY)
	$(BIGQUERY)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements-bigquery.lock
	$(BIGQUERY)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(EMULATOR)/.installed: tests/bigquery/requirements-emulator.lock
	$(PYTHON) -m venv --clear $(EMULATOR)
	$(EMULATOR)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r $<
	@mkdir -p $(EMULATOR)/home
	HOME=$(CURDIR)/$(EMULATOR)/home $(EMULATOR)/bin/python -c "from duckdb_extensions import import_extension; import_extension('spatial')"
	@touch $@

test-bigquery: setup-bigquery ## loads and models on an emulator of BigQuery and on Google's SQL analyzer
	$(BIGQUERY)/bin/python -m pytest -m 'bigquery and not many' -n 2 --dist loadgroup tests/bigquery

test-bigquery-many: setup-bigquery ## the models' unit tests on Google's executor; five minutes
	$(BIGQUERY)/bin/python -m pytest -m 'bigquery and many' -n 0 tests/bigquery

$(METRICS)/.installed: tests/dbt/requirements-metrics.lock
	$(PYTHON) -m venv --clear $(METRICS)
	$(METRICS)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r $<
	@touch $@

test-metrics: setup $(METRICS)/.installed ## the metrics as MetricFlow answers them; two minutes
	$(BIN)/python -m pytest -m metrics -n 0 tests/dbt

mutants: setup ## put a hundred faults into the models' SQL, one by one: would the tests notice?
	$(BIN)/python tests/dbt/dbt_mutation.py --count 100

lint: setup ## ruff, mypy, import-linter, sqlfluff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint dbt_models --processes 2

lock: ## pin every dependency again, with hashes and without addresses
	$(BIN)/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-strip-extras --no-header --quiet -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --extra dev --extra bigquery --extra bigquery-test --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-strip-extras --no-header --quiet -o requirements-bigquery.lock
	$(BIN)/uv pip compile tests/bigquery/requirements-emulator.in --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-strip-extras --no-header --quiet -o tests/bigquery/requirements-emulator.lock
	$(BIN)/uv pip compile tests/dbt/requirements-metrics.in -c requirements.lock --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-strip-extras --no-header --quiet -o tests/dbt/requirements-metrics.lock

clean: ## remove what make and the demo made
	rm -rf $(VENV) $(BIGQUERY) $(EMULATOR) $(METRICS) build dist *.egg-info ledgerhouse-demo.duckdb* dbt_models/target dbt_models/logs
