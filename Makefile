# make            what there is
# make demo       from a fresh clone to a container that reaches the internet
# make test       every test

SHELL = /bin/bash
PREFIX ?= /usr/local
BINDIR = $(DESTDIR)$(PREFIX)/bin
UNITDIR = $(DESTDIR)$(PREFIX)/lib/systemd/system
RELEASE = swift build -c release --static-swift-stdlib
SWIFT_FILES = Package.swift Sources Tests

.PHONY: help demo test torture fuzz faults run release install uninstall bench docs format lint clean

help:
	@echo 'make demo       installs what is missing, builds, and walks from a container to the internet in a lab'
	@echo 'make test       installs what is missing, builds, and runs every test'
	@echo 'make torture    crashes, meddling, load, exhaustion and hostile input, for an hour: what was tried, what was lost'
	@echo '                (TORTURE=model,fuzz runs these parts, TORTURE_SCALE=10 a tenth of each)'
	@echo 'make faults     makes faults in a lab, and shows whether `causeway why` names and mends each (FAULTS=--all: more)'
	@echo 'make fuzz       feeds hostile input to every parser, with libFuzzer (SECONDS=60 each; WAYS="http tar" names some)'
	@echo 'make run        starts the daemon for real use, on /var/run/docker.sock (OPTIONS="--debug ..." adds options)'
	@echo 'make install    puts causeway, causewayd and a systemd unit below $(PREFIX)'
	@echo 'make uninstall  takes them away again'
	@echo 'make bench      measures Causeway beside Docker and Podman of Debian (BENCH=quick: in some minutes)'
	@echo 'make docs       writes docs/api.md anew from the table of routes'
	@echo 'make format     formats every Swift file; make lint checks them'
	@echo 'make clean      removes what was built'

demo:
	@scripts/demo.sh $(CLIENT)

test:
	@scripts/test.sh

torture:
	@scripts/torture.sh

fuzz:
	@scripts/packages.sh build
	@SECONDS_EACH=$(SECONDS) scripts/fuzz.sh $(WAYS)

faults:
	@scripts/packages.sh build run lab
	swift build
	@. scripts/common.sh && as_root "$$PWD/.build/debug/causeway-faults" $(FAULTS)

release:
	@scripts/packages.sh build
	$(RELEASE) --product causewayd
	$(RELEASE) --product causeway

run: release
	@scripts/packages.sh run
	@. scripts/common.sh && as_root "$$PWD/.build/release/causewayd" $(OPTIONS)

# Builds as the caller; only the copying needs root where PREFIX does.
install: release
	install -D -m 0755 .build/release/causeway $(BINDIR)/causeway
	install -D -m 0755 .build/release/causewayd $(BINDIR)/causewayd
	install -d $(UNITDIR)
	sed 's|/usr/local/bin/|$(PREFIX)/bin/|' contrib/systemd/causeway.service > $(UNITDIR)/causeway.service
	install -m 0644 contrib/systemd/causeway.socket $(UNITDIR)/causeway.socket

uninstall:
	rm -f $(BINDIR)/causeway $(BINDIR)/causewayd $(UNITDIR)/causeway.service $(UNITDIR)/causeway.socket

bench: release
	$(RELEASE) --product causeway-load
	@scripts/packages.sh run lab bench
	@scripts/bench.sh

docs:
	@scripts/packages.sh build
	CAUSEWAY_WRITE_DOCS=1 swift test --disable-xctest --filter DocumentationTests

format:
	swift format format --in-place --recursive --parallel --configuration .swift-format $(SWIFT_FILES)

lint:
	swift format lint --strict --recursive --parallel --configuration .swift-format $(SWIFT_FILES)

clean:
	rm -rf .build .build-tools .build-bench .build-fuzz
