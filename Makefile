.DEFAULT_GOAL := help
SHELL := /bin/bash
export PATH := $(PATH):/opt/swift/usr/bin

EVENT ?= events/campaign.json

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

.PHONY: setup
setup: ## Install what is missing: Debian packages, and Python test services into .venv
	@scripts/setup

.PHONY: build
build: setup ## Build everything (debug)
	swift build

.PHONY: invoke
invoke: setup ## Send the example campaign into a local outbox; EVENT=file names another event
	swift build --product jada-blast
	"$$(swift build --show-bin-path)/jada-blast" invoke $(EVENT)

# Tests that start whole servers and programs run one after another: side by side they would starve each other.
PROGRAMS := EndToEndTests|CommandLineTests

.PHONY: test
test: setup ## Run all tests
	swift build --build-tests
	swift test --skip-build --skip '$(PROGRAMS)'
	swift test --skip-build --filter '$(PROGRAMS)' --no-parallel

.PHONY: bench
bench: setup ## Run the benchmarks (release); prints ratios against peers measured in the same run
	Benchmarks/run

.PHONY: lint
lint: ## Check the format of all Swift sources
	swift format lint --strict --recursive --parallel Package.swift Sources Tests Benchmarks

.PHONY: format
format: ## Format all Swift sources in place
	swift format --in-place --recursive --parallel Package.swift Sources Tests Benchmarks

.PHONY: clean
clean: ## Remove what builds and local runs have made
	rm -rf .build build .jada-blast
