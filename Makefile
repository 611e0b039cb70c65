# Needs python3 (3.11 or newer), git and make. `make help` lists what there is.

PYTHON ?= python3
BIN    := .venv/bin
STAMP  := .venv/.installed
LOCK   := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
          --no-header --no-annotate --no-emit-index-url --quiet

# Whoever sets this pays for compiling everything in each of the many processes that tests start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := install
.PHONY: install demo test check bench faults snapshots systems format lock clean help

install: $(STAMP) ## create .venv and install what the locks pin (the default)

$(STAMP): requirements/dev.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-build-isolation --no-deps --no-index -e .
	@touch $@

demo: install ## plan, apply, drift and heal desired/ against the embedded sandbox; leaves plan.html
	$(BIN)/reconciler demo

test: check ## everything the project promises, in at most 7 minutes on 2 cores
	$(BIN)/python -m pytest --quiet -n 3 --dist worksteal

check: install ## lint, format, types and import rules (file and function sizes: tests/unit/test_house.py)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install ## print requests, CPU and memory of a large plan beside their floors
	$(BIN)/python -m tests.bench

faults: install ## kill -9 at 40 seeded points, and more lost answers; counts printed
	RECONCILER_FAULT_POINTS=40 $(BIN)/python -m pytest --quiet -n 2 tests/faults tests/e2e/test_lost_replies.py tests/property/test_term_rosters.py

snapshots: install ## rewrite the snapshots of the reports; read the difference before committing it
	$(BIN)/python -m pytest --quiet --snapshot-update tests/snapshot

systems: install ## rewrite docs/systems.md from what the drivers declare
	$(BIN)/python -m tests.systems

format: install ## format and mend what ruff can mend by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## pin again after pyproject.toml changed (needs uv on PATH; add UPGRADE=--upgrade for newer releases)
	$(LOCK) $(UPGRADE) --output-file requirements/runtime.txt
	$(LOCK) $(UPGRADE) --all-extras --constraint requirements/runtime.txt --output-file requirements/dev.txt

clean: ## remove .venv, caches and reports, never a ledger
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache plan.html
	find reconciler tests -type d -name __pycache__ -prune -exec rm -rf {} +

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile
