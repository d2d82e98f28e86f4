package evidence_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/voipbin/observability/internal/evidence"
)

// FuzzLine wants one form of each record: a line that is read is written again as it was.
func FuzzLine(f *testing.F) {
	r := evidence.Record{Seq: 7, At: -5, Kind: "look", Body: []byte(`{"a":"\u003c \\\" ","b":[1,2.5e3,null]}`)}
	line := bytes.TrimSuffix(evidence.AppendLine(r), []byte("\n"))
	f.Add(line)
	f.Add(line[:len(line)-1])
	f.Add(bytes.Replace(line, []byte(`:7`), []byte(`:07`), 1))
	f.Add(bytes.Replace(line, []byte(`[1,`), []byte(`[1, `), 1))
	f.Fuzz(func(t *testing.T, line []byte) {
		r, err := evidence.ParseLine(line)
		if err != nil {
			return
		}
		if again := evidence.AppendLine(r); !bytes.Equal(again, append(bytes.Clone(line), '\n')) {
			t.Errorf("%q is read, and written as %q", line, again)
		}
	})
}

// FuzzSegment reads any bytes as a segment: the records that come are those of a chain, and what is wrong is a fault with a place.
func FuzzSegment(f *testing.F) {
	dir := f.TempDir()
	l, err := evidence.Open(dir, evidence.Options{SegmentBytes: 300})
	if err != nil {
		f.Fatal(err)
	}
	for i := range 4 {
		if _, err := l.Append(f.Context(), "look", day0, body{N: i}); err != nil {
			f.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		f.Fatal(err)
	}
	head, err := os.ReadFile(filepath.Join(dir, "head.json"))
	if err != nil {
		f.Fatal(err)
	}
	names, _ := filepath.Glob(filepath.Join(dir, "0*"))
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, filepath.Ext(name) == ".gz")
	}
	f.Fuzz(func(t *testing.T, text []byte, packed bool) {
		dir := t.TempDir()
		name := fmt.Sprintf("%020d.jsonl", 1)
		if packed {
			name += ".gz"
		}
		put(t, filepath.Join(dir, "head.json"), head)
		put(t, filepath.Join(dir, name), text)
		before := evidence.Record{}
		for r, err := range evidence.Read(dir, 1) {
			var fault *evidence.Fault
			if err != nil && (!errors.As(err, &fault) || fault.Segment == "" || fault.Seq == 0) {
				t.Fatalf("%v: no place", err)
			}
			if err == nil && (r.Seq != before.Seq+1 || before.Seq > 0 && r.Prev != before.Hash) {
				t.Fatalf("record %d after %d", r.Seq, before.Seq)
			}
			before = r
		}
		if _, fault := evidence.Verify(dir); fault == nil {
			t.Fatal("one segment of several verifies")
		}
	})
}

// FuzzBundle reads any bytes as a bundle.
func FuzzBundle(f *testing.F) {
	dir := f.TempDir()
	l, err := evidence.Open(dir, evidence.Options{})
	if err != nil {
		f.Fatal(err)
	}
	defer l.Close()
	for i := range 3 {
		if _, err := l.Append(f.Context(), "look", day0, body{N: i}); err != nil {
			f.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := l.Export(&out, 2, 3); err != nil {
		f.Fatal(err)
	}
	f.Add(out.Bytes())
	f.Add(append(out.Bytes(), out.Bytes()...))
	f.Fuzz(func(t *testing.T, text []byte) {
		slices, fault := evidence.VerifyBundle(bytes.NewReader(text))
		all, err := evidence.ReadBundle(bytes.NewReader(text))
		if (fault == nil) != (err == nil) || fault == nil && len(all) != len(slices) {
			t.Fatalf("verify says %v, read %v", fault, err)
		}
		for _, s := range all {
			if uint64(len(s.All)) != s.Head.Seq-s.From+1 || s.All[len(s.All)-1].Hash != s.Head.Hash {
				t.Fatalf("%d records in a slice of %d to %d", len(s.All), s.From, s.Head.Seq)
			}
		}
	})
}
