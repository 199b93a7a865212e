.DEFAULT_GOAL := help
SHELL := /bin/bash

# What building and testing need of Debian.
PACKAGES := libssh2-1-dev libsqlite3-dev pkg-config openssh-server openssh-client
# What the real control plane needs on top.
LAB_PACKAGES := etcd-server openssl curl iproute2 util-linux dpkg-dev debian-archive-keyring
# Tests with real servers and whole processes, whose time limits want a machine that does one thing at a time.
SYSTEM := SSHTests NodeAccessTests EvenkeelCommandsTests.Processes
SOURCES := Package.swift Sources Tests
# What a release holds itself instead of asking the machine for it; the linker takes an archive where it sees no more.
ARCHIVES := ssh2 sqlite3 crypto z

.PHONY: help setup build demo test conformance soak bench release format lint

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install the Debian packages that building and testing need
	@Tests/Lab/debian-packages.sh $(PACKAGES)

build: setup ## Build the command-line tool
	swift build

demo: build ## Upgrade a simulated cluster and show the report
	@.build/debug/evenkeel demo

test: setup ## Run the unit and integration tests
	swift build --build-tests
	swift test --skip-build --skip ConformanceTests $(SYSTEM:%=--skip %)
	swift test --skip-build --no-parallel $(SYSTEM:%=--filter %)

conformance: setup ## Run the real components: a Kubernetes control plane with hollow nodes
	@Tests/Lab/debian-packages.sh $(LAB_PACKAGES)
	Tests/Lab/kubernetes-build.sh
	swift build --build-tests
	timeout 600 Tests/Lab/control-plane.sh run --nodes 8 -- swift test --skip-build --filter ContractTests
	timeout 1800 Tests/Lab/control-plane.sh run --nodes 8 --workloads Tests/Lab/workloads.json -- \
	  swift test --skip-build --filter ConformanceTests

# How many runs, each with kills of its own, and how many random campaigns on the real control plane, from which seed on.
EVENKEEL_SOAK ?= 20
EVENKEEL_CAMPAIGNS ?= 30
EVENKEEL_SEED ?= 100
soak: setup ## Long runs by hand: EVENKEEL_SOAK=20 runs that are killed, EVENKEEL_CAMPAIGNS=30 real campaigns, kubectl beside
	@Tests/Lab/debian-packages.sh $(LAB_PACKAGES) kubernetes-client:kubectl
	Tests/Lab/kubernetes-build.sh
	swift build --build-tests
	EVENKEEL_SOAK=$(EVENKEEL_SOAK) swift test --skip-build --no-parallel --filter "EvenkeelCommandsTests.*DrainComparisonTests"
	EVENKEEL_SOAK=$(EVENKEEL_SOAK) EVENKEEL_CAMPAIGNS=$(EVENKEEL_CAMPAIGNS) EVENKEEL_SEED=$(EVENKEEL_SEED) \
	  Tests/Lab/control-plane.sh run --nodes 8 --workloads Tests/Lab/workloads.json -- \
	  swift test --skip-build --filter "ConformanceTests.*(RandomCampaignTests|DrainComparisonTests)"
	EVENKEEL_SOAK=$(EVENKEEL_SOAK) swift test --skip-build --filter "SoakTests|ChaosTests"
	EVENKEEL_SOAK=$(EVENKEEL_SOAK) timeout 7200 Tests/Lab/control-plane.sh run --nodes 8 \
	  --workloads Tests/Lab/workloads.json -- swift test --skip-build --filter "Conformance/KillTests"

# Which section, with its arguments; all of them where none is named.
SECTION ?=
bench: setup ## Measure: make bench SECTION=journal, "planning SNAPSHOT --out 20,76" or "ssh --targets 50"
	swift build -c release --product evenkeel
	swift build -c release --product Benchmarks
	.build/release/Benchmarks $(SECTION)

release: setup ## A stripped binary for the closed network, with its SHA-256 sum, in dist/
	@Tests/Lab/debian-packages.sh libssl-dev zlib1g-dev
	install -d dist .build/archives
	for name in $(ARCHIVES); do ln -sf "$$(cc -print-file-name=lib$$name.a)" .build/archives/; done
	printf 'Name: libssh2\nDescription: as an archive\nVersion: 1\nLibs: -L$(CURDIR)/.build/archives -lssh2 -lcrypto -lz\n' \
	  >.build/archives/libssh2.pc
	PKG_CONFIG_PATH=$(CURDIR)/.build/archives swift build -c release --static-swift-stdlib --product evenkeel
	install -s -m 0755 .build/release/evenkeel dist/evenkeel
	cd dist && sha256sum evenkeel > SHA256SUMS
	@ls -l dist && ldd dist/evenkeel

format: ## Bring the code into the project's form
	swift format -i -r $(SOURCES)

lint: ## Check the code's form
	swift format lint --strict -r $(SOURCES)
