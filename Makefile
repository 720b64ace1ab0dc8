# WorkConnect Chat. `make help` lists what there is.

CARGO ?= cargo
SHELL := /bin/sh
.DEFAULT_GOAL := help

# The tests' build can fail and err on purpose, where a test tells it to; what `make run` builds cannot.
TEST_FEATURES := chat-persistence/faults,chat-ws-gateway/faults

.PHONY: help web run test lint fmt clean prerequisites servers

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

test: servers ## every test, with servers of its own
	@scripts/install-chromium
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

fmt: ## format the code
	@$(CARGO) fmt --all

clean: ## remove what was built; the data in .data and the tools in .tools stay
	@$(CARGO) clean
