# Copyright (c) 2026 Rackwright contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

export PATH := $(CURDIR)/.venv/bin:$(PATH)
# Images for CI often set it. Python would compile all of Ansible anew for each playbook.
unexport PYTHONDONTWRITEBYTECODE
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help lab lab-down test platforms kill fuzz lint format bench docs setup engine images dist release clean

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

lab: base engine images ## a small data centre on this machine's Docker engine; again: nothing changes
	ansible-playbook -i inventories/lab rackwright.platform.site

lab-down: base engine ## take all of the lab away, and nothing else
	ansible-playbook -i inventories/lab rackwright.platform.site_down

test: setup engine images ## what a change can break, against real servers on this machine; a quarter of an hour
	tools/parts.sh "host.sh podman" "host.sh nspawn" nameservers.sh openstack.sh "newest.sh ready"
	tools/newest.sh
	python -m pytest -n 4 --no-loadscope-reorder

platforms: setup engine images ## what `make test` runs on one release only, on the others, every fault on every provider, and what takes long; an hour or two
	tools/host.sh podman debian-12 debian-13
	tools/host.sh nspawn debian-11 debian-12 debian-13
	tools/openstack.sh
	tools/peers.sh
	tools/newest.sh all
	RACKWRIGHT_KUBERNETES_CORE=$(CURDIR)/.ansible/peers python -m pytest -n 0 tests/integration/test_role_deis.py
	RACKWRIGHT_CONTRACT=all python -m pytest -n 2 tests/contract/test_contract.py -k "podman or nspawn or rkt or pod or drycc or ironic or lab"
	RACKWRIGHT_CONTRACT=all python -m pytest -n 2 tests/integration -k "openstacks_own_sdk or lives_behind_keystone"
	RACKWRIGHT_CONTRACT=all python -m pytest -n 2 tests/integration/test_containers_rkt.py
	RACKWRIGHT_CONTRACT=all RACKWRIGHT_PODMAN=debian-13 python -m pytest -n 2 tests/integration -k podman
	RACKWRIGHT_CONTRACT=all python -m pytest -n 2 tests/integration -k "nspawn or pods"
	RACKWRIGHT_CONTRACT=all RACKWRIGHT_NSPAWN=debian-11 python -m pytest -n 0 tests/integration -k "nspawn and not killed"
	RACKWRIGHT_CONTRACT=all RACKWRIGHT_NSPAWN=debian-13 python -m pytest -n 0 tests/integration -k "nspawn and not killed"
	RACKWRIGHT_ROLES=all RACKWRIGHT_IMAGE=debian-13 python -m pytest -n 0 tests/integration/test_roles.py -k zookeeper
	RACKWRIGHT_ROLES=all RACKWRIGHT_IMAGE=debian-13 python -m pytest -n 0 tests/integration/test_roles.py -k "mesos or rkt"
	RACKWRIGHT_ROLES=all RACKWRIGHT_IMAGE=debian-11 python -m pytest -n 0 tests/integration/test_roles.py -k "docker and not docker_ or mesos or rkt"
	RACKWRIGHT_ROLES=all python -m pytest -n 0 tests/integration/test_resolver.py
	RACKWRIGHT_ROLES=more python -m pytest -n 0 tests/integration/test_roles.py

kill: setup engine images ## a task of 20 servers killed at every single API call, on every provider; half an hour or more
	tools/openstack.sh
	RACKWRIGHT_KILL=all python -m pytest -s tests/contract/test_kill.py

fuzz: setup ## 10,000 zone files and lists of records that nobody would write; some minutes
	RACKWRIGHT_FUZZ=10000 python -m pytest tests/unit/plugins/module_utils/dns/test_fuzz.py

lint: setup ## what must be clean: style, documentation, generated files, the collection's tarball
	tools/lint.sh

format: setup ## put Python code into the shape that lint wants
	ruff check --fix --quiet . ; ruff format --quiet .

bench: base engine images ## measure against the raw API and the peers; only=dns takes a part
	tools/host.sh podman
	tools/nameservers.sh
	tools/setup.sh test bench
	tools/peers.sh
	python tests/bench/run.py $(if $(only),--only $(only))

docs: base ## write what follows from the field tables: fragments, matrix, role options
	python tools/generate.py

setup: ## the virtual environment .venv, and the checkout as the collection it is
	tools/setup.sh test lint

base:
	tools/setup.sh

engine: ## a Docker engine, if none answers
	tools/engine.sh

images: ## the images lab servers boot from
	python3 tools/images.py

dist: base ## the collection's tarball, in .ansible/dist
	ansible-galaxy collection build --force --output-path .ansible/dist .

release: setup ## turn the changelog's fragments into a release: version=X.Y.Z
	antsibull-changelog release --version $(version)

clean: ## remove environments, caches and built files
	rm -rf .venv .venv-newest .venv-openstack .venv-mimic .ansible .hypothesis .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
