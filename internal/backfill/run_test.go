package backfill_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/backfill"
	"github.com/voipbin/observability/internal/promapi"
	"github.com/voipbin/observability/internal/rules"
)

// server is a server that loads the blocks of its folder only when it is asked the second time after they came.
type server struct {
	dir  string
	has  string // a query that yields something
	deaf bool   // loads nothing more

	mu    sync.Mutex
	asked map[string]int
}

func (s *server) Query(_ context.Context, expr string, at time.Time) ([]promapi.Sample, error) {
	if s.has != "" && strings.Contains(expr, s.has) {
		return []promapi.Sample{{Point: promapi.Point{Time: at, Value: 1}}}, nil
	}
	return nil, nil
}

func (s *server) Blocks(context.Context) ([]promapi.Block, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	entries, err := os.ReadDir(s.dir)
	var blocks []promapi.Block
	for _, e := range entries {
		s.asked[e.Name()]++
		if s.asked[e.Name()] > 1 && !s.deaf && e.Name() != "wal" {
			blocks = append(blocks, promapi.Block{ID: e.Name()})
		}
	}
	return blocks, err
}

// newJob is a job with a promtool that notes how it was called, and writes a block.
func newJob(t *testing.T, script string) (backfill.Job, *server, *[]string, string) {
	t.Helper()
	dir, tools := t.TempDir(), t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "wal"), 0o700); err != nil {
		t.Fatal(err)
	}
	tool := filepath.Join(tools, "promtool")
	if err := os.WriteFile(tool, []byte("#!/bin/sh\n"+script), 0o700); err != nil {
		t.Fatal(err)
	}
	s := &server{dir: dir, asked: make(map[string]int)}
	said := &[]string{}
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return backfill.Job{
		Server: s, URL: "http://127.0.0.1:1", DataDir: dir, Promtool: tool, From: from, To: from.Add(72 * time.Hour), LoadWithin: time.Minute,
		Say: func(line string) { *said = append(*said, line) },
	}, s, said, tools
}

// writes is a promtool that writes a block of a new name each time, and keeps its arguments and its rules.
const writes = `
here=$(dirname "$0"); n=$(ls "$here" | wc -l)
for last; do :; done
{ echo "$@"; cat "$last"; } > "$here/call$n"
for a; do case $a in --output-dir=*) mkdir "${a#--output-dir=}/01ARZ3NDEKTSV4RRFFQ69G5FA$n";; esac; done
`

func levels() []backfill.Level {
	return []backfill.Level{
		{Rules: []rules.Rule{record("a", "slo:errors:5m", "sum(increase(x_total[5m]))")}},
		{Rules: []rules.Rule{record("a", "slo:ratio:5m", `slo:errors:5m{slo="a"} / 2`)}},
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	job, _, said, tools := newJob(t, writes)
	if err := job.Run(t.Context(), levels(), 3, 4); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"level 3 of 4: 1 records are evaluated", "level 3 of 4: 1 blocks are written; the server looks for blocks once a minute",
		"level 4 of 4: 1 records are evaluated", "level 4 of 4: 1 blocks are written; the server looks for blocks once a minute",
	}
	if diff := cmp.Diff(want, *said); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	call, err := os.ReadFile(filepath.Join(tools, "call2"))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		"tsdb create-blocks-from --max-block-duration=2d6h --quiet rules --url=http://127.0.0.1:1 --output-dir=" + job.DataDir + " --start=1767225600 --end=1767484800 ",
		"interval: 1m\n", `expr: slo:errors:5m{slo="a"} / 2`, "slo: a\n",
	} {
		if !strings.Contains(string(call), part) {
			t.Errorf("want %q in the second call:\n%s", part, call)
		}
	}
}

func TestRunFails(t *testing.T) {
	t.Parallel()
	f := func(script string, change func(*backfill.Job, *server), want string) {
		t.Helper()
		job, s, _, _ := newJob(t, script)
		change(&job, s)
		if err := job.Run(t.Context(), levels(), 1, 2); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %s, got %v", want, err)
		}
	}
	f("echo begin >&2; echo 'query range: server error: 503' >&2; exit 1", func(*backfill.Job, *server) {}, "level 1, at which -level 1 goes on: promtool: exit status 1: query range: server error: 503")
	f(writes, func(j *backfill.Job, s *server) { s.deaf, j.LoadWithin = true, time.Millisecond }, "level 1, at which -level 1 goes on: the server has not loaded 1 of 1 blocks within 1ms, 01ARZ3NDEKTSV4RRFFQ69G5FA1 among them")
	f("exit 0", func(j *backfill.Job, _ *server) { j.DataDir += "/none" }, "/none: no such file or directory")
}

func TestRunIsCancelled(t *testing.T) {
	t.Parallel()
	job, _, _, _ := newJob(t, "exec sleep 60")
	ctx, stop := context.WithCancel(t.Context())
	job.Say = func(string) { stop() }
	if err := job.Run(ctx, levels(), 1, 2); !errors.Is(err, context.Canceled) {
		t.Errorf("want that it was cancelled, got %v", err)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	f := func(change func(*backfill.Job, *server), want string) {
		t.Helper()
		job, s, _, _ := newJob(t, writes)
		change(&job, s)
		err := job.Check(t.Context(), levels()[0].Made())
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	f(func(*backfill.Job, *server) {}, "")
	f(func(_ *backfill.Job, s *server) { s.has = `slo:errors:5m{slo="a"}` },
		`the server has samples of slo:errors:5m{slo="a"} between 2026-01-01T00:00:00Z and 2026-01-04T00:00:00Z already: end before its rules were loaded`)
	f(func(j *backfill.Job, s *server) {
		j.DataDir = t.TempDir()
		s.asked["01ARZ3NDEKTSV4RRFFQ69G5FAV"] = 1
		if err := os.Mkdir(filepath.Join(s.dir, "01ARZ3NDEKTSV4RRFFQ69G5FAV"), 0o700); err != nil {
			t.Fatal(err)
		}
	}, "the server's block 01ARZ3NDEKTSV4RRFFQ69G5FAV is not in ")
}
