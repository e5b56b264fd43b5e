.DEFAULT_GOAL := help
SHELL := /bin/bash
export PATH := $(PATH):/opt/swift/usr/bin

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

.PHONY: setup
setup: ## Install what is missing: Debian packages, and Python test services into .venv
	@scripts/setup

.PHONY: build
build: setup ## Build everything (debug)
	swift build

.PHONY: test
test: setup ## Run all tests
	swift test

.PHONY: lint
lint: ## Check the format of all Swift sources
	swift format lint --strict --recursive --parallel Package.swift Sources Tests

.PHONY: format
format: ## Format all Swift sources in place
	swift format --in-place --recursive --parallel Package.swift Sources Tests
