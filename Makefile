# Lablet Cloud Manager. `make` lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PACKAGES := lcm-core control-plane-api resource-scheduler worker-controller lablet-controller simulators local-stack
UI := control-plane-api/ui
DATA ?= .data
# Every process of a stack imports the same libraries: compiled once, they start several times faster.
export PYTHONDONTWRITEBYTECODE :=
STACK := $(BIN)/python -m local_stack --data $(DATA)

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-16s %s\n", $$1, $$2}'

.PHONY: setup
setup: $(VENV)/.installed simulators/identity/node_modules/.installed $(UI)/dist/index.html ## Virtual environment, locked dependencies, UI build

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "python3-venv is missing: apt-get install python3-venv"; exit 1; }
	@$(BIN)/pip install --quiet --disable-pip-version-check uv==0.13.9

$(VENV)/.installed: requirements.lock $(addsuffix /pyproject.toml,$(PACKAGES)) | $(BIN)/uv
	@echo "Installing Python dependencies (locked, with hashes)"
	@$(BIN)/uv pip install --python $(BIN)/python --quiet --compile-bytecode --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --python $(BIN)/python --quiet --no-deps $(addprefix -e ,$(PACKAGES))
	@touch $@

simulators/identity/node_modules/.installed: simulators/identity/package-lock.json
	@node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 20 ? 1 : 0)' || { echo "Node 20 or newer is needed"; exit 1; }
	@echo "Installing the local identity provider"
	@cd simulators/identity && npm ci --no-fund --no-audit --loglevel=error
	@touch $@

$(UI)/node_modules/.installed: $(UI)/package-lock.json
	@echo "Installing UI dependencies"
	@cd $(UI) && npm ci --no-fund --no-audit --loglevel=error
	@touch $@

$(UI)/dist/index.html: $(UI)/node_modules/.installed $(shell find $(UI)/src $(UI)/index.html -type f 2>/dev/null)
	@echo "Building the UI"
	@cd $(UI) && npm run --silent build

.PHONY: lock
lock: | $(BIN)/uv ## Resolve requirements.in into requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate -p 3.11 requirements.in -o requirements.lock

.PHONY: demo
demo: setup ## Three bookings from an empty fleet to their scores, live
	@$(BIN)/python -m local_stack --data .data-demo demo

.PHONY: up
up: setup ## Run the whole stack until Ctrl-C
	@$(STACK) up

.PHONY: down
down: ## Stop the running stack, and that of the demo
	@$(STACK) down
	@$(BIN)/python -m local_stack --data .data-demo down

.PHONY: status
status: ## Processes, addresses and health
	@$(STACK) status

.PHONY: logs
logs: ## Follow the logs (NAME=control-plane-api for one process)
	@$(STACK) logs $(NAME)

.PHONY: reset
reset: ## Stop the stack and wipe its data
	@$(STACK) reset

.PHONY: clean
clean: ## Remove everything that was installed, built or stored
	@if [ -x $(BIN)/python ]; then $(STACK) reset; $(BIN)/python -m local_stack --data .data-demo reset; fi
	@rm -rf $(VENV) .data .data-demo .artifacts $(UI)/node_modules $(UI)/dist simulators/identity/node_modules site
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: format
format: setup ## Rewrite the code in the house style
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format --quiet .

.PHONY: generated
generated: $(VENV)/.installed ## Rewrite what is made from data: OpenAPI, UI types, states, events, settings, metrics, problems, access, commands
	@$(BIN)/python scripts/generate.py
	@cd $(UI) && npm run --silent types

.PHONY: lint lint-code lint-types lint-ui
lint: lint-code lint-types lint-ui ## Style, types, import contracts

lint-code: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/lint-imports
	@$(BIN)/python scripts/generate.py --check

lint-types: setup
	@$(BIN)/pyright

lint-ui: setup
	@cd $(UI) && npm run --silent lint

# Two at a time where each keeps one processor busy, the longest first. The tests of Python have all for themselves.
TWO_AT_A_TIME := --jobs=2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

.PHONY: test test-ui test-parts test-stack
test: ## Style, types and every test, on the real stack: what CI does
	@$(MAKE) --no-print-directory $(TWO_AT_A_TIME) setup
	@$(MAKE) --no-print-directory $(TWO_AT_A_TIME) lint-types test-ui lint-code lint-ui
	@$(MAKE) --no-print-directory --jobs=1 test-parts test-stack

test-ui: setup
	@cd $(UI) && npm run --silent test

test-parts: setup
	@$(BIN)/pytest -n 4 -m "not stack"

test-stack: setup
	@$(BIN)/pytest -n 3 --dist loadfile -m stack

.PHONY: test-browser
test-browser: setup ## The journeys in Chromium only; pictures and traces in .artifacts/browser
	@$(BIN)/pytest tests/browser

.PHONY: test-faults
test-faults: setup ## Every call of provisioning with every fault; `make test` takes one fault for each
	@LCM_EVERY_FAULT=1 $(BIN)/pytest -n 2 worker-controller/tests/integration/provisioning

.PHONY: test-api
test-api: setup ## Hundreds of made-up requests to every route, internal ones too; `make test` takes a few
	@LCM_API_EXAMPLES=$${LCM_API_EXAMPLES:-200} $(BIN)/pytest control-plane-api/tests/api/test_api_conformance.py

.PHONY: test-properties
test-properties: setup ## Every property on three times as many examples as in `make test`
	@LCM_EVERY_EXAMPLE=1 $(BIN)/pytest -n 2 -m "not stack"
	@LCM_EVERY_EXAMPLE=1 $(BIN)/pytest tests/e2e/test_operator_commands.py

.PHONY: test-crashes
test-crashes: setup ## Every part killed at every moment over 200 sessions, hosts lost in every way; `make test` does a little
	@LCM_EVERY_CRASH=200 $(BIN)/pytest -s tests/crashes tests/chaos/test_host_loss.py tests/chaos/test_survives_kill.py

.PHONY: bench
bench: setup ## Budgets of the design, as ratios within one run
	@$(BIN)/python -m bench

.PHONY: bench-scheduling
bench-scheduling: setup ## What scheduling costs, against plain loops and matrices; JSON in .artifacts/bench
	@$(BIN)/python -m bench placement booking-herd committed-bookings month
	@$(BIN)/python -m bench.packing

.PHONY: bench-workers
bench-workers: setup ## What reconciling 10 to 1,000 workers costs, and what it asks of AWS and CML; JSON in .artifacts/bench
	@$(BIN)/python -m bench workers

.PHONY: bench-pool
bench-pool: setup ## What a prepared lab spares a session, against a cold start; JSON in .artifacts/bench
	@$(BIN)/python -m bench warm-pool

.PHONY: bench-api
bench-api: setup ## The REST API against a bare FastAPI route and the raw driver; JSON in .artifacts/bench
	@$(BIN)/python -m bench api

.PHONY: bench-live
bench-live: setup ## Commit to browser with 1 to 1,000 streams against etcd, fan-out against a bare queue; JSON in .artifacts/bench
	@$(BIN)/python -m bench live-stream

.PHONY: bench-pipeline
bench-pipeline: setup ## What instantiation adds per step, sessions a minute on one controller; JSON in .artifacts/bench
	@$(BIN)/python -m bench pipeline

.PHONY: bench-many
bench-many: setup ## A thousand sessions ready at one time on the whole stack, and what a quiet minute with them costs
	@$(BIN)/python -m bench many-sessions

.PHONY: bench-ui
bench-ui: setup ## The web UI in Chromium: first content, 10,000 rows, a burst of events; JSON in .artifacts/bench
	@$(BIN)/python -m bench ui

.PHONY: docs
docs: setup ## Build the documentation into site/
	@$(BIN)/mkdocs build --strict --quiet
