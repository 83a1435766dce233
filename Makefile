# Kansoku's few commands; `make help` tells them.
# Needs Rust (rustup takes the version from rust-toolchain.toml), Python 3.11 or newer, a C and C++ compiler (C++ for the fuzzers).

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

TARGET := $(or $(CARGO_TARGET_DIR),target)
BINARY := $(TARGET)/debug/kansoku
NEXTEST := $(shell command -v cargo-nextest)
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: serve
serve: ## Build and run the server (ARGS="--port 8080" for its flags)
	@cargo build --release --locked --package kansoku-cli
	@exec $(TARGET)/release/kansoku serve $(ARGS)

.PHONY: test
test: lint test-rust fuzz-short conformance ## Run everything that CI runs

.PHONY: lint
lint: ## Check format and lints
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- --deny warnings

.PHONY: test-rust
test-rust: ## Run the Rust tests
ifneq ($(NEXTEST),)
	cargo nextest run --locked --workspace
else
	cargo test --locked --workspace
endif

.PHONY: conformance
conformance: python ## Run MLflow's own clients against the server: what CI can afford
	cargo build --locked --package kansoku-cli
	$(PYTHON) conformance/run.py --bin $(abspath $(BINARY)) $(ARGS)

.PHONY: conformance-all
conformance-all: python ## The same with every client, form and slow test
	cargo build --locked --package kansoku-cli
	$(PYTHON) conformance/run.py --bin $(abspath $(BINARY)) --all $(ARGS)

.PHONY: fuzz-short
fuzz-short: ## Fuzz every target for some seconds
	@if [ -f fuzz/Makefile ]; then $(MAKE) -C fuzz short; else echo "no fuzz/ folder yet"; fi

.PHONY: fuzz
fuzz: ## Fuzz every target for long (SECONDS_EACH=600)
	@$(MAKE) -C fuzz long

.PHONY: bench
bench: python ## Measure Kansoku and MLflow side by side, and write docs/benchmarks.md
	$(if $(findstring --render-only,$(ARGS)),,cargo build --release --locked --package kansoku-cli --package kansoku-bench)
	$(PYTHON) bench/run.py --bin $(abspath $(TARGET)/release/kansoku) \
		--load $(abspath $(TARGET)/release/kansoku-bench) $(ARGS)

.PHONY: fmt
fmt: ## Format the code
	cargo fmt --all

.PHONY: python
python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed for this; name it by PYTHON=/path/to/python3" >&2; exit 1; }
