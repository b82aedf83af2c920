# Set-up happens by itself: every target that needs Python depends on the virtual environment.
PYTHON ?= python3
VENV ?= .venv
RUN := $(VENV)/bin/python
export KERAS_BLUR_DATASETS ?= data

.PHONY: help train test coverage docs links test-android test-beam test-mediapipe test-web fuzz chaos soak demo lint demo-data clean

help:  ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "%-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

train: runs/demo/test/metrics.json  ## Prepare the demo data, train a network on it, measure it, mark blur in photos
	@echo; cat runs/demo/test/table.md; echo
	@echo "Pictures: runs/demo/panels, runs/demo/curves.png, runs/demo/test/best.png, runs/demo/photos"

test: $(VENV)/ready  ## Run all tests, or those that TESTS names, on up to four cores
	$(RUN) -m pytest -n logical --maxprocesses 4 --dist loadfile $(TESTS)

coverage: $(VENV)/ready  ## Run all tests and say which lines none of them runs
	$(RUN) -m pytest --cov --cov-report=term:skip-covered --cov-report=html:build/coverage

docs: $(VENV)/ready  ## Build the documentation site into build/site, strictly
	NO_MKDOCS_2_WARNING=1 $(RUN) -m mkdocs build --quiet
	@echo "Read it: $(RUN) -m http.server --directory build/site"

links: $(VENV)/ready  ## Ask for every external link; needs a network, so CI leaves it out
	$(RUN) -m tools.links

test-beam: .venv-beam/ready  ## Test Apache Beam, which needs an environment of its own
	.venv-beam/bin/python -m pytest tests/builders tests/photos/test_bulk.py -k "beam or bulk"

test-mediapipe: .venv-mediapipe/ready  ## Test the shipped files in MediaPipe Tasks, in an environment of its own
	.venv-mediapipe/bin/python -m pytest tests/interoperability

.venv-%/ready: setup.cfg setup.py pyproject.toml
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --quiet --editable '.[$*]' dill pytest
	touch $@

test-android:  ## Test the Android demo's core and type-check its app
	android_demo/tools/test.sh

demo: web_demo/node_modules/.ready  ## Serve the browser demo on http://localhost:8080
	cd web_demo && node build.js && node serve.js

test-web: $(VENV)/ready web_demo/node_modules/.ready  ## Test the browser demo in headless Chromium
	tools/need.sh chromium chromium
	cd web_demo && node --test test/*.test.js && node build.js
	$(RUN) web_demo/test/make_pictures.py build/web
	cd web_demo && node test/browser.js ../build/web ../build/web/screenshots

web_demo/node_modules/.ready: web_demo/package-lock.json
	tools/need.sh npm npm
	cd web_demo && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	touch $@

# In folders of the commit, so that what was tried on another program isn't taken for tried.
FUZZED := build/fuzz/$(shell git rev-parse --short HEAD 2>/dev/null || echo unknown)

fuzz: $(VENV)/ready  ## Try tens of thousands of hostile files in workers with limits (FUZZ=--scale 0.1); a table
	KERAS_BACKEND=numpy $(RUN) tests/hostile/fuzz.py --output $(FUZZED) $(FUZZ)
	$(RUN) tests/hostile/bombs.py
	@$(RUN) -c 'import atheris' 2>/dev/null || echo "not run: coverage-guided, which needs pip install -e '.[fuzz]'"
	@! $(RUN) -c 'import atheris' 2>/dev/null || for kind in photos contracts; do \
		$(RUN) tests/hostile/coverage_guided.py $$kind -max_total_time=300 -print_final_stats=1 || exit 1; done

chaos: $(VENV)/ready  ## Kill jobs, fill their disks, run two at once; a table of what was lost
	$(RUN) tests/hostile/chaos.py $(CHAOS)

soak: $(VENV)/ready  ## Judge 100,000 photos and 10,000 frames of the browser demo, and watch the memory
	$(RUN) tests/hostile/soak.py $(SOAK)
	cd web_demo && node --expose-gc test/soak.js

lint: $(VENV)/ready  ## Check style, types and the direction of imports
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(VENV)/bin/lint-imports --config setup.cfg
	$(RUN) -m mypy

clean:  ## Remove runs and prepared data, keep the environment
	rm -rf runs data blur_out

$(VENV)/ready: setup.cfg setup.py pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("keras-blur needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --editable '.[dev]' --constraint constraints.txt
	touch $@

data/blur_demo: $(VENV)/ready
	$(RUN) -m tfds_builders blur_demo --data-dir data

demo-data: data/blur_demo

# Resumes if it was interrupted, and repeats nothing that is done.
runs/demo/curves.png: | data/blur_demo
	$(RUN) -m keras_blur.train --config demo --data-dir data --run-dir runs/demo --resume

PHOTOS = import pathlib, skimage; folder = pathlib.Path(skimage.__file__).parent / "data"; \
	print(*(folder / name for name in ("chelsea.png", "coffee.png", "rocket.jpg", "motorcycle_left.png")))

runs/demo/test/metrics.json: | runs/demo/curves.png
	$(RUN) -m keras_blur.evaluate --system runs/demo --dataset blur_demo --data-dir data --output-dir runs/demo/test
	$(RUN) -m keras_blur.predict $$($(RUN) -c '$(PHOTOS)') --system runs/demo --overlays --output-dir runs/demo/photos
