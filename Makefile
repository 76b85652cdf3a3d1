# Two commands: `make run` and `make test`. Each sets up what it needs, in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
# Test files run side by side: most of a test is waiting for a server. In the order of the tree, the long ones come first.
WORKERS ?= 3

.PHONY: run test check bench figures screenshots lock clean

run: $(VENV)/.run
	@exec $(BIN)/foldspace up --demo --data data $(ARGS)

test: $(VENV)/.test check
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.test
	$(BIN)/python -m tests.bench $(ARGS)

figures: $(VENV)/.test
	$(BIN)/python -m tests.bench truth

screenshots: $(VENV)/.test
	$(BIN)/python -m tests.system.screenshots

lock: $(VENV)/.test
	$(BIN)/python -m pip install -q uv
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url pyproject.toml -o requirements/run.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --extra test pyproject.toml -o requirements/test.lock
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header --no-emit-index-url --extra postgres pyproject.toml -o requirements/deploy.lock

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "foldspace needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(BIN)/python pyproject.toml requirements/run.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements/run.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps -e .
	@touch $@

$(VENV)/.test: $(VENV)/.run requirements/test.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements/test.lock
	@touch $@

clean:
	rm -rf $(VENV) data .mypy_cache .ruff_cache .pytest_cache
