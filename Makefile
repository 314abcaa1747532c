# The front door. `make help` lists what it opens; Meson does the work.
#
# Variables: PREFIX (/usr/local), DESTDIR, BUILD (build), CC, CFLAGS, LDFLAGS,
# FUZZ_SECONDS (60, a target), JOBS.

PREFIX ?= /usr/local
DESTDIR ?=
BUILD ?= build
FUZZ_SECONDS ?= 60
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
export DESTDIR

PYTHON = python3
MESON_SETUP = meson setup --prefix=$(PREFIX)
STAMP = $(BUILD)/build.ninja

.PHONY: all build demo demo-threshold check bench comparison fuzz lint install uninstall wasm ct asan \
	clean help packages

all: build

help:
	@echo "make            build everything below $(BUILD)/"
	@echo "make demo       an authority, a hall and five people, live"
	@echo "make demo-threshold   the authority as five nodes, any three of which issue"
	@echo "make check      every test; the last line is 'N passed, N failed'"
	@echo "make bench      measure; one table, and $(BUILD)/bench.json"
	@echo "make comparison   run attrium compare into doc/comparison.md"
	@echo "make fuzz       fuzz each parser for FUZZ_SECONDS ($(FUZZ_SECONDS))"
	@echo "make lint       layers, names, cppcheck, clang-tidy, clang-format"
	@echo "make install    to DESTDIR and PREFIX ($(PREFIX)); make uninstall"
	@echo "make asan       the quick tests under ASan and UBSan"
	@echo "make ct         constant-time tests under valgrind"
	@echo "make wasm       known answers as wasm32 under node"

# Installs what is missing, or says what to install.
packages:
	@tool/packages.sh build

$(STAMP):
	@tool/packages.sh build
	$(MESON_SETUP) $(BUILD)

build: $(STAMP)
	@ninja --quiet -C $(BUILD) -j $(JOBS)

demo: build
	@$(BUILD)/app/attrium/attrium demo

demo-threshold: build
	@$(BUILD)/app/attrium/attrium demo --threshold

# Without the tools for wasm32 its tests are absent, and all others run.
check:
	@tool/packages.sh build check
	@tool/packages.sh wasm || echo "no wasm32 tests"
	@test -f $(STAMP) || $(MESON_SETUP) $(BUILD)
	@grep -q attrium.wasm30.o $(STAMP) || meson setup --reconfigure $(BUILD)
	@ninja --quiet -C $(BUILD) -j $(JOBS)
	@tool/npm/fetch.sh $(BUILD)/npm
	@tool/run_tests.sh $(BUILD)

# Without the tools for wasm32 its rows are absent.
bench: build
	@if grep -q wasm_benches $(STAMP); then \
		ninja --quiet -C $(BUILD) -j $(JOBS) wasm_benches && \
		tool/npm/fetch.sh $(BUILD)/npm; \
	else echo "no clang for wasm32 or no node: no wasm rows" >&2; fi
	@$(PYTHON) tool/bench.py $(BUILD)

comparison: build
	@tool/packages.sh check
	@$(PYTHON) tool/comparison.py $(BUILD)

fuzz:
	@tool/packages.sh build clang
	@test -f build-fuzz/build.ninja || CC=clang meson setup build-fuzz \
		-Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false \
		-Doptimization=1 -Dwasm=disabled
	@ninja --quiet -C build-fuzz -j $(JOBS)
	@tool/fuzz.sh build-fuzz $(FUZZ_SECONDS)

lint: build
	@tool/packages.sh lint
	@tool/lint.sh $(BUILD)

# The sanitizers see every program but the slow ones.
asan:
	@tool/packages.sh build check
	@test -f build-asan/build.ninja || meson setup build-asan \
		-Db_sanitize=address,undefined -Db_lundef=false -Doptimization=1 \
		-Dwasm=disabled
	@ninja --quiet -C build-asan -j $(JOBS)
	@tool/run_tests.sh build-asan --no-suite slow

ct:
	@tool/packages.sh build ct
	@test -f build-ct/build.ninja || meson setup build-ct -Dct=true \
		-Dwasm=disabled -Dprograms=false
	@ninja --quiet -C build-ct -j $(JOBS)
	@tool/run_tests.sh build-ct --suite ct

wasm:
	@tool/packages.sh build wasm
	@test -f $(STAMP) || $(MESON_SETUP) $(BUILD)
	@meson configure $(BUILD) -Dwasm=enabled
	@ninja --quiet -C $(BUILD) -j $(JOBS)
	@tool/npm/fetch.sh $(BUILD)/npm
	@tool/run_tests.sh $(BUILD) --suite wasm

install: build
	@meson configure $(BUILD) --prefix=$(PREFIX)
	@meson install -C $(BUILD)

# What was installed is what would be: Meson keeps the list.
uninstall: $(STAMP)
	@meson configure $(BUILD) --prefix=$(PREFIX)
	@$(PYTHON) tool/uninstall.py $(BUILD)

clean:
	@rm -rf $(BUILD) build-asan build-fuzz build-ct build-clang
