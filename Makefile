# `make help` lists the targets. Each sets up .venv first, which takes a moment when nothing changed.

CORES ?= all
# Versions released after this day are left out: it takes some days until every copy of a package index has them.
LOCK_DATE ?= 2026-11-01

BIN := .venv/bin
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.DEFAULT_GOAL := run
export DATA

.PHONY: run own setup test lint mutate bench readme verify archive lock clean help

run: setup  ## the default job: config/config.yaml from raw text to results/report.html (CORES=2: use two cores)
	$(BIN)/snakemake --cores $(CORES)
	@# Snakemake's own report takes a while, so only after a run that changed ours.
	[ results/snakemake-report.html -nt results/report.html ] || \
		{ $(BIN)/snakemake --report results/.snakemake-report.html && \
			mv results/.snakemake-report.html results/snakemake-report.html; }
	@echo "Report: results/report.html; Snakemake's report: results/snakemake-report.html"

# The name of the file reaches the shell as a variable, so it may hold blanks and quotes.
own: setup  ## your own data (DATA=reviews.csv) to a report; OPTIONS='--text …' where a guess is wrong
	@[ -n "$$DATA" ] || { echo "make own: name your file of labelled texts: make own DATA=reviews.csv" >&2; exit 2; }
	@$(BIN)/python -m spiketext init --run "$(CORES)" $(OPTIONS) -- "$$DATA"

setup:  ## create or update .venv (PYTHON=…, TORCH_BACKEND=…: see envs/README.md)
	@bash envs/setup.sh

# One thread per worker: two workers with a thread per core each get in each other's way.
test: setup  ## the tests
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile

lint: setup  ## style, types, and a dry run of every file in config/ and examples/, with one seed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	cd workflow && ../$(BIN)/lint-imports --config ../pyproject.toml --no-cache
	$(BIN)/snakefmt --check Snakefile workflow/rules
	$(BIN)/snakemake --lint
	@for file in config/*.yaml examples/*.yaml; do \
		said=$$($(BIN)/snakemake -n --configfile "$$file" --config 'seeds=[1]' 2>&1) || \
			{ echo "$$said"; echo "dry run of $$file: FAILED"; exit 1; }; \
		echo "dry run of $$file: fine"; \
	done

mutate: setup  ## which of many serious mistakes the tests notice (an hour; a run that was killed goes on): docs/tests.md
	$(BIN)/python -m mutations

# A package that cannot be had is left out of the comparison, which says so.
.peers/.ready: envs/peers.txt
	@rm -rf .peers
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --target .peers \
		--requirement envs/peers.txt && touch $@ || echo "bench: the packages of envs/peers.txt cannot be installed"

bench: setup  ## speed and memory against a textbook implementation, then of half a million reviews (MIRROR=…: see docs/speed.md)
	@$(MAKE) --no-print-directory .peers/.ready
	PYTHONPATH=.peers $(BIN)/python -m benchmarks $(if $(MIRROR),--mirror "$(MIRROR)")
	$(BIN)/python -m benchmarks.attacks
	$(BIN)/python -m benchmarks.scale

readme: setup  ## put the figures of the studies in results/ into README.md, docs/ and results/reference, and draw the DAG
	$(BIN)/python -m tools.readme
	$(BIN)/python -m tools.dag

verify: setup  ## compute cells of results/reference anew and compare (CELLS='mr/dnn/1 mr/sparse-20/1', OPTIONS='--study …')
	@$(BIN)/python -m tools.verify --cores "$(CORES)" $(OPTIONS) -- $(CELLS)

archive: setup  ## a paper's supplement: the code at its commit, and what studies have summed up (RESULTS='results/six-sets …', OUT=…)
	@$(BIN)/python -m tools.archive $${OUT:+--out "$$OUT"} -- $$RESULTS

# One lock for Python 3.11 to 3.13 and for every build of torch. The CUDA libraries of the index's own
# torch are left out (envs/setup.sh says why), and what this machine has beside its index plays no part.
lock: setup  ## make envs/requirements.lock and the environments for conda anew (LOCK_DATE=…, LOCK_FLAGS=--upgrade)
	UV_FIND_LINKS= UV_EXTRA_INDEX_URL= envs/uv.sh pip compile --quiet --universal --python-version 3.11 \
		--fork-strategy fewest --exclude-newer $(LOCK_DATE) --override envs/overrides.txt \
		--no-emit-package torchvision --no-emit-package torchaudio --no-annotate --no-header \
		$(LOCK_FLAGS) --output-file envs/requirements.lock envs/requirements.in
	sed -i.old -E "/^(nvidia-|cuda-|triton==)|sys_platform == 'never'/d" envs/requirements.lock && rm envs/requirements.lock.old
	@bash envs/setup.sh
	$(BIN)/python envs/make_yaml.py

clean:  ## delete results, except the downloaded resources and the committed reference
	@[ ! -d results ] || find results -mindepth 1 -maxdepth 1 ! -name reference ! -name resources -exec rm -rf {} +

help:  ## this list
	@sed -nE 's/^([a-z]+):[^#]*## (.*)/make \1|\2/p' Makefile | awk -F'|' '{printf "%-12s %s\n", $$1, $$2}'
