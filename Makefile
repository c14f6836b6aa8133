PYTHON ?= python3
VENV ?= .venv
CONSTRAINTS ?= constraints.txt
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
LEDGER ?= runs/demo.sqlite
RIVALS := $(VENV)/.rivals

.DEFAULT_GOAL := help
.PHONY: help demo test slow deep lint format cover docs bench findings clean

help:  ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

$(STAMP): pyproject.toml $(CONSTRAINTS)
	test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint $(CONSTRAINTS) --editable '.[dev]'
	@find backtests signals strategies -name '*.nb[ic]' -delete  # compiled code that names modules as they were
	@touch $@

$(RIVALS): $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint $(CONSTRAINTS) --editable '.[bench]'
	@touch $@

demo: $(STAMP)  ## run the study on the embedded, synthetic demo market; writes runs/demo/, its trials to LEDGER
	mkdir -p runs
	$(BIN)/unlockstep run --data demo --out runs/demo --ledger $(LEDGER) --force

test: $(STAMP)  ## run the test suite
	$(BIN)/python -m pytest -n auto --dist loadfile -m 'not slow and not deep'

slow: $(STAMP)  ## run what CI runs besides: the browser, the findings, the release, small calibrations
	$(BIN)/python -m pytest -n auto -m 'slow and not deep'

deep: $(STAMP)  ## run what simulates long: error rates, every future at every cut, leaks on many paths, many kills
	$(BIN)/python -m pytest -n auto -m deep

lint: $(STAMP)  ## style, docstrings, strict types, and the documentation with its links
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m sphinx -q -W --keep-going -b html docs runs/site

docs: $(STAMP)  ## generate the reference from the code, build the documentation into runs/site; warnings are errors
	$(BIN)/python -m docs.generate_reference
	$(BIN)/python -m sphinx -q -W --keep-going -b html docs runs/site

format: $(STAMP)  ## rewrite to the style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

cover: $(STAMP)  ## the tests of make test, and which lines and branches they reach
	$(BIN)/python -m pytest -n auto --dist loadfile -m 'not slow and not deep' --cov --cov-report=term-missing

bench: $(RIVALS)  ## measure speed and memory beside other backtesters; writes docs/benchmarks.md
	$(BIN)/python -m benchmarks

findings: $(STAMP)  ## run the studies on the folders that UNLOCKSTEP_MARKET and _UNIVERSE name; writes docs/findings.md (pictures take Chromium)
	$(BIN)/python -m findings

clean:  ## remove the environment, caches and runs
	rm -rf $(VENV) runs .pytest_cache .mypy_cache .ruff_cache .hypothesis
