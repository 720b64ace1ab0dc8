# WorkConnect Chat. `make help` lists what there is.

CARGO ?= cargo
SHELL := /bin/sh
.DEFAULT_GOAL := help

# The tests' build can fail and err on purpose, where a test tells it to; what `make run` builds cannot.
TEST_FEATURES := chat-persistence/faults,chat-ws-gateway/faults

.PHONY: help web run bench faults test lint dist fmt clean prerequisites servers

help: ## this list
	@echo "WorkConnect Chat"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' Makefile
	@echo "Ports and more come from the environment: see .env.example"

prerequisites:
	@scripts/check-prerequisites

servers: prerequisites
	@scripts/install-nats-server
	@scripts/install-postgres

web: ## build the web page (web/demo/dist) with Node.js, unless nothing has changed
	@scripts/build-web

run: servers ## build in release, start everything in the foreground (API_PORT, WS_PORT, DATA_DIR); Ctrl-C stops it
	@scripts/build-web || echo "web: going on without"
	@echo "build: services in release (minutes the first time)"
	@$(CARGO) build --workspace --release --bins --locked
	@exec target/release/chat-stack run

bench: servers ## measure everything, with servers of its own (ROUNDS, ONLY, PEERS): docs/performance.md
	@echo "build: services and load program in release (minutes the first time)"
	@$(CARGO) build --workspace --release --bins --locked
	@exec target/release/chat-bench suite

faults: servers ## break a system in the shape of production while people talk, and judge what they saw (FAULTS_MINUTES, SEED, FAULTS_ONLY)
	@scripts/install-fault-tools
	@echo "build: services and tests, profile dev (minutes the first time)"
	@$(CARGO) build --workspace --bins --tests --locked --features $(TEST_FEATURES)
	@exec target/debug/chatcheck campaign

test: servers ## every test, with servers of its own
	@scripts/install-chromium
	@scripts/install-proxies
	@scripts/install-prometheus
	@scripts/install-fault-tools
	@scripts/build-web
	@scripts/install-python-tools
	@echo "web: types, packages, sizes, unit tests, a Next.js app"
	@scripts/check-web
	@echo "build: services and tests, profile dev (minutes the first time)"
	@$(CARGO) build --workspace --bins --tests --locked --features $(TEST_FEATURES)
	@$(CARGO) test --workspace --locked --features $(TEST_FEATURES)

lint: prerequisites ## formatting, clippy, dependencies; a warning is an error
	@echo "lint: formatting"
	@$(CARGO) fmt --all --check
	@echo "lint: clippy"
	@$(CARGO) clippy --workspace --all-targets --locked --features $(TEST_FEATURES) -- -D warnings
	@scripts/check-dependencies

dist: prerequisites ## the release archive in dist/, with sums, licences and a bill of materials (DIST_PROFILE=dev: of what tests have built)
	@scripts/dist

fmt: ## format the code
	@$(CARGO) fmt --all

clean: ## remove what was built; the data in .data and the tools in .tools stay
	@$(CARGO) clean
