# make demo    the main job on the sample data, from nothing to a report
# make test    all tests: without Qt, then the window on PyQt5 and on PyQt6
# make check   formatting, lints, types, floors: what CI runs after the tests
#
# TORCH_INDEX=URL takes torch from another package index (PyTorch's own site offers CPU builds).

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
TORCH_INDEX ?=
XVFB := $(BIN)/python scripts/on_virtual_screen.py

.PHONY: demo test check install system system-display test-headless test-gui test-gui-pyqt5 test-gui-pyqt6 clean

demo: system $(VENV)/.ready
	$(BIN)/kdland demo --out demo_output $(if $(DISPLAY)$(WAYLAND_DISPLAY),--window,)

test: system-display $(VENV)/.ready-dev
	$(MAKE) test-headless
	$(MAKE) -j2 --output-sync=target test-gui-pyqt5 test-gui-pyqt6

# The bindings are blocked: the whole journey must run without Qt. One process a core, each with one thread.
test-headless:
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -p no:pytest-qt -m "not gui" --block-qt -q -n auto --dist loadfile

# Both bindings side by side, each on a screen and a core of its own.
test-gui-pyqt5 test-gui-pyqt6: test-gui-%:
	OMP_NUM_THREADS=1 QT_API=$* PYTEST_QT_API=$* $(XVFB) $(BIN)/python -m pytest -m gui -q

test-gui:
	$(MAKE) test-gui-$(QT)

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
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX),) torch
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
