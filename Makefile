# Everything a newcomer, a developer and CI do, by name. `make` alone lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Debian's Python comes without ensurepip; this wheel makes the environment without a manual step.
PIP_WHEEL := requirements/bootstrap/pip-26.3-py3-none-any.whl
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help run tour test check bench lock clean

help: ## this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: $(VENV)/.run ## start everything here: database, Temporal, mail catcher, worker, application
	@exec $(BIN)/python -m passerelle up

tour: $(VENV)/.run ## walk the whole path against the running system and prove each step
	@$(BIN)/python -m passerelle tour

test: $(VENV)/.test ## every test, with real servers that it starts and stops itself
	@$(BIN)/python -m pytest -n 2 --dist loadgroup

check: $(VENV)/.check ## lint, types, import contracts, templates
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/djlint --check --lint web/templates passerelle/mail/templates passerelle/embedded/mailcatcher/templates --quiet

bench: $(VENV)/.test ## measure against a bare Temporal workflow, in the same run
	@$(BIN)/python -m bench

lock: $(VENV)/.check ## renew the lock files from pyproject.toml
	@$(BIN)/python -m pip install --quiet uv
	@sh requirements/lock.sh $(BIN)/uv

clean: ## forget the virtual environment; the data under .passerelle/ stays
	@rm -rf $(VENV)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Passerelle needs Python 3.11 or later; set PYTHON=… to name one." if sys.version_info < (3, 11) else 0)'
	@echo "Making the virtual environment in $(VENV) …"
	@$(PYTHON) -m venv --without-pip $(VENV)
	@$(BIN)/python $(PIP_WHEEL)/pip install --quiet --no-index --no-deps $(PIP_WHEEL)

$(VENV)/.run $(VENV)/.test $(VENV)/.check: $(VENV)/.%: requirements/%.txt | $(VENV)/bin/python
	@echo "Installing what «make $*» needs (hash-checked) …"
	@$(BIN)/python -m pip install --quiet --require-hashes -r $<
	@touch $@
