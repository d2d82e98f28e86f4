package evidence_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/evidence"
)

// day0 is 2026-11-01 00:00 UTC in nanoseconds.
const day0 = int64(1793491200) * 1e9

type body struct {
	N    int    `json:"n"`
	Text string `json:"text,omitempty"`
}

func open(t *testing.T, dir string, opt evidence.Options) *evidence.Log {
	t.Helper()
	if opt.OnTrouble == nil {
		opt.OnTrouble = func(err error) { t.Errorf("trouble: %v", err) }
	}
	l, err := evidence.Open(dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// add appends n records, one a second from at on.
func add(t *testing.T, l *evidence.Log, at int64, n int) []evidence.Record {
	t.Helper()
	var all []evidence.Record
	for i := range n {
		r, err := l.Append(t.Context(), "look", at+int64(i)*1e9, body{N: i, Text: "<é & \"quoted\">"})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

func shut(t *testing.T, l *evidence.Log) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, dir string, seq uint64) []evidence.Record {
	t.Helper()
	var all []evidence.Record
	for r, err := range evidence.Read(dir, seq) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

func verified(t *testing.T, dir string) evidence.Report {
	t.Helper()
	report, fault := evidence.Verify(dir)
	if fault != nil {
		t.Fatal(fault)
	}
	return report
}

func TestAppendReadVerify(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := open(t, dir, evidence.Options{Name: "east"})
	if !l.Opening().Created || l.Head().Seq != 0 {
		t.Fatalf("a new log: %+v, head %d", l.Opening(), l.Head().Seq)
	}
	wrote := add(t, l, day0, 5)
	if got := l.Head(); got.Seq != 5 || got.Hash != wrote[4].Hash || got.Check() != nil || got.Name != "east" {
		t.Errorf("head: %+v", got)
	}
	got := read(t, dir, 3)
	if len(got) != 3 || got[0].Seq != 3 || string(got[0].Body) != string(wrote[2].Body) || got[0].Hash != wrote[2].Hash {
		t.Errorf("read from 3: %+v", got)
	}
	if r := verified(t, dir); r.Records != 5 || r.Unsigned != 4 || r.Head.Seq != 1 {
		t.Errorf("in use: %+v", r)
	}
	shut(t, l)
	if r := verified(t, dir); r.Records != 5 || r.Unsigned != 0 || !r.Head.Final || r.Segments != 1 {
		t.Errorf("closed: %+v", r)
	}
	if _, err := l.Append(t.Context(), "look", day0, body{}); !errors.Is(err, evidence.ErrClosed) {
		t.Errorf("append to a closed log: %v", err)
	}
	l = open(t, dir, evidence.Options{Name: "east"})
	if o := l.Opening(); o.Created || o.Unclean || o.Torn != nil {
		t.Errorf("opened again: %+v", o)
	}
	if more := add(t, l, day0+9e9, 1); more[0].Seq != 6 || more[0].Prev != wrote[4].Hash {
		t.Errorf("the chain does not go on: %+v", more[0])
	}
}

// TestHashByHand recomputes a line's hash with the tools that the package comment names.
func TestHashByHand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := open(t, dir, evidence.Options{})
	want := add(t, l, day0, 1)[0].Hash
	shut(t, l)
	script := `sed 's/,"hash":"[0-9a-f]*"}$//' "$1" | tr -d '\n' | sha256sum`
	out, err := exec.CommandContext(t.Context(), "sh", "-c", script, "sh", filepath.Join(dir, fmt.Sprintf("%020d.jsonl", 1))).Output()
	if err != nil {
		t.Skipf("no coreutils: %v", err)
	}
	if got, _, _ := strings.Cut(string(out), " "); got != want.String() {
		t.Errorf("sha256sum says %s, the record %s", got, want)
	}
}

func TestOneWriterOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := open(t, dir, evidence.Options{})
	if _, err := evidence.Open(dir, evidence.Options{}); !errors.Is(err, evidence.ErrLocked) {
		t.Fatalf("a second writer: %v", err)
	}
	shut(t, l)
	open(t, dir, evidence.Options{})
}

func TestRefusedRecords(t *testing.T) {
	t.Parallel()
	l := open(t, t.TempDir(), evidence.Options{})
	f := func(kind string, body any) {
		t.Helper()
		if r, err := l.Append(t.Context(), kind, 1, body); err == nil {
			t.Errorf("accepted: %+v", r)
		}
	}
	f("", 1)
	f("Look", 1)
	f(`a"b`, 1)
	f(strings.Repeat("a", 65), 1)
	f("look", make(chan int))
	f("look", strings.Repeat("a", 9<<20))
	if l.Head().Seq != 0 {
		t.Error("a refused record was kept")
	}
}

func TestConcurrentAppends(t *testing.T) {
	t.Parallel()
	const writers, each = 100, 20
	dir := t.TempDir()
	fsys := &countingFS{}
	l := open(t, dir, evidence.Options{FS: fsys, SegmentBytes: 100_000})
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			var before uint64
			for i := range each {
				r, err := l.Append(t.Context(), fmt.Sprintf("w%d", w), day0+int64(i), body{N: i})
				if err != nil || r.Seq <= before {
					t.Errorf("writer %d: record %d after %d: %v", w, r.Seq, before, err)
					return
				}
				before = r.Seq
			}
		})
	}
	wg.Wait()
	if n := fsys.syncs.Load(); n >= writers*each {
		t.Errorf("%d syncs for %d records: they share none", n, writers*each)
	}
	shut(t, l)
	if r := verified(t, dir); r.Records != writers*each || r.Segments < 2 {
		t.Fatalf("%d records in %d segments", r.Records, r.Segments)
	}
	next := map[string]int{}
	for _, r := range read(t, dir, 1) {
		if want := fmt.Sprintf(`{"n":%d}`, next[r.Kind]); string(r.Body) != want {
			t.Fatalf("%s: %s, want %s", r.Kind, r.Body, want)
		}
		next[r.Kind]++
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := open(t, dir, evidence.Options{SegmentBytes: 1000})
	add(t, l, day0, 9) // by size
	const day = int64(24 * time.Hour)
	add(t, l, day0+day, 1)     // by day
	add(t, l, day0+day-5e9, 1) // the clock went back: no new segment
	shut(t, l)
	names, err := filepath.Glob(filepath.Join(dir, "0*"))
	if err != nil {
		t.Fatal(err)
	}
	plain := 0
	for _, name := range names {
		if strings.HasSuffix(name, ".jsonl") {
			plain++
		}
	}
	if len(names) != 4 || plain != 1 {
		t.Errorf("want three compressed segments and an open one: %v", names)
	}
	for seq := range uint64(12) {
		want := 11 - int(max(seq, 1)) + 1
		if got := read(t, dir, seq); len(got) != want || got[0].Seq != max(seq, 1) {
			t.Errorf("from %d: %d records, want %d", seq, len(got), want)
		}
	}
	verified(t, dir)
	l = open(t, dir, evidence.Options{})
	add(t, l, day0+day+9e9, 1)
	shut(t, l)
	verified(t, dir)
}

func TestGivingUp(t *testing.T) {
	t.Parallel()
	hold := make(chan struct{})
	l := open(t, t.TempDir(), evidence.Options{FS: &slowFS{hold: hold}})
	ctx, cancel := context.WithCancel(t.Context())
	first, second := make(chan error), make(chan error)
	go func() { _, err := l.Append(ctx, "look", day0, 1); first <- err }()
	for !os.IsExist(exists(l.Dir())) { // the committer has begun with the first when its segment is there
		time.Sleep(time.Millisecond)
	}
	go func() { _, err := l.Append(ctx, "look", day0, 2); second <- err }()
	cancel()
	if err := <-first; !errors.Is(err, evidence.ErrUnknown) || !errors.Is(err, context.Canceled) {
		t.Errorf("begun: %v", err)
	}
	if err := <-second; errors.Is(err, evidence.ErrUnknown) || !errors.Is(err, context.Canceled) {
		t.Errorf("not begun: %v", err)
	}
	close(hold)
	if r, err := l.Append(t.Context(), "look", day0, 3); err != nil || r.Seq != 2 {
		t.Errorf("after it: record %d, %v", r.Seq, err)
	}
}

func exists(dir string) error {
	if names, _ := filepath.Glob(filepath.Join(dir, "0*")); len(names) > 0 {
		return os.ErrExist
	}
	return nil
}
