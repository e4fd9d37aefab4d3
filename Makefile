# Everything runs in .venv, which `make` sets up by itself. PYTHON names another interpreter.
PYTHON ?= python3
BIN := .venv/bin
BACKENDS := .venv-backends
OLDEST := 3.14.0
export TF_CPP_MIN_LOG_LEVEL ?= 2

.PHONY: help demo test backends oldest lint format benchmark screenshot dist clean

help:  ## Say what there is to make.
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/installed  ## Search, train, test and export a network on handwritten digits.
	$(BIN)/tuners search --model resnet --data digits

# Two processes with one thread each; a file's tests stay together, for they share trained models.
test: export OMP_NUM_THREADS ?= 1
test: export TF_NUM_INTRAOP_THREADS ?= 1
test: lint  ## Run lint and all tests.
	$(BIN)/python -m pytest -n 2 --dist loadfile

backends: $(BACKENDS)/installed  ## Run the builders on JAX and torch, which it installs.
	$(BACKENDS)/bin/python -m pytest tests/recipes/test_backends.py

oldest: .keras-$(OLDEST)/installed  ## Run the graph check with the oldest Keras that is supported.
	PYTHONPATH=.keras-$(OLDEST) $(BIN)/python -m pytest \
	    tests/recipes/test_keras_compat.py tests/recipes/test_graph_corpus.py

lint: .venv/developed  ## Check style and format.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: .venv/developed  ## Bring all files into the format.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

benchmark: .venv/installed  ## Measure the figures that take minutes, and write their tables.
	$(BIN)/python -m benchmarks.digits
	$(BIN)/python -m benchmarks.norms
	$(BIN)/python -m benchmarks.builders
	$(BIN)/python -m benchmarks.graph_check
	$(BIN)/python -m benchmarks.graph_mutations
	$(BIN)/python -m benchmarks.graph_applications
	$(BIN)/python -m benchmarks.memory
	$(BIN)/python -m benchmarks.epochs
	$(BIN)/python -m benchmarks.tables

screenshot: .venv/developed  ## Take the pictures in docs/ anew.
	SCREENSHOT=docs/graph_check.png $(BIN)/python -m pytest tests/recipes/test_tensorboard_browser.py
	SCREENSHOT=docs/report.png $(BIN)/python -m pytest tests/tuners/test_report_browser.py

dist: .venv/developed  ## Build the wheel and the source distribution.
	$(BIN)/python -m build

clean:  ## Remove what was set up and built.
	rm -rf .venv $(BACKENDS) .keras-* build dist *.egg-info .pytest_cache .ruff_cache .hypothesis .coverage

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	$(PYTHON) -m venv .venv

.venv/installed: setup.cfg pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

.venv/developed: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

# torch comes from its index of CPU builds: the one on PyPI brings gigabytes of CUDA on Linux.
$(BACKENDS)/installed: setup.cfg pyproject.toml | .venv/bin/python
	$(BIN)/python -m venv $(BACKENDS)
	$(BACKENDS)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
	    --index-url https://download.pytorch.org/whl/cpu torch==2.13.0
	$(BACKENDS)/bin/python -m pip install --quiet --disable-pip-version-check \
	    --editable '.[dev,backends]'
	touch $@

.keras-$(OLDEST)/installed: | .venv/developed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
	    --target .keras-$(OLDEST) keras==$(OLDEST)
	touch $@
