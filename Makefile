# make serve     installs what is missing, builds the pages, starts; ARGS="--port 9000" are passed on
# make test      installs what the tests need, runs all of them; `make -k test` goes on after a failure
# make install   what both begin with
# make bench     measures beside Icecast, nginx and a floor in C; ARGS=--quick is shorter
# make lock      pins the Python packages anew; make fix  formats; make demo  a whole show by itself
#
# Plain make (3.81 is what macOS has) and sh. A stamp in .venv says that a step is done.

.PHONY: bench serve demo install dev lock fix clean
.PHONY: test tools checks lint types contracts web unit live whole beside integration peers
.DELETE_ON_ERROR:

PY := .venv/bin/python
PIP := $(PY) -m pip --disable-pip-version-check --no-input
# Looked for once, and only when an environment has to be made.
python = $(eval python := $$(shell sh scripts/find-python.sh))$(python)
say = @printf '%s\n'
page_sources := $(shell find web -type f -not -path 'web/node_modules/*')

serve: install
	@exec $(PY) -m vivavoce serve $(ARGS)

demo: install
	@exec $(PY) -m vivavoce demo $(ARGS)

bench: dev
	@$(PY) -m bench $(ARGS)

install: .venv/.vivavoce
	@:

.venv/.made:
	$(if $(filter ok,$(firstword $(python))),,$(error $(python)))
	$(say) '[1/4] Making a Python environment in .venv'
	@'$(wordlist 2,99,$(python))' -m venv .venv
	@touch $@

.venv/.packages: requirements/build.txt scripts/fetch.py .venv/.made
	$(say) '[2/4] Fetching the Python packages (about 250 MB once they are in place)'
	@$(PY) scripts/fetch.py requirements/build.txt
	@touch $@

.venv/.pages: $(page_sources) .venv/.packages
	$(say) '[3/4] Building the web pages'
	@$(PY) web/build.py
	@touch $@

.venv/.vivavoce: pyproject.toml hatch_build.py .venv/.pages
	$(say) '[4/4] Putting vivavoce in place'
	@VIVAVOCE_BUILD_PAGES=prebuilt $(PIP) install --quiet --no-index --no-build-isolation --no-deps --editable .
	@touch $@

# ---------------------------------------------------------------------------------------- tests

test: tools dev checks live

dev: install .venv/.dev

.venv/.dev: requirements/dev.txt scripts/fetch.py .venv/.packages
	$(say) 'Fetching what the tests need'
	@$(PY) scripts/fetch.py requirements/dev.txt
	@touch $@

tools:
	@sh scripts/test-tools.sh

# What reckons, two at a time. The unit tests have the contracts among them.
checks: dev
	@$(MAKE) --no-print-directory -j 2 lint types web unit

# What plays in real time mostly waits: two files side by side, one of them with browsers at most
# (tests/schedule.py). The whole show compares what was said with what is heard, word by word: alone.
side_by_side := $(PY) -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder
demo_test := tests/integration/test_demo.py

live: whole beside

whole: dev
	$(say) '' '== a whole show, in real time =='
	$(PY) -m pytest -q $(demo_test)

beside: dev
	$(say) '' '== real programs, in real time: servers, players, browsers =='
	$(side_by_side) tests/browser tests/interop tests/integration --ignore $(demo_test)

lint: dev
	$(say) '' '== lint =='
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	shellcheck scripts/*.sh .ci/run
	$(PY) web/build.py check

types: dev
	$(say) '' '== types =='
	$(PY) -m mypy

contracts: dev
	$(say) '' '== contracts: the tree, who may import whom, sizes =='
	$(PY) -m pytest -q tests/unit/test_tree.py tests/unit/test_sizes.py

web: dev
	$(say) '' '== web unit tests =='
	$(PY) web/build.py test

unit: dev
	$(say) '' '== unit tests =='
	$(PY) -m pytest -q -n 2 --dist worksteal tests/unit

integration: dev
	$(say) '' '== integration tests =='
	$(side_by_side) tests/integration --ignore $(demo_test)

peers: whole
	$(say) '' '== real peers: players, servers, browsers =='
	$(side_by_side) tests/browser tests/interop

# --------------------------------------------------------------------------------------- upkeep

fix: dev
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .
	$(PY) web/build.py fix

lock:
	@sh scripts/lock.sh

clean:
	rm -rf .venv web/node_modules src/vivavoce/pages dist
