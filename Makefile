# Two commands do everything on a fresh machine with Python 3.11 and make:
#   make nightly   the main job on bundled samples (SQLite, mails as .eml files)
#   make test      everything that has to hold
PYTHON ?= python3
BIN := .venv/bin
# The bundled samples end at this night; `make nightly NIGHT=2019-08-10` goes on from it.
NIGHT ?= 2018-11-22
SAMPLES := tests/samples/nights

.DEFAULT_GOAL := nightly
.PHONY: nightly report test test-long lint bench lock clean

$(BIN)/uv: locks/installer.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r locks/installer.txt
	@touch $@

.venv/product: $(BIN)/uv locks/product.txt pyproject.toml
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r locks/product.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

.venv/development: .venv/product locks/development.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r locks/development.txt
	@touch $@

nightly: .venv/product
	@mkdir -p var/inbox
	@if [ -d $(SAMPLES)/$(NIGHT) ]; then cp -R $(SAMPLES)/$(NIGHT)/. var/inbox/; fi
	@NEMURO_NOW=$(NIGHT)T03:00:00+09:00 $(BIN)/python -m flows.nightly

# The newest year that the night could rate; YEAR=2018 after NIGHT=2019-08-10.
YEAR ?= 2017
report: nightly
	@NEMURO_NOW=$(NIGHT)T03:00:00+09:00 $(BIN)/nemuro report --fiscal-year $(YEAR) --out var/report

test: .venv/development lint
	$(BIN)/python -m pytest tests -n 2 --dist loadfile -m "not long"

test-long: .venv/development lint
	$(BIN)/python -m pytest tests -n 2 --dist loadfile

lint: .venv/development
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/nemuro check

# New versions are taken on purpose, never by accident.
lock: $(BIN)/uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" --upgrade --group installer -o locks/installer.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" --upgrade pyproject.toml -o locks/product.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" -c locks/product.txt --group dev pyproject.toml -o locks/development.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make lock" -c locks/development.txt --group bench pyproject.toml -o locks/benchmarks.txt

clean:
	rm -rf .venv var

# Figures and how to read them: docs/benchmarks.md
bench: .venv/development .venv/peers/installed
	$(BIN)/python tests/benchmarks/judging.py
	$(BIN)/python tests/benchmarks/starting.py
	$(BIN)/python tests/benchmarks/loading.py
	$(BIN)/python tests/benchmarks/streaming.py
	$(BIN)/python tests/benchmarks/mailing.py
	$(BIN)/python tests/benchmarks/nights.py
	$(BIN)/python tests/benchmarks/nights.py growth
	$(BIN)/python tests/benchmarks/municipalities.py

# The peers by themselves: pandas keeps text differently where PyArrow is installed, and the product comes without it.
.venv/peers/installed: $(BIN)/uv locks/benchmarks.txt
	$(PYTHON) -m venv .venv/peers
	$(BIN)/uv pip install --quiet --python .venv/peers/bin/python --require-hashes -r locks/benchmarks.txt
	@touch $@
