.DEFAULT_GOAL := help
SHELL := /bin/bash

# Where Swift's archive is unpacked, for shells without swift in PATH.
SWIFT_HOME ?= /opt/swift
export PATH := $(PATH):$(SWIFT_HOME)/usr/bin

EVENT ?= events/campaign.json

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

.PHONY: setup
setup: ## Install what build and tests miss: Debian packages, and Python test services into .venv
	@scripts/setup build test

.PHONY: build
build: ## Build everything (debug)
	@scripts/setup build
	swift build

.PHONY: invoke
invoke: ## Send the example campaign into a local outbox; EVENT=file names another event
	@scripts/setup build
	swift build --product jada-blast
	"$$(swift build --show-bin-path)/jada-blast" invoke $(EVENT)

# Tests that start whole servers and programs, or count what a sender does in time, run one after another: side by side they
# would starve each other.
PROGRAMS := EndToEndTests|CommandLineTests|WriteUnitTests

# All at once, hundreds of tests hold more descriptors than Foundation counts when it starts a process, which it does not
# survive. Swift before 6.3 has no such option.
WIDTH = --experimental-maximum-parallelization-width
ABREAST = $(shell swift test --help-hidden | grep -q -e '$(WIDTH)' && echo $(WIDTH) 16)

.PHONY: test
test: setup ## Run all tests
	swift build --build-tests
	swift test --skip-build --skip '$(PROGRAMS)' $(ABREAST)
	swift test --skip-build --filter '$(PROGRAMS)' --no-parallel
	$(SOAK) --runs 40

RUNS ?= 500
SEED ?= 1
SOAK = .venv/bin/python Tests/Soak --build "$$(swift build --show-bin-path)"

.PHONY: soak
soak: setup ## Kill and disturb real workers in RUNS=500 runs and judge each, then `rate`; RUNS=1 SEED=n repeats one run
	swift build
	$(SOAK) --runs $(RUNS) --seed $(SEED)
	$(if $(filter-out 1,$(RUNS)),$(MAKE) rate)

.PHONY: rate
rate: setup ## Measure how much of 50/s and 500/s eight workers use, on SQLite and DynamoDB (release)
	.venv/bin/python Tests/Soak/rate

# A build with a sanitizer has a place of its own, beside the ordinary one. Programs that the tests start are built with it,
# too, and end with its exit status where it finds something. Leaks are not looked for: a program that ends by exit(3)
# leaves what it was working with.
SANITIZED = --scratch-path .build/$(1) --sanitize=$(1)

.PHONY: test-tsan
test-tsan: setup ## Run all tests under ThreadSanitizer
	swift build --build-tests $(call SANITIZED,thread) -Xswiftc -DTHREAD_SANITIZER
	TSAN_OPTIONS=halt_on_error=1 swift test --no-parallel --skip-build $(call SANITIZED,thread)

.PHONY: test-asan
test-asan: setup ## Run all tests under AddressSanitizer
	swift build --build-tests $(call SANITIZED,address)
	ASAN_OPTIONS=detect_leaks=0:quarantine_size_mb=16:suppressions=$(CURDIR)/scripts/sanitizers/address.supp \
	    swift test --no-parallel --skip-build $(call SANITIZED,address)

# Fuzzing has a build of its own, too. What it finds interesting is kept in the corpus, which the tests read.
FUZZED ?= events
FUZZ_SECONDS ?= 600
FUZZER = swift build -c release --scratch-path .build/fuzz --sanitize=fuzzer -Xswiftc -sanitize=fuzzer,address \
    -Xswiftc -enable-testing --product jada-blast-fuzz
CORPUS = Tests/FuzzTests/Corpus/$(FUZZED).txt

.PHONY: fuzz
fuzz: export SWIFT_BACKTRACE = enable=no
fuzz: export FUZZED := $(FUZZED)
fuzz: ## Feed a parser with anything for FUZZ_SECONDS=600; FUZZED is events, campaign, csv, template, requests, dns or bounces
	@scripts/setup build
	$(FUZZER)
	scripts/corpus unpack $(CORPUS) .build/fuzz/found/$(FUZZED)
	rm -rf .build/fuzz/kept && mkdir -p .build/fuzz/kept
	"$$($(FUZZER) --show-bin-path)/jada-blast-fuzz" -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 \
	    -max_len=4096 -detect_leaks=0 -print_final_stats=1 -artifact_prefix=.build/fuzz/ .build/fuzz/found/$(FUZZED)
	"$$($(FUZZER) --show-bin-path)/jada-blast-fuzz" -set_cover_merge=1 -use_counters=0 -detect_leaks=0 \
	    .build/fuzz/kept .build/fuzz/found/$(FUZZED)
	scripts/corpus pack .build/fuzz/kept $(CORPUS)

.PHONY: accuracy
accuracy: ## Say in docs/DIAGNOSIS.md how often bounces are explained rightly, on data beside this checkout
	@scripts/setup build
	swift build --product jada-blast
	scripts/accuracy --program "$$(swift build --show-bin-path)/jada-blast" --write

.PHONY: bench
bench: ## Run the benchmarks (release); prints ratios against peers measured in the same run
	Benchmarks/run

.PHONY: lint
lint: ## Check the format of all Swift sources
	@scripts/setup
	swift format lint --strict --recursive --parallel Package.swift Sources Tests Benchmarks

.PHONY: format
format: ## Format all Swift sources in place
	@scripts/setup
	swift format --in-place --recursive --parallel Package.swift Sources Tests Benchmarks

.PHONY: package
package: ## Build build/jada-blast.zip for Lambda: bootstrap and one static executable
	@scripts/setup build package
	scripts/package

# A second build, in another folder, must give the same bytes, and so must `sam build`.
.PHONY: test-package
test-package: setup package ## Build the package twice and by sam, and test it as Lambda would run it
	scripts/test-sam-build
	swift build --build-tests
	PACKAGE_TO_TEST=$(CURDIR)/build/jada-blast.zip swift test --skip-build --filter PackageTests --no-parallel
	scripts/package-again

# `sam build` calls build-Scheduler and so on, for each function of template.yaml, and sets ARTIFACTS_DIR.
build-%:
	@scripts/setup build package
	scripts/package "$(ARTIFACTS_DIR)"

.PHONY: clean
clean: ## Remove what builds and local runs have made
	rm -rf .build .aws-sam build .jada-blast
