package evidence_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/voipbin/observability/internal/evidence"
)

// leave writes two lots of records, of which the first is signed, and leaves the log as a crash would: the head is not final.
func leave(t *testing.T, dir string, signed, unsigned int) {
	t.Helper()
	copyOf := filepath.Join(t.TempDir(), "copy")
	l := open(t, dir, evidence.Options{})
	add(t, l, day0, signed)
	if _, err := l.Seal(t.Context(), ""); err != nil { // heads are renewed after the answer: only a Seal waits for its own
		t.Fatal(err)
	}
	add(t, l, day0+9e9, unsigned)
	if err := os.CopyFS(copyOf, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	shut(t, l)
	for _, name := range []string{"head.json", fmt.Sprintf("%020d.jsonl", 1)} {
		put(t, filepath.Join(dir, name), content(t, filepath.Join(copyOf, name)))
	}
}

// TestTornTail cuts the write of a record at each of its bytes: the tail is moved aside and reported, and the chain goes on.
func TestTornTail(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	leave(t, dir, 1, 2)
	segment := filepath.Join(dir, fmt.Sprintf("%020d.jsonl", 1))
	text := content(t, segment)
	third := bytes.LastIndexByte(text[:len(text)-1], '\n') + 1
	for cut := third + 1; cut < len(text); cut += 23 {
		put(t, segment, text[:cut])
		tornAt(t, dir, text[third:cut], int64(third))
		put(t, segment, text[:third]) // as if the next run had crashed as well
		put(t, filepath.Join(dir, "head.json"), unclean(t, dir))
	}
}

// unclean is the head of a log as it is while it is open.
func unclean(t *testing.T, dir string) []byte {
	t.Helper()
	l := open(t, dir, evidence.Options{})
	defer shut(t, l)
	return content(t, filepath.Join(dir, "head.json"))
}

func tornAt(t *testing.T, dir string, tail []byte, offset int64) {
	t.Helper()
	if report, fault := evidence.Verify(dir); fault != nil || report.TornBytes != len(tail) {
		t.Fatalf("%d bytes: %+v, %v", len(tail), report.TornBytes, fault)
	}
	l := open(t, dir, evidence.Options{})
	torn := l.Opening().Torn
	if torn == nil || !l.Opening().Unclean || torn.Bytes != len(tail) || torn.Offset != offset || torn.Seq != 3 {
		t.Fatalf("%d bytes: %+v", len(tail), torn)
	}
	if got := content(t, filepath.Join(dir, torn.File)); !bytes.Equal(got, tail) {
		t.Errorf("%s holds %q, want %q", torn.File, got, tail)
	}
	if l.Head().Seq != 2 {
		t.Errorf("the log goes on after record %d", l.Head().Seq)
	}
	shut(t, l)
	report := verified(t, dir)
	if report.Records != 2 || len(report.Torn) == 0 {
		t.Errorf("%+v", report)
	}
}

// TestSignedTailIsNotTorn cuts a record that was signed: that is no crash.
func TestSignedTailIsNotTorn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	leave(t, dir, 1, 0)
	segment := filepath.Join(dir, fmt.Sprintf("%020d.jsonl", 1))
	text := content(t, segment)
	for _, cut := range []int{0, 1, len(text) / 2, len(text) - 1} {
		put(t, segment, text[:cut])
		if l, err := evidence.Open(dir, evidence.Options{}); err == nil {
			l.Close()
			t.Errorf("cut after %d bytes: opened", cut)
		}
		if got := content(t, segment); len(got) != cut {
			t.Errorf("cut after %d bytes: the segment was changed", cut)
		}
	}
}

// TestCompressionInterrupted stops the disk for good at each step of the compression: the log is whole at once, and tidy once it was opened.
func TestCompressionInterrupted(t *testing.T) {
	t.Parallel()
	done := false
	for n := 0; !done; n++ {
		dir, _ := segmentsLog(t)
		first := filepath.Join(dir, fmt.Sprintf("%020d.jsonl", 1))
		unpack(t, first)
		fsys := &brokenFS{left: -1, sticky: true}
		fsys.arm(n, syscall.EIO)
		done = evidence.Compress(fsys, dir, 1) == nil
		what := fmt.Sprintf("step %d, %s", n, fsys.failed)
		if report, fault := evidence.Verify(dir); fault != nil || report.Records != 8 {
			t.Fatalf("%s: %v", what, fault)
		}
		if got := read(t, dir, 1); len(got) != 8 {
			t.Errorf("%s: %d records", what, len(got))
		}
		shut(t, open(t, dir, evidence.Options{}))
		verified(t, dir)
		names, _ := filepath.Glob(filepath.Join(dir, "0*"))
		if len(names) != 4 {
			t.Errorf("%s: after opening: %v", what, names)
		}
	}
}

// unpack replaces a compressed segment by its plain form.
func unpack(t *testing.T, plain string) {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(content(t, plain+".gz")))
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if _, err := text.ReadFrom(z); err != nil {
		t.Fatal(err)
	}
	put(t, plain, text.Bytes())
	if err := os.Remove(plain + ".gz"); err != nil {
		t.Fatal(err)
	}
}

// TestPlainBesideAnotherCompressed refuses a plain segment that is not what the compressed one holds.
func TestPlainBesideAnotherCompressed(t *testing.T) {
	t.Parallel()
	dir, names := segmentsLog(t)
	put(t, names[0][:len(names[0])-len(".gz")], []byte("{}\n"))
	if report, fault := evidence.Verify(dir); fault != nil || len(report.Left) != 1 {
		t.Errorf("%+v, %v", report.Left, fault)
	}
	if l, err := evidence.Open(dir, evidence.Options{}); err == nil {
		l.Close()
		t.Error("opened")
	}
}

func TestSince(t *testing.T) {
	t.Parallel()
	dir, _ := segmentsLog(t) // records 1 to 8, a second apart, two in a segment
	f := func(at int64, want uint64) {
		t.Helper()
		if got, err := evidence.Since(dir, at); err != nil || got != want {
			t.Errorf("since %d: %d, want %d, %v", (at-day0)/1e9, got, want, err)
		}
	}
	f(day0-9e9, 1)
	f(day0+1e9, 1)
	f(day0+2e9, 1)
	f(day0+3e9, 3)
	f(day0+6e9, 5)
	f(day0+7e9, 7)
	f(day0+99e9, 7)
}

// TestReadersWhileWriting verifies and reads a log again and again while it is written, closed, opened and compressed: never a fault.
func TestReadersWhileWriting(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	shut(t, open(t, dir, evidence.Options{}))
	stop, failed := make(chan struct{}), make(chan error, 1)
	go func() {
		defer close(failed)
		for rounds := 0; ; rounds++ {
			select {
			case <-stop:
				if rounds == 0 {
					failed <- errors.New("not one round")
				}
				return
			default:
			}
			report, fault := evidence.Verify(dir)
			if fault != nil {
				failed <- fmt.Errorf("round %d: %w", rounds, fault)
				return
			}
			var last uint64
			for r, err := range evidence.Read(dir, report.Last.Seq) {
				if err != nil || last > 0 && r.Seq != last+1 {
					failed <- fmt.Errorf("round %d: record %d after %d: %w", rounds, r.Seq, last, err)
					return
				}
				last = r.Seq
			}
			if last < report.Last.Seq {
				failed <- fmt.Errorf("round %d: read up to %d, verified up to %d", rounds, last, report.Last.Seq)
				return
			}
		}
	}()
	for i := range 15 {
		l := open(t, dir, evidence.Options{SegmentBytes: 1500, HeadEvery: 3e9})
		add(t, l, day0+int64(i)*20e9, 20)
		shut(t, l)
	}
	close(stop)
	if err := <-failed; err != nil {
		t.Error(err)
	}
}
