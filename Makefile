# make demo    the main job on the sample data, from nothing to a report
# make test    all tests: without Qt, then the window: all of it on PyQt6, the stories on PyQt5 too
# make check   formatting, lints, types, floors: what CI runs after the tests
#
# TORCH_INDEX=URL takes torch, and nothing else, from another package index (PyTorch's own site offers CPU builds).

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
TORCH_INDEX ?=
gui = OMP_NUM_THREADS=1 QT_API=$(1) PYTEST_QT_API=$(1) $(BIN)/python scripts/on_virtual_screen.py $(BIN)/python -m pytest -m gui -q

.PHONY: demo test check install system system-display test-headless test-window test-stories test-gui clean

demo: system $(VENV)/.ready
	$(BIN)/kdland demo --out demo_output $(if $(DISPLAY)$(WAYLAND_DISPLAY),--window,)

test: system-display $(VENV)/.ready-dev
	$(MAKE) test-headless
	$(MAKE) -j2 --output-sync=target test-window test-stories

# The bindings are blocked: the whole journey must run without Qt. One process a core, each with one thread.
test-headless:
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -p no:pytest-qt -m "not gui" --block-qt -q -n auto --dist loadfile

# Side by side, each on a screen and a core of its own; the parts take about as long as each other.
test-window:
	$(call gui,pyqt6) tests/gui

# The day of trainings takes two minutes and hardly touches the binding: on PyQt5 it is for test-gui.
test-stories:
	$(call gui,pyqt6) tests/stories
	$(call gui,pyqt5) tests/stories --ignore=tests/stories/test_window_training.py

# Every test of the window on one binding: make test-gui QT=pyqt5
QT ?= pyqt5
test-gui:
	$(call gui,$(QT))

check: $(VENV)/.ready-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/validate-pyproject pyproject.toml
	$(BIN)/typos

install: $(VENV)/.ready-dev

system:
	$(PYTHON) scripts/system_libraries.py

system-display:
	$(PYTHON) scripts/system_libraries.py --display --browser

$(VENV)/.python: constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt pip
	@echo "Installing torch"
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt $(if $(TORCH_INDEX),--no-deps --index-url $(TORCH_INDEX),) torch
	@touch $@

$(VENV)/.ready: $(VENV)/.python pyproject.toml
	@echo "Installing napari-kdland and what it needs"
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e ".[pyqt5]"
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready
	@echo "Installing what the tests and checks need"
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e ".[pyqt5,pyqt6,dev]"
	@touch $@

clean:
	rm -rf $(VENV) demo_output build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
