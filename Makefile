# What one does with Hallway, in plain words: `make`.
# Works with GNU make 3.81 (macOS) and BSD tools. Python 3.11 or newer is all it asks for; PYTHON=… chooses one.

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev browser run test cover lint look words bench measure prove lock clean

# the quick way when nothing changed (one short process); else find a Python and build
setup_from = @.venv/bin/python -IS tools/setup.py --check $(1) 2>/dev/null || sh tools/with_python.sh tools/setup.py $(1)
chromium   = CHROMIUM="$$(cat .venv/.chromium)"

help:  ## say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' Makefile

setup:  ## build .venv from the locked, hashed dependencies (again only where something changed)
	$(call setup_from,all)

run: setup  ## serve on http://127.0.0.1:8000, the first time with the demo company (DEMO=0: without)
	@exec .venv/bin/hallway up

# what is compiled once is kept, whatever the shell says: each `hallway` that a test starts would compile it anew
test: browser  ## run all tests (some of them: make test ARGS="tests/core -k markup")
	@PYTHONDONTWRITEBYTECODE= $(chromium) .venv/bin/python -m pytest -n 2 $(ARGS)

# following every line takes as long again, so it has a run of its own; 85 % of branches is the least
cover: browser  ## run all tests and say how much of portal/ they went through
	@$(chromium) .venv/bin/python -m pytest -n 2 --cov --cov-report=term:skip-covered --cov-fail-under=85

lint: setup-dev  ## check style, types, layers and templates
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy --strict portal
	.venv/bin/lint-imports
	.venv/bin/djlint --lint --quiet templates

look: browser  ## save every page as pictures, narrow and wide, light and dark
	@$(chromium) .venv/bin/python -m tools.look $(ARGS)

words: setup  ## collect new texts for translators
	@.venv/bin/python -m tools.words

bench: setup-dev  ## compare the server's time and queries at 1,000 and 100,000 people
	@.venv/bin/python -m tests.bench $(ARGS)

measure: browser  ## measure what a page weighs, how well search finds who knows and reads typos, and whom to meet
	@$(chromium) .venv/bin/python -m tools.measure $(ARGS)

prove: browser  ## run the long proofs, every test of pages on both databases, then the mutation tests
	@$(chromium) .venv/bin/python -m pytest tests/prove -n 0 $(ARGS)
	@HALLWAY_SEEDS=8 HALLWAY_TEST_DATABASES="sqlite postgresql" $(chromium) .venv/bin/python -m pytest -n 2 -m "not browser"
	@.venv/bin/python -m tests.prove.mutation

lock:  ## write requirements/*.txt anew from pyproject.toml (ARGS=--upgrade: newest versions)
	@sh tools/with_python.sh tools/lock.py $(ARGS)

clean:  ## remove .venv and caches, never the data in instance/
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage .coverage.* htmlcov mutants build hallway.egg-info
	find . -name instance -prune -o -type d -name __pycache__ -prune -exec rm -rf {} +

# no commands of their own: what tests and checks need besides
setup-dev:
	$(call setup_from,dev)

browser: setup-dev
	@.venv/bin/python tools/browser.py
