# One entry for people and for CI. What is set up goes below .lab/ and bin/: nothing is installed, nothing needs root.
# "go build -v" and "lab" tell what they are at, so that a first run, which compiles much, is never silent for long.

FUZZTIME ?= 30s
FUZZ     ?= internal cmd
# How many tests on real daemons run at a time: they wait more than they work.
DAEMONS  ?= 4
SUITES   ?= bookworm trixie sid
LINT     := go tool -modfile=tools/golangci-lint/go.mod golangci-lint
LINT_PATH = go tool -n -modfile=tools/golangci-lint/go.mod golangci-lint
# The race detector needs a C compiler, nothing else here does.
RACE     := $(if $(shell command -v $${CC:-gcc} 2>/dev/null),-race)
LABTOOL   = $$(bin/lab tool $(1))
# Packages that start no goroutine (internal/archtest holds them to it) have nothing to race with, and are five to ten times as slow under
# the detector. What those of boards do side by side is raced by internal/parallel. Without cgo they are built of what "make build" and "make setup" have compiled already.
UNRACED  := ./cmd/obsgen ./internal/archtest ./internal/backtest ./internal/backtest/mutation ./internal/dashboard/... ./internal/rto/report ./internal/whatif

.DEFAULT_GOAL := help
.PHONY: help run drill build setup test lint generate check drift integration accuracy mutate stories scale objectives engines footprint image images bench proof fuzz recordings screenshots page preview pictures packages deployed programs release reference licences vulnerabilities cleanroot clean lab go

help: ## print this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  \1\t/' | expand -t 16

run: lab ## start the whole thing on this machine and show it live; CHECK=1 compares and ends; FLAGS=--without-media for signalling only
	@bin/lab up $(if $(CHECK),--check) $(FLAGS)

drill: lab ## lose a region of real daemons, bring it back in another, and hold the tracker's report against the truth
	@bin/lab drill $(FLAGS)

build: go ## build all programs into bin/
	CGO_ENABLED=0 go build -v -trimpath -o bin/ ./cmd/...

setup: lab ## obtain daemons and tools below .lab/, without starting anything
	@bin/lab setup --tests $(FLAGS)

# The longest package goes first: it mostly waits for promtool, and would run alone at the end.
test: setup drift ## what CI runs first: generated files, alerts, unit tests, integration tests on real daemons
	@$(if $(RACE),,echo "no C compiler: tests run without the race detector")
	CGO_ENABLED=0 TSC="$(call LABTOOL,tsc)" PREVIEW="$(call LABTOOL,preview)" PROMETHEUS="$(call LABTOOL,prometheus)" PROMTOOL="$(call LABTOOL,promtool)" go test -shuffle=on -timeout 30m $(UNRACED)
	PROMTOOL="$(call LABTOOL,promtool)" TSC="$(call LABTOOL,tsc)" PREVIEW="$(call LABTOOL,preview)" PROMETHEUS="$(call LABTOOL,prometheus)" go test $(RACE) -shuffle=on -timeout 30m ./internal/rules $$(go list ./... | grep -vxF "$$(go list $(UNRACED))")
	cd test/k8s && go test ./...
	@$(MAKE) --no-print-directory integration

check: setup drift ## prove that generated files are what spec/ says, and that alerts fire when they must
	@promtool=$(call LABTOOL,promtool); printf '%s\n' test/promtool/*_test.yaml | xargs -P 2 -n 1 "$$promtool" test rules

stories: setup ## what the stories of each objective cost promtool
	PROMTOOL="$(call LABTOOL,promtool)" go test -count=1 -run 'TestPromtool$$' -v ./internal/rules | grep 'processor time\|^FAIL\|^ok'

# The stories of test/promtool run in go test as well, so that "make test" needs them once.
drift: setup
	bin/obsgen check
	for p in spec/profiles/*.yaml; do bin/obsgen coverage -profile "$$(basename $$p .yaml)" || exit 1; done
	bin/obsgen generate -check
	$(call LABTOOL,amtool) check-config deploy/alertmanager/alertmanager.yml

integration: setup ## tests on real daemons
	go test $(RACE) -count=1 -timeout 30m -parallel $(DAEMONS) -tags integration ./test/integration/...

screenshots: setup ## pictures of the tracker's pages about objectives, of one during a drill on real daemons, and of its report, into docs/images/
	PICTURES=$(CURDIR)/docs/images go test -count=1 -timeout 5m -run 'TestObjectivePictures$$' ./internal/web
	PICTURES=$(CURDIR)/docs/images go test -count=1 -timeout 15m -tags integration -run TestDrillFromLossToReport ./test/integration

CLEANROOT ?= .lab/cleanroot
cleanroot: go ## the README's two commands in a bare Debian with what the README names, as an ordinary user with empty caches; recorded in docs/proof/
	CGO_ENABLED=0 go build -o bin/cleanroot ./test/cleanroot
	bin/cleanroot -dir $(CLEANROOT) -record $(CURDIR)/docs/proof/clean-root.txt $(FLAGS)

lint: go ## golangci-lint, pinned in tools/, over this module and those below test/ and tools/ that hold code
	$(LINT) run ./...
	@lint="$$($(LINT_PATH))"; for m in $(dir $(wildcard test/*/go.mod tools/*/go.mod)); do ls $$m*.go >/dev/null 2>&1 || continue; \
		echo "golangci-lint in $$m"; (cd $$m && "$$lint" run ./...) || exit 1; done

generate: go ## write everything that follows from spec/
	@CGO_ENABLED=0 go build -v -o bin/ ./cmd/obsgen
	bin/obsgen generate
	UPDATE=1 go test -count=1 ./internal/specdoc

page: lab ## build the page that draws boards, for obsgen preview
	@bin/lab tool preview >/dev/null

preview: page ## show the boards in a browser, without a Grafana, with the data of PROMETHEUS, or of "make run" where that is up
	@CGO_ENABLED=0 go build -o bin/ ./cmd/obsgen
	@at="$(PROMETHEUS)"; [ -n "$$at" ] || at=$$(bin/lab where prometheus 2>/dev/null) || { at=http://localhost:9090; \
		echo "no laboratory is up: \"make run\" starts one; until then $$at is asked, or what PROMETHEUS=URL names"; }; \
		exec bin/obsgen preview -prometheus "$$at" $(FLAGS)

pictures: setup ## draw the boards' pictures in docs/images/ anew, with the data of a played platform
	@mkdir -p docs/images
	PICTURES=$(CURDIR)/docs/images PREVIEW="$(call LABTOOL,preview)" go test -count=1 -timeout 20m -run 'TestDrawn$$' -v ./internal/dashboard

bench: setup ## benchmarks, and a scrape of a real Kamailio beside the same questions asked raw, recorded in docs/proof/
	go test -run '^$$' -bench . -benchmem ./...
	@mkdir -p docs/proof && rm -f docs/proof/scrape.txt
	COMMIT=$$(git rev-parse --short HEAD 2>/dev/null) SCRAPE=$(CURDIR)/docs/proof/scrape.txt go test -run '^$$' -bench . -tags integration ./test/integration

accuracy: go ## replay all scenarios of a month through the engine and compare budgets with what happened; recorded in docs/proof/
	@mkdir -p docs/proof
	COMMIT=$$(git rev-parse --short HEAD 2>/dev/null) ACCURACY=$(CURDIR)/docs/proof/accuracy.txt go test -count=1 -timeout 3h -run 'TestAccuracy$$' -v ./internal/backtest

MUTATE ?= all
JUDGED ?= 50
SUBJECTS ?= .*
MUTATIONS ?= mutations.txt
mutate: setup ## break the rules of all objectives in MUTATE places (all, or so many of each), one at a time, and see that a story notices; promtool judges one in JUDGED as well; recorded in docs/proof/, in MUTATIONS. SUBJECTS is a regular expression for some of them
	@mkdir -p docs/proof
	COMMIT=$$(git rev-parse --short HEAD 2>/dev/null) MUTATE=$(MUTATE) JUDGED=$(JUDGED) SUBJECTS="$(SUBJECTS)" MUTATIONS=$(CURDIR)/docs/proof/$(MUTATIONS) PROMTOOL="$(call LABTOOL,promtool)" go test -count=1 -timeout 6h -run "(TestStoriesHold|TestMutations)/$(SUBJECTS)" ./internal/backtest/mutation

scale: setup ## what all rules and every query of every board cost a real Prometheus at the size of the published platform, and what drawing takes; recorded in docs/proof/
	@mkdir -p docs/proof
	COMMIT=$$(git rev-parse --short HEAD 2>/dev/null) SCALE=$(CURDIR)/docs/proof/scale.txt PROMETHEUS="$(call LABTOOL,prometheus)" PROMTOOL="$(call LABTOOL,promtool)" go test -count=1 -timeout 1h -run 'TestScale$$' -v ./internal/dashboard
	COMMIT=$$(git rev-parse --short HEAD 2>/dev/null) DRAWN=$(CURDIR)/docs/proof/boards.txt PREVIEW="$(call LABTOOL,preview)" go test -count=1 -timeout 20m -run 'TestDrawn$$' -v ./internal/dashboard

objectives: go ## what a tracker of 1,000 objectives costs its readers, its memory and the server that it asks; recorded in docs/proof/
	@mkdir -p docs/proof
	COMMIT=$$(git rev-parse --short HEAD 2>/dev/null) OBJECTIVES=$(CURDIR)/docs/proof/objectives.txt go test -count=1 -timeout 20m -run 'TestManyObjectives$$' -v ./cmd/tracker

engines: lab ## hold the tracker at a real VictoriaMetrics, Thanos and Mimir to the same at Prometheus; recorded in docs/proof/
	@bin/lab tool prometheus >/dev/null
	@mkdir -p docs/proof
	COMMIT=$$(git rev-parse --short HEAD 2>/dev/null) ENGINES=$(CURDIR)/docs/proof/engines.txt go test -count=1 -timeout 2h -parallel 4 -tags integration -v ./test/engines

footprint: go ## what obsgen takes for 1,000 objectives, by form of work, and for all boards; recorded in docs/proof/
	@mkdir -p docs/proof
	COMMIT=$$(git rev-parse --short HEAD 2>/dev/null) FOOTPRINT=$(CURDIR)/docs/proof/footprint.txt CGO_ENABLED=0 go test -count=1 -timeout 20m -run 'TestFootprint$$' -v ./cmd/obsgen

images: programs lab ## build each image by buildah and run it by crun as deploy/compose says; recorded in docs/proof/. It takes root
	@mkdir -p docs/proof
	COMMIT=$$(git rev-parse --short HEAD 2>/dev/null) IMAGES=$(CURDIR)/docs/proof/images.txt CONTAINERS="$(call LABTOOL,containers)" PROGRAMS=$(CURDIR)/dist/programs go -C test/compose test -count=1 -timeout 20m -run 'TestImages$$' -v ./...

image: lab ## build an image from vendored modules, all of the Dockerfile, without a network; recorded in docs/proof/. It takes root
	@mkdir -p docs/proof
	COMMIT=$$(git rev-parse --short HEAD 2>/dev/null) VENDORED=$(CURDIR)/docs/proof/image.txt CONTAINERS="$(call LABTOOL,containers)" go -C test/compose test -count=1 -timeout 1h -run 'TestVendoredImage$$' -v ./...

CRASHES = TRACKER_CRASHES=100 go test -count=1 -timeout 1h -run TestCrash -v ./cmd/tracker
proof: lab mutate scale objectives engines recordings footprint image images ## long runs on several versions of the daemons; their results are committed under docs/proof/
	go test -count=1 -tags integration -run TestRealTree ./internal/lab/pkgtree
	go test -count=1 -tags integration -run TestRealPackages ./internal/lab/chromium
	go test -race -shuffle=on -timeout 2h $(UNRACED)
	SPECS=all go test -count=1 -timeout 1h -run TestPromtoolOtherSpecs ./internal/rules
	EVIDENCE_KILLS=100 go test -count=1 -timeout 30m -run TestKilled -v ./internal/evidence
	@mkdir -p docs/proof
	COMMIT=$$(git rev-parse --short HEAD 2>/dev/null) RECOVERY=full RECOVERY_PROOF=$(CURDIR)/docs/proof go test -count=1 -timeout 3h -tags integration -run 'TestExposure|TestLoss|TestTheCost|TestTheWhole|TestRecoveryBracket' -v ./test/integration
	COMMIT=$$(git rev-parse --short HEAD 2>/dev/null) REPRODUCED=$(CURDIR)/docs/proof/reproduced.txt REPRODUCE=all go -C tools/release test -count=1 -timeout 1h -run TestSameBytesTwice -v ./...
	@{ printf 'command: %s\ncommit: %s\n\n' "$(CRASHES)" "$$(git rev-parse --short HEAD 2>/dev/null)"; $(CRASHES); } > docs/proof/crash.txt || { cat docs/proof/crash.txt; exit 1; }
	@for s in $(SUITES); do bin/lab up --check --without-media --scale 10 --kamailio-suite $$s $(FLAGS) --record docs/proof/call-setup-$$s.txt || exit 1; done
	@bin/lab up --check --whole 25 $(FLAGS) --record docs/proof/whole-calls.txt

# Not part of "make test": to compile kube-state-metrics takes five minutes of a core, and the kubelet no less.
recordings: go ## hold the recordings of stackdriver_exporter, kube-state-metrics and the kubelet to the real ones over stand-ins for cloud, cluster and node; UPDATE=1 records anew
	go -C test/stackdriver test -count=1 ./...
	go -C test/kubestate test -count=1 ./...
	CGO_ENABLED=0 go -C test/kubelet test -vet=off -count=1 -tags recordings ./...

# By default the go command spends up to a minute on making each input smaller that reaches new code. Packets that carry their length hardly
# become smaller, so that nearly all the time would go there and nothing be tried.
fuzz: go ## every fuzz target below FUZZ (internal cmd) for FUZZTIME (30s) each; FUZZED=FILE adds a record of it to a file
	@log="$$(mktemp)" && trap 'rm -f "$$log" "$$log.code"' EXIT && \
	record() { if [ -n "$(FUZZED)" ]; then printf "$$@" >> "$(FUZZED)"; fi; } && \
	record '\ncommand: make fuzz FUZZTIME=%s FUZZ="%s"\ncommit: %s\n\n' "$(FUZZTIME)" "$(FUZZ)" "$$(git rev-parse --short HEAD 2>/dev/null)" && \
	for f in $$(grep -rlE '^func Fuzz' --include='*_test.go' $(FUZZ)); do for t in $$(grep -oE '^func Fuzz[A-Za-z0-9]+' $$f | cut -c6-); do \
		{ go test -run '^$$' -fuzz "^$$t\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 200x ./$$(dirname $$f); echo $$? > "$$log.code"; } | tee "$$log"; \
		[ "$$(cat "$$log.code")" = 0 ] || exit 1; \
		record '%-30s %-22s %s\n' "$$(dirname $$f)" "$$t" "$$(sed -nE 's/^fuzz: elapsed: .*execs: ([0-9]+) .*total: ([0-9]+)\).*/\1 inputs, \2 of them kept for what they reach/p' "$$log" | tail -n 1)"; done; done

# The version of packages has to be a number; a release names it.
VERSION ?= 0.0.0
EPOCH    = $$(git log -1 --format=%ct)
RELEASE  = SOURCE_DATE_EPOCH=$(EPOCH) go -C tools/release run . -root $(CURDIR) -out $(CURDIR)/dist/release
packages: build ## .deb and .rpm of each program below dist/, with units, man pages and completion; VERSION=0.3.0
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) go -C tools/packages run . -root $(CURDIR) -binaries $(CURDIR)/bin -out $(CURDIR)/dist -version $(VERSION)

deployed: programs lab ## make the packages twice, unpack them into a clean root, run what their units run, and what the documents say
	PROGRAMS=$(CURDIR)/dist/programs go -C tools/packages test -count=1 ./...
	PROGRAMS=$(CURDIR)/dist/programs go test -count=1 -tags programs ./test/docs
	PROGRAMS=$(CURDIR)/dist/programs PROMTOOL="$$(bin/lab tool promtool 2>/dev/null)" go -C test/compose test -count=1 ./...
	go -C test/ci test -count=1 ./...
	go -C tools/release test -count=1 ./...
	go -C tools/govulncheck test -count=1 ./...
	@if command -v systemd-analyze >/dev/null; then systemd-analyze --man=no security --offline=yes --threshold=20 deploy/systemd/*.service >/dev/null && echo "units: exposure at most 2.0"; else echo "units: no systemd-analyze here, not looked at"; fi

# Cross-built programs, packages for this machine's architecture, archives, bills of materials, licences, notes and sums, all the same bytes
# again for the same commit and Go. SINCE=v0.2.0 names the release before.
release: go ## all of a release into dist/release; VERSION=0.3.0 SINCE=v0.2.0
	rm -rf dist/release
	$(RELEASE) -version $(VERSION) build
	mkdir -p dist/release
	SOURCE_DATE_EPOCH=$(EPOCH) go -C tools/packages run . -root $(CURDIR) -binaries $(CURDIR)/dist/programs-amd64 -out $(CURDIR)/dist/release -version $(VERSION)
	$(RELEASE) -version $(VERSION) -since "$(SINCE)" seal

reference: programs licences ## write docs/SPEC.md, docs/CLI.md and docs/LICENCES.md anew: from the sources of the spec, the programs' help, the modules
	UPDATE=1 go test -count=1 ./internal/specdoc
	UPDATE=1 PROGRAMS=$(CURDIR)/dist/programs go test -count=1 -tags programs -run TestCommandLineReference ./test/docs

licences: go ## write docs/LICENCES.md from the sources of all dependencies; refuses what may not be linked
	go -C tools/release run . -root $(CURDIR) licences

vulnerabilities: programs ## look for known vulnerabilities in all programs; says so where the database cannot be reached
	go -C tools/govulncheck run . $(CURDIR)/dist/programs/*

# As a release builds them, and all that tests of a release need them for.
programs: go
	CGO_ENABLED=0 go build -v -trimpath -buildvcs=false -ldflags='-s -w' -o dist/programs/ ./cmd/...

clean: ## remove what was built and set up
	rm -rf bin dist .lab

lab: go
	@CGO_ENABLED=0 go build -v -o bin/lab ./cmd/lab

go:
	@command -v go >/dev/null || { echo "go was not found: install Go 1.26 or newer and put it into PATH" >&2; exit 1; }
