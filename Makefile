# Two commands on a new machine with python3 (>= 3.11) and make:   make demo   ·   make test
# Everything made here stays in .venv, .cache, build and dist (and the demo's own folder); `make clean` removes it.
.DEFAULT_GOAL := help
.PHONY: help demo test bench chaos lint lock clean venv assets

PYTHON ?= python3
BIN := .venv/bin
ROOMS := definitions workflow audit store notifications exchange language shapes web khuyencong
export HYPOTHESIS_STORAGE_DIRECTORY := $(CURDIR)/.cache/hypothesis
# Tests start hundreds of processes, and each would read every module from its source where this is set.
export PYTHONDONTWRITEBYTECODE :=

# In CI a skipped test is a failed one (tests/conftest.py).
ifeq ($(CI),true)
export KHUYENCONG_CI := 1
endif

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: assets ## build a sandbox and show it
	$(BIN)/khuyencong demo

test: lint assets ## lint, the whole test suite, then the built wheel in a clean environment
	$(BIN)/pytest -n 2 -o cache_dir=.cache/pytest
	$(BIN)/python tools/try_wheel.py

bench: venv ## measure the software beside the least it could cost and its peers (ARGUMENTS="--help")
	$(BIN)/python -m benchmarks $(ARGUMENTS)

chaos: venv ## kill schedulers, restart databases, spoil mail; kill every use case at every point (ARGUMENTS="--help")
	$(BIN)/python -m tests.ordeal $(ARGUMENTS)

lint: venv ## ruff, mypy --strict, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict
	$(BIN)/mypy --strict tools
	$(BIN)/lint-imports --cache-dir .cache/import-linter

lock: venv ## resolve requirements.lock again from pyproject.toml
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --all-extras --generate-hashes \
		--no-header --no-emit-index-url --no-annotate --output-file requirements.lock pyproject.toml

clean: ## remove what make made
	rm -rf web/static/vendor .venv .cache build dist .demo .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find $(ROOMS) benchmarks tests tools -name __pycache__ -type d -prune -exec rm -rf {} +

assets: venv
	@$(BIN)/python tools/fetch_assets.py

venv:
	@$(PYTHON) tools/bootstrap.py
