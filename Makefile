# Everything a person can do here; `make` alone lists it.
.DEFAULT_GOAL := help
.PHONY: help run test pytest set-up lint format docs dbt-docs lock dev spark fuzz torture attack benchmark clean

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
COMPILE := $(UV) pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --python-version 3.11 --upgrade
# what builds the environment: a change of it makes the next command build it again
SET_UP := $(VENV)/.set-up
CYCLE ?= sample-2022
RUNS ?= 20000
ROUNDS ?= 160
MINUTES ?= inf
SEED ?= 0
BENCHMARK_RUNS ?= 5

help: ## list these targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

run: set-up ## set up, make the sample cycles, refresh and publish them
	@$(BIN)/pmm sample
	@$(BIN)/pmm refresh --all --reason "make run"
	@$(BIN)/pmm status

test: set-up ## set up and run all tests: lint, types, Python, dbt unit tests
	@$(MAKE) --no-print-directory lint pytest

# files in the folder's order: by number of tests, which is xdist's order, those with the few long ones would come last
pytest: set-up ## the tests without lint and types
	@$(BIN)/pytest -n auto --dist=loadfile --no-loadscope-reorder

set-up: $(SET_UP) dbt_project/target/manifest.json ## the environment, from the locked requirements

$(SET_UP): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v < (3, 14) else "Python 3.11, 3.12 or 3.13 is needed; say which: make PYTHON=python3.12 ...")'
	@test -x $(UV) || { $(PYTHON) -m venv $(VENV) && $(BIN)/python -m pip --quiet --disable-pip-version-check install "uv>=0.13,<0.14"; }
	@echo "Installing the locked packages into $(VENV)"
	@$(UV) pip sync --quiet --python $(BIN)/python --compile-bytecode requirements.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q orchestration
	@touch $@

dbt_project/target/manifest.json: $(SET_UP) $(shell find dbt_project -name target -prune -o -type f -print)
	@$(BIN)/python -m orchestration.warehouse.dbt

lint: set-up ## style, types, dependencies, and what a dbt model is like here
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/deptry . > .lint.log 2>&1 || { cat .lint.log; exit 1; }
	@$(BIN)/sqlfluff lint --disable-progress-bar --nocolor dbt_project/models dbt_project/tests expectations > .lint.log || { cat .lint.log; exit 1; }
	@$(BIN)/dbt-bouncer run --config-file dbt_project/dbt-bouncer.yml > .lint.log 2>&1 || { cat .lint.log; exit 1; }

format: set-up ## format Python and SQL
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format --quiet .
	@$(BIN)/sqlfluff fix --disable-progress-bar --nocolor --quiet dbt_project/models dbt_project/tests expectations

docs: set-up ## make the pages of docs/ that repeat what stands elsewhere
	@$(BIN)/python -m orchestration.cli.pages

lock: set-up ## resolve the requirements anew, with hashes and without host names
	@$(COMPILE) --group dev pyproject.toml --output-file requirements.txt
	@$(COMPILE) --group pyproject.toml:spark --output-file orchestration/spark/requirements.txt

dbt-docs: set-up ## dbt's pages of models and lineage, for CYCLE=sample-2022, in warehouse/dbt_docs/
	@$(BIN)/python -m orchestration.cli.dbt_docs $(CYCLE)

dev: set-up ## Dagster's pages: assets, checks, partitions, schedule and sensor; with the pages that they link to
	@$(BIN)/python -m orchestration.defs.history
	@$(BIN)/pmm pages & pages=$$!; trap "kill $$pages 2>/dev/null" EXIT INT TERM; VIRTUAL_ENV="$(CURDIR)/$(VENV)" PATH="$(CURDIR)/$(BIN):$$PATH" DAGSTER_HOME="$${PMM_HOME:-$(CURDIR)}" $(BIN)/dg dev

spark: .venv-spark/.set-up ## the marts of all built cycles (or CYCLES="...") on Spark too, and every row compared with DuckDB's
	@.venv-spark/bin/python -m orchestration.spark $(CYCLES)

.venv-spark/.set-up: orchestration/spark/requirements.txt $(SET_UP)
	@echo "Installing Spark into .venv-spark"
	@$(UV) venv --quiet --clear --python $(BIN)/python .venv-spark
	@$(UV) pip sync --quiet --python .venv-spark/bin/python --compile-bytecode orchestration/spark/requirements.txt
	@$(UV) pip install --quiet --python .venv-spark/bin/python --no-deps --no-build-isolation --editable .
	@touch $@

fuzz: set-up ## read mutated files (RUNS=20000 of them), and say which the program failed on
	@$(BIN)/python -W ignore -m tests.fuzz --runs $(RUNS)

torture: set-up ## kill, starve and damage refreshes at random (ROUNDS=160, about two hours; at most MINUTES), and see what is there afterwards
	@$(UV) venv --quiet --clear .venv-duckdb-1.1 && $(UV) pip install --quiet --no-config --python .venv-duckdb-1.1/bin/python duckdb==1.1.0
	@$(BIN)/python -W ignore -m tests.torture.readers --old .venv-duckdb-1.1/bin/python
	@$(UV) venv --quiet --clear .venv-clock && $(UV) pip install --quiet --no-config --python .venv-clock/bin/python libfaketime==3.0.1
	@$(BIN)/python -W ignore -m tests.torture --rounds $(ROUNDS) --minutes $(MINUTES) --seed $(SEED) --clock $$(find "$(CURDIR)/.venv-clock" -name "libfaketime.so.1")

attack: set-up ## try all attacks on the current publication's files (about ten minutes), and say what they find
	@$(BIN)/python -W ignore -m tests.publication

benchmark: set-up .venv-spark/.set-up ## measure (BENCHMARK_RUNS=5): commands, 24 stored cycles against one, ten million answers; into benchmarks/RESULTS.md
	@$(BIN)/python -m benchmarks --runs $(BENCHMARK_RUNS) --output benchmarks/RESULTS.md
	@$(UV) venv --quiet --clear .venv-engines && $(UV) pip install --quiet --no-config --python .venv-engines/bin/python polars==2.1.0 numpy pyarrow $$($(UV) pip freeze --python $(BIN)/python | grep -E "^(duckdb|pandas)==")
	@$(BIN)/python -m benchmarks.compiled .venv-engines/models
	@.venv-engines/bin/python -m benchmarks.engines --runs $(BENCHMARK_RUNS) --models .venv-engines/models --spark .venv-spark/bin/python | tee -a benchmarks/RESULTS.md

clean: ## remove what was made: environment, warehouse, sample submissions
	@rm -rf .venv .venv-* warehouse dbt_project/target raw/cycles/sample-*/submissions raw/cycles/sample-*/received
