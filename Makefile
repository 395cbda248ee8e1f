# The few commands a developer needs. Everything they install lies inside this checkout.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup installed tools packages uv trainer emulator demo test proof clean

PYTHON ?= python3.11
UV := .tools/uv/bin/uv

# The trainer's environment is .venv of this checkout, made with the Python that is here.
export UV_PROJECT_ENVIRONMENT := $(CURDIR)/.venv
export UV_PYTHON_DOWNLOADS := never

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: tools ## Install what is needed into node_modules, .venv and .tools (again: nothing to do, no network)
	@$(MAKE) --no-print-directory -j2 installed

# npm works on one core, so Python's packages are compiled beside it.
installed: packages trainer emulator

tools:
	@missing=0; \
	need() { echo "Missing: $$1. $$2" >&2; missing=1; }; \
	if ! command -v node >/dev/null; then \
	  need "Node.js 18 or newer" "Get it from https://nodejs.org or your package manager; Node 24 then comes with the packages."; \
	elif ! node -e 'process.exit(parseInt(process.versions.node, 10) >= 18 ? 0 : 1)'; then \
	  need "Node.js 18 or newer (this is $$(node --version))" "Get it from https://nodejs.org or your package manager."; \
	fi; \
	command -v npm >/dev/null || need "npm" "It comes with Node.js; on Debian and Ubuntu: apt install npm."; \
	if ! command -v $(PYTHON) >/dev/null; then \
	  need "Python 3.11" "On Debian and Ubuntu: apt install python3.11 python3.11-venv; on macOS: brew install python@3.11. Elsewhere than on the path: make PYTHON=/where/it/is/python3.11."; \
	elif ! $(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))'; then \
	  need "Python 3.11 (this is $$($(PYTHON) --version))" "Name one: make PYTHON=/where/it/is/python3.11."; \
	elif ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
	  need "Python's venv module" "On Debian and Ubuntu: apt install python3.11-venv."; \
	fi; \
	exit $$missing

# Each stamp is a copy of the lock file that was installed: same lock, nothing to do.
packages: tools
	@cmp -s package-lock.json node_modules/.installed-lock || { \
	  echo "npm ci (package-lock.json is new)"; \
	  npm ci --loglevel=error; \
	  cp package-lock.json node_modules/.installed-lock; \
	}
	@ln -sf ../../bin/bobbin.js node_modules/.bin/bobbin

uv: tools
	@cmp -s .ci/uv.txt .tools/uv/installed-lock || { \
	  echo "uv (.ci/uv.txt is new)"; \
	  rm -rf .tools/uv; \
	  $(PYTHON) -m venv .tools/uv; \
	  .tools/uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .ci/uv.txt; \
	  cp .ci/uv.txt .tools/uv/installed-lock; \
	}

trainer: uv
	@cmp -s containers/trainer/uv.lock .venv/installed-lock || { \
	  echo "uv sync (containers/trainer/uv.lock is new)"; \
	  $(UV) sync --frozen --compile-bytecode --python $(PYTHON) --project containers/trainer; \
	  cp containers/trainer/uv.lock .venv/installed-lock; \
	}

# The emulated AWS is for tests alone: without it they say that they were skipped, and everything else works.
emulator: uv
	@cmp -s test/emulator/requirements.txt .tools/emulator/installed-lock || { \
	  echo "emulated AWS (test/emulator/requirements.txt is new)"; \
	  rm -rf .tools/emulator; \
	  { $(UV) venv --quiet --python $(PYTHON) .tools/emulator \
	    && $(UV) pip install --quiet --require-hashes --compile-bytecode --python .tools/emulator -r test/emulator/requirements.txt \
	    && cp test/emulator/requirements.txt .tools/emulator/installed-lock; } \
	  || echo "The emulated AWS could not be installed; tests that need it will be skipped." >&2; \
	}

demo: setup ## Run the whole pipeline on the samples
	@npm run -s demo

test: setup ## Run every gate, cheapest first
	@npm run -s gates

proof: setup ## Run the proof matrices and the benchmarks (long)
	@npm run -s proof

clean: ## Remove all that was installed or built here
	rm -rf node_modules .venv .tools dist coverage demo-out
