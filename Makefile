# Everything a checkout needs. `make demo` and `make test` set up their own environment in .venv from the
# locked, hashed requirements, and again only when those change.

.DEFAULT_GOAL := help
.PHONY: help demo test bench native lock clean run-env dev-env

VENV := .venv
BIN := $(VENV)/bin
# A Python of your own choice: make test PYTHON=python3.13
PYTHON ?=

CHECKS := "ruff check ." "ruff format --check ." "mypy" "lint-imports" "python -m pytest"

BENCHMARKS := benchmarks/speed.py benchmarks/memory.py benchmarks/cli.py

help:
	@echo "make demo    analyze a shipped trace, write its report, replay it"
	@echo "make test    tests, ruff, mypy, import contracts, the README's commands"
	@echo "make bench   speed, memory and the command's time, apart from the tests"
	@echo "make native  build the C side of our wire format, for the virtual sensor"
	@echo "make lock    pin the dependencies of pyproject.toml again (UPGRADE=1 for newer releases)"
	@echo "make clean   remove what the others made, the environment included"

demo: run-env
	@$(BIN)/kickback demo

test: dev-env
	@failed=; \
	for check in $(CHECKS); do \
	    echo "== $$check"; \
	    $(BIN)/$$check || failed="$$failed, $$check"; \
	done; \
	test -z "$$failed" || { echo "make test: failed:$${failed#,}" >&2; exit 1; }

bench: dev-env
	@set -e; for script in $(BENCHMARKS); do echo "== $$script"; $(BIN)/python $$script; done

# CC of your own choice: make native CC=clang
native: dev-env
	@$(BIN)/python -c 'import sys; from imu import c_wire; print(c_wire.build(sys.argv[1]))' $(CC)

# Leaves in $$python the first interpreter that can make the environment.
define find_python
	python=; \
	for p in $(PYTHON) $(if $(PYTHON),,python3 python3.14 python3.13 python3.12 python3.11 python); do \
	    if $$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
	    then python=$$p; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	    echo "Kickback needs Python 3.11 or newer with its venv module; none was found$(if $(PYTHON), at $(PYTHON))." >&2; \
	    echo "On Debian and Ubuntu: apt-get install python3-venv. Or name one: make PYTHON=python3.13 ..." >&2; \
	    exit 1; \
	fi
endef

# $(1): the lock to install. Its stamp holds a sum of what was installed, and where.
define set_up
	@set -e; \
	sum="$$({ cat $(1) pyproject.toml; pwd; } | cksum)"; \
	if [ -x $(BIN)/python ] && [ "$$(cat $(VENV)/$(1).stamp 2>/dev/null)" = "$$sum" ]; then exit 0; fi; \
	if ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
	    $(find_python); \
	    echo "Setting up $(VENV) with $$($$python --version)"; \
	    $$python -m venv --clear $(VENV); \
	fi; \
	echo "Installing $(1) (a minute or two the first time)"; \
	$(BIN)/python -m pip install --disable-pip-version-check --no-input -q --require-hashes -r $(1); \
	$(BIN)/python -m pip install --disable-pip-version-check --no-input -q --no-deps --no-build-isolation -e .; \
	echo "$$sum" > $(VENV)/$(1).stamp
endef

run-env:
	$(call set_up,requirements.txt)

dev-env:
	$(call set_up,requirements-dev.txt)

UV := build/uv/bin/uv
COMPILE = $(UV) pip compile pyproject.toml --quiet --universal --python-version 3.11 --fork-strategy fewest \
    --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header $(if $(UPGRADE),--upgrade)

lock:
	@set -e; \
	if [ ! -x $(UV) ]; then \
	    $(find_python); \
	    $$python -m venv --clear build/uv; \
	    build/uv/bin/python -m pip install --disable-pip-version-check -q uv; \
	fi; \
	$(COMPILE) --group build -o requirements.txt; \
	$(COMPILE) --group build --group dev -c requirements.txt -o requirements-dev.txt; \
	grep -c -- == requirements.txt requirements-dev.txt

clean:
	rm -rf $(VENV) build dist out kickback-demo .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
