# Needs python3 >= 3.11 (with venv), make and git; everything else goes into .venv, pinned and hashed by the two locks.
# `make` alone tells what there is. Another interpreter: `make PYTHON=python3.13 ...`

PYTHON ?= python3
# Python's own scripts in .venv/bin name their interpreter by its whole path, which not every path allows: `$(PY) -m`.
PY := .venv/bin/python
.DEFAULT_GOAL := help
.NOTPARALLEL:
# What is imported is compiled once and kept in .venv: every start after the first is three times as fast.
unexport PYTHONDONTWRITEBYTECODE
.PHONY: help demo test check wheel-test compose-test soak bench generate lock audit clean

# --- what one may say on the command line --------------------------------------------------------------------------

# make demo PORT=8081 HOST=0.0.0.0 OPEN=yes DATA=/some/folder. HOST and DATA count only when given to make: shells export them too.
DEMO := $(if $(PORT),--port '$(PORT)')
DEMO += $(if $(filter command,$(firstword $(origin HOST))),--host '$(HOST)')
DEMO += $(if $(filter command,$(firstword $(origin DATA))),--data '$(DATA)')
DEMO += $(if $(filter yes,$(OPEN)),--open)
# make test ARGS="-k brussels -x" JOBS=0: in one process, whose breakpoints one reaches
ARGS ?=
JOBS ?= auto

# --- .venv: made once, and again only when the locks, pyproject.toml or this folder's place change ------------------

# The shell asks for the place itself: $(CURDIR) between quotes breaks where a folder's name has a quote.
sum = $(shell { pwd -P; cat pyproject.toml $(1) 2>/dev/null; } | cksum | tr -d ' \t')
VENV := .venv/.made-$(shell printf '%s' "$$(pwd -P)" | cksum | tr -d ' \t')
RUNTIME := .venv/.runtime-$(call sum,requirements.lock)
DEV := .venv/.dev-$(call sum,requirements-dev.lock)
# The dev lock holds all of the runtime lock.
DEMO_NEEDS := $(if $(wildcard $(DEV)),$(DEV),$(RUNTIME))
# An interpreter that was upgraded away leaves dangling links: begin anew.
ifneq ($(shell test -x $(PY) && echo yes),yes)
.PHONY: $(VENV) $(RUNTIME) $(DEV)
endif

# So does one in which the wheel stands in the place of the source tree, unless the wheel is what is asked for.
ifneq ($(wildcard .venv/.wheel),)
ifeq ($(WHEEL),)
.PHONY: $(RUNTIME) $(DEV)
endif
endif

# --no-compile: what is really imported is compiled at its first use, which is a small part of it.
INSTALL := $(PY) -m pip install -qq --disable-pip-version-check --no-compile --no-input

# pip writes the path of this folder into a file of the site, which Python before 3.13 reads in the locale: with LC_ALL=C
# it does not even start where the path has a letter beyond ASCII. The way from there to here has none.
define INSTALL_PARLEY
@$(INSTALL) --no-deps --no-build-isolation --editable .
@for site in .venv/lib/python3*/site-packages; do printf '../../../../%s\n' domain service >"$$site/_parley.pth"; done
endef

$(VENV):
	@command -v '$(PYTHON)' >/dev/null || { echo "Parley needs Python 3.11 or newer, and there is no $(PYTHON) here: install it, or name another: make PYTHON=/path/to/python3.13 $(MAKECMDGOALS)" >&2; exit 1; }
	@'$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Parley needs Python 3.11 or newer, and $(PYTHON) is $$('$(PYTHON)' -V 2>&1): name another: make PYTHON=/path/to/python3.13 $(MAKECMDGOALS)" >&2; exit 1; }
	@'$(PYTHON)' -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) comes without its venv module: install it (Debian and Ubuntu: the package python3-venv) and try again." >&2; exit 1; }
	@echo "Making .venv with $$('$(PYTHON)' -V) ..."
	@'$(PYTHON)' -m venv --clear .venv
	@touch '$@'

$(RUNTIME): | $(VENV)
	@echo "Installing what Parley runs on ..."
	@$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL_PARLEY)
	@rm -f .venv/.runtime-* .venv/.dev-* .venv/.wheel
	@touch '$@'

$(DEV): | $(VENV)
	@echo "Installing what Parley runs on and is tested with ..."
	@$(INSTALL) --require-hashes -r requirements-dev.lock
	$(INSTALL_PARLEY)
	@rm -f .venv/.runtime-* .venv/.dev-* .venv/.wheel
	@touch '$@'

# --- what one does --------------------------------------------------------------------------------------------------

help: ## tell what make can do here (this)
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'

# exec, so that Ctrl-C and SIGTERM reach the service itself.
demo: $(DEMO_NEEDS) ## serve the first negotiation on 127.0.0.1:8080 (PORT=8081 HOST=... DATA=folder)
	@exec $(PY) -P -m parley.cli demo $(DEMO)

# make test WHEEL=yes: on the wheel, as users install it, instead of the source tree
.venv/.wheel: $(DEV)
	@$(PY) -m hatchling build --target wheel --directory build/wheel >/dev/null
	@$(INSTALL) --no-deps --no-index --force-reinstall build/wheel/parley-*.whl
	@touch '$@'

test: $(DEV) $(if $(WHEEL),.venv/.wheel) ## run every test on a real PostgreSQL (ARGS="-k brussels" for some)
	@$(PY) -m pytest --numprocesses $(JOBS) --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

check: $(DEV) ## lint, format, types, import arrows, docs
	@$(PY) -m ruff check
	@$(PY) -m ruff format --check
	@$(PY) -m mypy
	@$(PY) -c 'from importlinter.cli import lint_imports_command as lint; lint()' --no-logo
	@$(PY) docs/check.py
	@$(PY) docs/picture.py --check
	@$(PY) docs/codebook.py --check
	@$(PY) docs/event_data.py --check
	@$(PY) docs/catalogue.py --check

wheel-test: $(DEV) ## build the wheel, install it elsewhere and try it (a part of `make test`)
	@$(PY) -m pytest tests/test_wheel.py $(ARGS)

compose-test: $(DEV) ## run the compose files for real, with whatever engine there is (ARGS="-k away" for some)
	@tests/compose/run $(ARGS)

# make soak KIND=kills MINUTES=30 SEED=1; make soak KIND=reads SEED=1; make soak KIND=attack MINUTES=2; KIND=power; KIND=disk (as root)
soak: $(DEV) ## kill all at random under load for MINUTES=30, and print what was lost (nothing); or KIND=power, disk, reads, attack
	@KIND='$(or $(KIND),kills)' MINUTES='$(or $(MINUTES),30)' SEED='$(or $(SEED),1)' $(PY) -m tests.survival.soak

# make bench ROW="record_vs_pgbench get_vs_memory" PROFILE=1
bench: $(DEV) ## measure Parley beside what one would take instead (ROW=record_vs_pgbench, PROFILE=1: where the time goes)
	@$(PY) -m bench $(ROW) $(if $(PROFILE),--profile $(if $(filter pyinstrument,$(PROFILE)),pyinstrument,cprofile)) $(ARGS)

# make generate EVENTS=1000000 OUT=file.jsonl SEED=1 ARGS="--rounds 40"
generate: $(DEV) ## make up a record for `parley import` (EVENTS=10000 SEED=1 OUT=build/generated.jsonl ARGS="--help")
	@mkdir -p build
	@$(PY) -m bench.generate --events '$(or $(EVENTS),10000)' --seed '$(or $(SEED),1)' --out '$(or $(OUT),build/generated.jsonl)' $(ARGS)

# Keeps every pin that still fits; UPGRADE=1 takes the newest. The dev lock follows the runtime lock.
lock: ## write both lock files anew from pyproject.toml (UPGRADE=1 for newer releases)
	@mkdir -p build
	@test -x build/lock/bin/uv || { '$(PYTHON)' -m venv --clear build/lock && build/lock/bin/python -m pip install -qq --disable-pip-version-check uv; }
	@$(LOCK) --group install --output-file requirements.lock
	@$(LOCK) --group dev --constraint requirements.lock --output-file requirements-dev.lock

# Not a part of .ci/run: it asks a service on the network. SERVICE=osv asks another one.
audit: ## ask whether advisories are known for what the lock files pin (needs the network)
	@mkdir -p build
	@test -x build/audit/bin/pip-audit || { '$(PYTHON)' -m venv --clear build/audit && build/audit/bin/python -m pip install -qq --disable-pip-version-check pip-audit; }
	@'$(PYTHON)' -m tests.audit build/audit/bin/pip-audit '$(or $(SERVICE),pypi)'

LOCK = UV_CUSTOM_COMPILE_COMMAND='make lock' build/lock/bin/uv pip compile --quiet --no-config --no-progress pyproject.toml \
	--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links $(if $(UPGRADE),--upgrade)

clean: ## remove what make made; the data folder .parley stays
	@rm -rf .venv build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find domain service tests docs bench -name __pycache__ -type d -prune -exec rm -rf {} +
