# The two commands most people need are `make run` and `make test`. Needs Python 3.11 or newer; everything else is
# installed into .venv from the lock files, and again only when one of them has changed.

PYTHON ?= python3
PORT ?= 8501
ARGS ?=
BENCH ?= first_page recipients quote send receipts

VENV := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
PY := $(BIN)/python
INSTALL := $(PY) -m pip install --quiet --no-input --disable-pip-version-check
BABEL := $(BIN)/pybabel -q
LOCALE := smsget/locale
LOCK := CUSTOM_COMPILE_COMMAND="make lock" $(PY) -m piptools compile --quiet --strip-extras --annotation-style=line \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options

.PHONY: help run test crash lint format bench screenshots translations lock
.DEFAULT_GOAL := help

help: ## list what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -e 's/:.*##/ -/' -e 's/^/make /'

run: $(VENV)/.app ## start the dashboard on http://127.0.0.1:8501 (another port: make run PORT=8600)
	$(PY) -m streamlit run app.py --server.port $(PORT)

test: $(VENV)/.dev ## run every test (a part: make test ARGS="tests/test_i18n.py")
	$(PY) -m pytest $(ARGS)

crash: $(VENV)/.dev ## kill, freeze and starve the engine at random, 300 rounds (fewer: make crash CRASH_ROUNDS=20)
	CRASH_ROUNDS=$${CRASH_ROUNDS:-300} $(PY) -m pytest tests/crash $(ARGS)

lint: $(VENV)/.dev ## check style and types
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy

format: $(VENV)/.dev ## put the code into its one format
	$(PY) -m ruff check --fix
	$(PY) -m ruff format

bench: $(VENV)/.dev ## measure everything beside its peers, for half an hour (one: make bench BENCH=recipients ARGS="--rounds 3")
	@set -e; for each in $(BENCH); do echo "bench/$$each.py"; $(PY) bench/$$each.py $(ARGS); done

screenshots: $(VENV)/.dev ## take the README's pictures of every page again
	$(PY) docs/screenshots.py $(ARGS)

# No dates, no line numbers, sorted: a catalogue changes only where a sentence did. Guessed ("fuzzy") translations are
# worse than missing ones, which tests/test_i18n.py names.
translations: $(VENV)/.dev ## collect new sentences into the catalogues, and compile them
	@mkdir -p build
	$(BABEL) extract -F babel.cfg -k n_:1,2 --sort-output --add-location=file --width=120 -o build/smsget.pot .
	$(BABEL) update -D smsget -i build/smsget.pot -d $(LOCALE) --no-fuzzy-matching --ignore-obsolete \
		--ignore-pot-creation-date --width=120
	$(BIN)/pybabel compile -D smsget -d $(LOCALE) --statistics

lock: $(VENV)/.dev ## after a change of requirements: pin the exact versions again (newer ones: make lock ARGS=--upgrade)
	$(INSTALL) pip-tools
	$(LOCK) $(ARGS) --output-file requirements.lock requirements.txt
	$(LOCK) $(ARGS) --extra dev --constraint requirements.lock --output-file requirements-dev.lock pyproject.toml

# The stamps are newer than the lock they were installed from; a changed lock installs again.
$(VENV)/.app: requirements.lock | $(VENV)/pyvenv.cfg
	@echo "Installing what the dashboard needs into $(VENV); the first time takes a few minutes."
	@$(INSTALL) -r requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock | $(VENV)/pyvenv.cfg
	@echo "Installing what the tests need into $(VENV); the first time takes a few minutes."
	@$(INSTALL) -r requirements-dev.lock
	@touch $@ $(VENV)/.app

$(VENV)/pyvenv.cfg:
	@command -v $(PYTHON) >/dev/null 2>&1 || { \
		echo "Python 3.11 or newer is needed, and there is no command '$(PYTHON)'. Get it from https://www.python.org," \
			"or name the one you have: make run PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed, and '$(PYTHON)' is `$(PYTHON) --version 2>&1`." \
			"Name a newer one: make run PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "This Python cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
