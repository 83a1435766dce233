# Kansoku's commands; `make help` lists them.
# Needs Rust (rustup reads the version from rust-toolchain.toml), Node 20.19 or newer, Python 3.11 or newer, a C and a C++
# compiler (C++ for the fuzzers), and Debian's chromium for the tests of the screens.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

TARGET := $(or $(CARGO_TARGET_DIR),target)
BINARY := $(TARGET)/debug/kansoku
NEXTEST := $(shell command -v cargo-nextest)
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)

# Tools that check Cargo.lock and manifests. They are compiled once, and stored with the other caches.
TOOLS := $(abspath $(or $(KANSOKU_CACHE),$(TARGET)))/tools
MACHETE_VERSION := 0.9.2
MACHETE := $(TOOLS)/cargo-machete-$(MACHETE_VERSION)/bin/cargo-machete
DENY_VERSION := 0.20.2
DENY := $(TOOLS)/cargo-deny-$(DENY_VERSION)/bin/cargo-deny
# They run for a second, so a fast build matters more than a fast binary. The build folder is deleted.
INSTALL := env -u CARGO_TARGET_DIR CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_OPT_LEVEL=1 cargo install --quiet --locked

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: serve
serve: ui ## Build and run the server with its screens (ARGS="--port 8080" passes flags)
	@cargo build --release --locked --package kansoku-cli
	@exec $(TARGET)/release/kansoku serve $(ARGS)

.PHONY: test
test: lint test-rust test-ui fuzz-short conformance e2e ## Run everything that CI runs

.PHONY: lint
lint: ui-types $(MACHETE) $(DENY) ## Check format, types and lints
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- --deny warnings
	cd ui && npm run --silent check
	$(MACHETE) . fuzz
	$(DENY) --offline check --hide-inclusion-graph bans licenses sources

$(MACHETE):
	$(INSTALL) --root $(TOOLS)/cargo-machete-$(MACHETE_VERSION) cargo-machete@$(MACHETE_VERSION)

$(DENY):
	$(INSTALL) --root $(TOOLS)/cargo-deny-$(DENY_VERSION) cargo-deny@$(DENY_VERSION)

.PHONY: advisories
advisories: $(DENY) ## Check dependencies for known vulnerabilities (needs the network)
	$(DENY) check advisories

.PHONY: test-rust
test-rust: ## Run the Rust tests
ifneq ($(NEXTEST),)
	cargo nextest run --locked --workspace
else
	cargo test --locked --workspace
endif

UI_SOURCES := ui/index.html ui/vite.config.ts ui/package.json docs/openapi.json $(shell find ui/src ui/public ui/scripts -type f -not -name schema.d.ts)

ui/node_modules/.package-lock.json: ui/package-lock.json
	@node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' \
		|| { echo "Node 20.19 or newer is needed to build the web UI" >&2; exit 1; }
	cd ui && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund
	@touch $@

ui/src/core/schema.d.ts: docs/openapi.json ui/node_modules/.package-lock.json
	cd ui && npm run --silent generate

ui/dist/site/index.html: ui/node_modules/.package-lock.json ui/src/core/schema.d.ts $(UI_SOURCES)
	cd ui && npm run --silent build

.PHONY: ui
ui: ui/dist/site/index.html ## Build the web UI, which is embedded in the binary

.PHONY: ui-types
ui-types: ui/src/core/schema.d.ts

.PHONY: test-ui
test-ui: ui ## Run the web UI's unit tests
	cd ui && npm run --silent test

.PHONY: e2e
e2e: ui chromium firefox python ## Test the screens in Chromium and Firefox, with the server and real clients
	cargo build --locked --package kansoku-cli
	KANSOKU_PYTHON="$$(cd conformance && $(PYTHON) -c 'import sys; from kit.venvs import ensure_venv; print(ensure_venv("full-3.17.2", log=lambda text: print(text, file=sys.stderr)))')" \
	KANSOKU_BIN=$(abspath $(BINARY)) KANSOKU_CHROMIUM="$$(command -v chromium)" \
		npm --prefix ui run --silent e2e -- $(ARGS)

.PHONY: chromium
chromium:
	@command -v chromium > /dev/null || { test "$$(id -u)" = 0 && command -v apt-get > /dev/null \
		&& apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium > /dev/null; } \
		|| { echo "Chromium is needed for this: install the package \`chromium\`" >&2; exit 1; }

.PHONY: firefox
firefox:
	@test -x /usr/bin/firefox-esr || { test "$$(id -u)" = 0 && command -v apt-get > /dev/null \
		&& apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq firefox-esr > /dev/null; } \
		|| echo "The tests in Firefox are skipped: they need the package \`firefox-esr\`" >&2

.PHONY: conformance
conformance: python ## Run MLflow's own clients against the server, without slow tests
	cargo build --locked --package kansoku-cli
	$(PYTHON) conformance/run.py --bin $(abspath $(BINARY)) $(ARGS)

.PHONY: conformance-all
conformance-all: python chromium ui/node_modules/.package-lock.json ## Run MLflow's own clients against the server, including slow tests
	cargo build --locked --package kansoku-cli
	$(PYTHON) conformance/run.py --bin $(abspath $(BINARY)) --all $(ARGS)

.PHONY: fuzz-short
fuzz-short: ## Fuzz every target for 10 seconds
	@if [ -f fuzz/Makefile ]; then $(MAKE) -C fuzz short; else echo "no fuzz/ folder yet"; fi

.PHONY: fuzz
fuzz: ## Fuzz every target for 10 minutes (SECONDS_EACH=600)
	@$(MAKE) -C fuzz long

.PHONY: bench
bench: python ## Measure Kansoku and MLflow side by side, and write docs/benchmarks.md
	$(if $(findstring --render-only,$(ARGS)),,cargo build --release --locked --package kansoku-cli --package kansoku-bench)
	$(PYTHON) bench/run.py --bin $(abspath $(TARGET)/release/kansoku) \
		--load $(abspath $(TARGET)/release/kansoku-bench) $(ARGS)

.PHONY: bench-ui
bench-ui: ui chromium python ## Measure the screens of Kansoku and MLflow side by side in Chromium
	cargo build --release --locked --package kansoku-cli --package kansoku-bench
	$(PYTHON) bench/ui.py --bin $(abspath $(TARGET)/release/kansoku) \
		--load $(abspath $(TARGET)/release/kansoku-bench) $(ARGS)

.PHONY: fmt
fmt: ## Format the code
	cargo fmt --all

.PHONY: python
python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed for this; name it by PYTHON=/path/to/python3" >&2; exit 1; }
