# Two commands for a newcomer: `make run` publishes a first catalogue, `make test` runs the tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SITE := catalog/site/vendor/vendor.json
STAMP := $(VENV)/.installed
DATA ?= data
export GX_ANALYTICS_ENABLED := false
export DAGSTER_DISABLE_TELEMETRY := yes
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test check dev site spark docs schemas sbom audit lock clean

run: $(STAMP) $(SITE)
	$(BIN)/bymaal run --data-dir $(DATA)

test: $(STAMP) $(SITE)
	$(BIN)/python -m pytest -n 2 --dist loadfile

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports
	$(BIN)/reuse lint --quiet
	DAGSTER_HOME="$(CURDIR)/dagster_home" $(BIN)/dagster definitions validate -w workspace.yaml

dev: $(STAMP)
	DAGSTER_HOME="$(CURDIR)/dagster_home" $(BIN)/dagster dev -w workspace.yaml

# Bytecode is compiled once here: without it every process parses Great Expectations and Dagster anew.
$(STAMP): requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	-$(BIN)/python -m compileall -q -j 2 $(VENV)/lib
	touch $(STAMP)

# Designsystemet's styles and the SQL console's engine, from their packages; without that registry the pages are plainer, which is said.
site: $(STAMP)
	$(BIN)/python catalog/site/web/install.py

$(SITE): $(STAMP) $(filter-out %.py,$(wildcard catalog/site/web/*))
	$(BIN)/python catalog/site/web/install.py

# Apache Spark as a second engine, 460 MB; it needs Java 17. Built from source, because there is no other form.
spark: $(STAMP)
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps --no-build-isolation -r requirements-spark.lock

# The documentation as a site, in build/docs.
docs: $(STAMP)
	$(BIN)/mkdocs build --quiet

# For editors with yaml-language-server: schemas of the files that people write, and the settings that tell which is for which.
schemas: $(STAMP)
	$(BIN)/python -m pipelines.authoring.schemas

# The bill of materials (CycloneDX) of what is installed by the lock file.
sbom: $(STAMP)
	mkdir -p build
	$(BIN)/cyclonedx-py requirements --output-reproducible --of JSON -o build/sbom.json requirements.lock

# Asks the public database of known weaknesses; needs the internet.
audit: $(STAMP)
	$(BIN)/pip-audit --require-hashes --disable-pip -r requirements.lock

# Needs uv. No index address is written, so the lock installs from any mirror.
lock:
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header --extra dev pyproject.toml -o requirements.lock
	sed -n 's/^spark = \["\(.*\)"\]/\1/p' pyproject.toml | uv pip compile --universal --generate-hashes --no-emit-index-url --no-header - -o requirements-spark.lock

clean:
	rm -rf $(VENV) $(DATA)
