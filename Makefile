# Two commands matter: `make demo` grades a sample class from end to end, `make test` passes the tests.
# Both make the environment in .venv first, if it is not there. `make help` lists the rest.

# The first Python of this machine that runs and is new enough; `make demo PYTHON=...` names another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
  $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PRETTIER := npx --yes prettier@3.6.2 --log-level warn
TSC := npx --yes -p typescript@5.9.3 tsc
SCRIPTS = $$(git ls-files '*.js' '*.mjs')
# A file's tests share what takes long to make, so one worker runs them all.
FILES := --dist loadfile --no-loadscope-reorder
# Three workers for two cores: a third of the time a test waits, for a kernel, a browser or an installation.
# The fast tests do not wait.
WORKERS := -n 3 $(FILES)
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq

.DEFAULT_GOAL := help
.PHONY: help install demo test test-fast coverage lint format bench site release clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; name it: make demo PYTHON=/path/to/python3.11"; exit 2; }
	@echo "Making the environment in $(VENV) with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.course: pyproject.toml | $(BIN)/python
	@echo "Installing the course (numpy, matplotlib, jupyterlab, nbgrader, ...): a minute or two, once ..."
	@$(PIP) install --editable '.[course]'
	@touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	@echo "Installing the course and the test tools: a few minutes, once ..."
	@$(PIP) install --editable '.[dev,cluster]'
	@touch $@ $(VENV)/.course

install: $(VENV)/.course ## make the environment that demo uses

demo: $(VENV)/.course ## grade the sample class: release, grade, feedback, report
	@$(BIN)/autograder demo

test: $(VENV)/.dev ## run all the tests
	@$(BIN)/python -m pytest $(WORKERS) $(ARGS)

test-fast: $(VENV)/.dev ## run the tests that need no browser, sandbox, oracle or patience: under a minute
	@$(BIN)/python -m pytest -n 2 $(FILES) -m "not slow and not browser and not sandbox and not oracle" $(ARGS)

coverage: $(VENV)/.dev ## run all the tests and print which lines they do not reach
	@$(BIN)/python -m pytest $(WORKERS) --cov --cov-report=term:skip-covered $(ARGS)

lint: $(VENV)/.dev ## ruff (python and notebooks), mypy strict, codespell, the wording, prettier, tsc over the figures
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy
	@$(BIN)/codespell $$(git ls-files)
	@$(BIN)/python -m pytest -q tests/test_wording.py
	@if command -v npx >/dev/null; then $(PRETTIER) --check $(SCRIPTS) && $(TSC) -p convlib/widgets/jsconfig.json; \
	  else echo "prettier and tsc skipped: npm is not installed"; fi

format: $(VENV)/.dev ## put the code in the shape that lint asks for
	@$(BIN)/ruff check --fix-only --quiet . && $(BIN)/ruff format .
	@if command -v npx >/dev/null; then $(PRETTIER) --write $(SCRIPTS); fi

bench: $(VENV)/.dev ## measure: kernels, training, judge, grading, scale, figures, site
	@$(BIN)/python -m tests.benchmarks $(ARGS)

site: $(VENV)/.dev ## build the book into notebooks/.build/html
	@$(BIN)/autograder site

release: $(VENV)/.course ## make the students' version of every lesson
	@$(BIN)/autograder release

clean: ## remove what the commands made, but no submission, grade or environment
	@rm -rf .demo notebooks/.build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
