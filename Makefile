# linkroll: what a day needs. `make help` lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
LOCAL  := -e . -e ./sdk -e ./sandbox $(patsubst %/pyproject.toml,-e ./%,$(wildcard plugins/*/pyproject.toml))
STAMP  := $(VENV)/.installed
DATA   ?= data

.PHONY: help install run demo test soak check lint types boundaries schema-check sbom-check format schema catalogue lock sbom audit bench clean

help: ## list the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: $(STAMP) ## build the environment (.venv) and nothing else

$(STAMP): requirements/dev.txt pyproject.toml sdk/pyproject.toml sandbox/pyproject.toml $(wildcard plugins/*/pyproject.toml)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "linkroll needs Python 3.11 or later (PYTHON=$(PYTHON))." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "Python cannot make virtual environments here. On Debian: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv 2>/dev/null || echo "uv cannot be had, going on with pip" >&2
	@if test -x $(BIN)/uv; then \
	  $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/dev.txt && \
	  $(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation $(LOCAL); \
	else \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt && \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation $(LOCAL); \
	fi
	@touch $@

run: install ## start the server with the sandbox platforms; Ctrl-C stops everything
	@exec $(BIN)/linkroll serve --sandbox --data-dir $(DATA)

demo: install ## tell the whole story against a live server, checking each step
	@$(BIN)/linkroll demo

test: install ## run the whole suite (real PostgreSQL, real HTTP on loopback)
	@$(BIN)/pytest -n 2 --dist worksteal

soak: install ## the tests that go on for long: thousands of rounds, hundreds of deaths, the large packages (an hour)
	@LINKROLL_SOAK=1 $(BIN)/pytest -n 2 --dist worksteal -m soak

check: install lint types boundaries schema-check sbom-check audit ## lint, types, boundaries, schema file and bill of materials up to date, known holes

lint:
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@! grep -lE '://' requirements/*.txt || { echo "a lock file names a host" >&2; exit 1; }

types:
	@$(BIN)/mypy server sdk/linkroll_sdk
	@for plugin in meta facebook instagram tiktok youtube; do $(BIN)/mypy plugins/$$plugin/linkroll_$$plugin || exit 1; done
	@$(BIN)/mypy sandbox/linkroll_sandbox

boundaries:
	@$(BIN)/lint-imports --no-cache

schema-check:
	@$(BIN)/linkroll schema | diff -u schema.graphql - || { echo "schema.graphql is out of date: make schema" >&2; exit 1; }
	@$(BIN)/linkroll catalogue | diff -u docs/reference/metrics.md - || { echo "docs/reference/metrics.md is out of date: make catalogue" >&2; exit 1; }

sbom-check:
	@$(BIN)/python requirements/sbom.py | diff -u requirements/sbom.json - || { echo "requirements/sbom.json is out of date: make sbom" >&2; exit 1; }

format: install ## put the code into shape
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

schema: install ## write schema.graphql from the code
	@$(BIN)/linkroll schema > schema.graphql

catalogue: install ## write docs/reference/metrics.md from the plugins
	@$(BIN)/linkroll catalogue > docs/reference/metrics.md

lock: install ## resolve the requirements anew, with hashes
	@for name in build runtime otel dev; do \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	    requirements/$$name.in -o requirements/$$name.txt || exit 1; done

sbom: install ## write requirements/sbom.json, the bill of materials, from the lock file
	@$(BIN)/python requirements/sbom.py > requirements/sbom.json

audit: install ## look for known holes in what is locked; says so where there is no network
	@$(BIN)/python requirements/audit.py

bench: install ## linkroll beside what one would write by hand, as ratios of one run
	@$(BIN)/python -m benchmarks

clean: ## remove the environment and caches; data stays
	@rm -rf $(VENV) .mypy_cache .ruff_cache .hypothesis
