# Alongside. `make demo` and `make test` do all of their own set-up; everything they make is inside this folder.
# A fresh machine needs Python 3.11 or newer, git and make.

PORT ?= 8000
DATA ?= demo-data
VENV := .venv
BIN  := $(VENV)/bin

.PHONY: demo test lint bench soak picture lock clean help

help:
	@echo "make demo    run Alongside with a worked example on http://127.0.0.1:$(PORT)  (PORT=8123 DATA=dir)"
	@echo "make test    install what the tests need and run every one of them"
	@echo "make lint    ruff, mypy, import contracts, tsc and eslint"
	@echo "make bench   measure, beside other servers of its kind, and the working document beside open mode"
	@echo "make soak    the long versions: 100,000 hostile updates, 200 kills, 5,000 idle connections, robots in browsers, 30 minutes of misfortunes to three servers"

demo: $(VENV)/.ready-app
	@$(BIN)/alongside demo --data "$(DATA)" --port "$(PORT)"

# Three at once on two cores: one works while others wait for a browser, a server or a clock. The long files come first.
test: $(VENV)/.ready-app $(VENV)/.ready-tests
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

lint: $(VENV)/.ready-app $(VENV)/.ready-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python static/build_hook.py --check

bench: $(VENV)/.ready-app $(VENV)/.ready-tests
	$(BIN)/python -m tests.bench
	$(BIN)/python -m tests.bench.working
	$(BIN)/python -m tests.bench.histories

soak: $(VENV)/.ready-app $(VENV)/.ready-tests
	$(BIN)/python -m pytest -m full_size --timeout 3600
	$(BIN)/python -m tests.hostile --count 100000
	$(BIN)/python -m tests.crash --rounds 200
	$(BIN)/python -m tests.crash.idle --count 5000
	$(BIN)/python -m tests.faults --minutes 30

# The README's picture, from the running demo.
picture: $(VENV)/.ready-app $(VENV)/.ready-tests
	$(BIN)/python -m tests.browser.picture docs/screen.png

# New lock files after a change of pyproject.toml: hashes, and no registry's address.
lock:
	uv pip compile pyproject.toml --group build --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate -o requirements.txt
	uv pip compile pyproject.toml --group build --group dev --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate -o requirements-dev.txt

clean:
	rm -rf $(VENV) static/node_modules static/dist tests/clients/node_modules

$(VENV)/bin/python:
	@found=; for p in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
	  if "$$p" -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then found="$$p"; break; fi; \
	done; \
	if [ -z "$$found" ]; then echo "Alongside needs Python 3.11 or newer with its venv module (on Debian: apt-get install python3-venv)." >&2; exit 1; fi; \
	echo "Making $(VENV) with $$found"; "$$found" -m venv $(VENV)

$(VENV)/.packages: requirements.txt | $(VENV)/bin/python
	@echo "Installing packages (once, about a minute)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.txt
	@touch $@

$(VENV)/.ready-app: $(VENV)/.packages pyproject.toml static/package-lock.json $(shell find static/src static/css crdt/schema.json static/build_hook.py static/build.mjs -type f 2>/dev/null)
	@echo "Building the browser's code"
	@$(BIN)/python static/build_hook.py
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q server crdt sections
	@touch $@

$(VENV)/.ready-tests: requirements-dev.txt tests/clients/package-lock.json tests/set_up.py | $(VENV)/.packages
	@echo "Installing what the tests need (once, about a minute)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.txt
	@$(BIN)/python tests/set_up.py
	@touch $@
