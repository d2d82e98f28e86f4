package evidence_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/evidence"
)

// bundle exports records of a log of n.
func bundle(t *testing.T, name string, n int, from, to uint64) []byte {
	t.Helper()
	l := open(t, t.TempDir(), evidence.Options{Name: name, SegmentBytes: 900})
	add(t, l, day0, n)
	var out bytes.Buffer
	if err := l.Export(&out, from, to); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestBundle(t *testing.T) {
	t.Parallel()
	text := bundle(t, "east", 9, 3, 7)
	slices, fault := evidence.VerifyBundle(bytes.NewReader(text))
	if fault != nil || len(slices) != 1 || slices[0].From != 3 || slices[0].Head.Seq != 7 || slices[0].Head.Name != "east" {
		t.Fatalf("%+v, %v", slices, fault)
	}
	two := append(bundle(t, "west", 4, 1, 4), text...)
	all, err := evidence.ReadBundle(bytes.NewReader(two))
	if err != nil || len(all) != 2 || len(all[0].All) != 4 || len(all[1].All) != 5 || all[1].All[0].Seq != 3 {
		t.Fatalf("two chains: %+v, %v", all, err)
	}
	if keys := evidence.Keys([]evidence.Slice{all[0].Slice, all[1].Slice, all[0].Slice}); len(keys) != 2 {
		t.Errorf("keys: %v", keys)
	}
}

// TestBundleEveryByte changes each byte of a bundle, cuts it after each, and takes out, repeats and swaps its lines.
func TestBundleEveryByte(t *testing.T) {
	t.Parallel()
	text := bundle(t, "east", 5, 2, 4)
	line := 1
	for i := range text {
		bad := bytes.Clone(text)
		bad[i] ^= 1
		_, fault := evidence.VerifyBundle(bytes.NewReader(bad))
		// Of the first line two numbers can only be compared with the record that follows.
		if fault == nil || fault.Line != line && line > 1 && text[i] != '\n' {
			t.Fatalf("byte %d of line %d changed: %v", i, line, fault)
		}
		if _, fault := evidence.VerifyBundle(bytes.NewReader(text[:i])); fault == nil {
			t.Fatalf("cut at byte %d: no fault", i)
		}
		if text[i] == '\n' {
			line++
		}
	}
	lines := bytes.SplitAfter(text, []byte("\n"))[:4]
	for i := range lines {
		without := slicesWithout(lines, i)
		if _, fault := evidence.VerifyBundle(bytes.NewReader(without)); fault == nil {
			t.Errorf("without line %d: no fault", i+1)
		}
		again := append(bytes.Clone(text), lines[i]...)
		if _, fault := evidence.VerifyBundle(bytes.NewReader(again)); fault == nil {
			t.Errorf("line %d once more: no fault", i+1)
		}
	}
}

func slicesWithout(lines [][]byte, i int) []byte {
	var out []byte
	for j, l := range lines {
		if j != i {
			out = append(out, l...)
		}
	}
	return out
}

func TestExportRefuses(t *testing.T) {
	t.Parallel()
	l := open(t, t.TempDir(), evidence.Options{})
	add(t, l, day0, 3)
	_, stranger, _ := ed25519.GenerateKey(nil)
	own, err := evidence.LoadKey(filepath.Join(l.Dir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	f := func(err error, want string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	var out bytes.Buffer
	f(l.Export(&out, 0, 3), "want 1 <=")
	f(l.Export(&out, 3, 2), "want 1 <=")
	f(l.Export(&out, 1, 4), "the log ends at 3")
	f(evidence.Export(&out, l.Dir(), 1, 4, own), "the log ends before")
	f(evidence.Export(&out, l.Dir(), 1, 3, stranger), "not that of the log")
	if out.Len() > 0 {
		t.Error("something was written")
	}
	if err := evidence.Export(&out, l.Dir(), 1, 3, own); err != nil {
		t.Error(err)
	}
	if err := l.Export(fullWriter{}, 1, 3); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("a writer that fails: %v", err)
	}
}

type fullWriter struct{}

func (fullWriter) Write([]byte) (int, error) { return 0, fs.ErrInvalid }

func TestMerge(t *testing.T) {
	t.Parallel()
	east := open(t, t.TempDir(), evidence.Options{Name: "east"})
	west := open(t, t.TempDir(), evidence.Options{Name: "west"})
	add(t, east, day0, 3)
	add(t, west, day0-1e9, 4)
	add(t, west, day0-50e9, 1) // its clock went back: it stays behind what it wrote before
	var got []string
	for m, err := range evidence.Merge(
		evidence.Source{Name: "west", Records: evidence.Read(west.Dir(), 1)},
		evidence.Source{Name: "east", Records: evidence.Read(east.Dir(), 1)},
		evidence.Source{Name: "east", Records: evidence.Read(east.Dir(), 2)}, // the same records once more
	) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s%d", m.Source, m.Seq))
	}
	if want := "west1 east1 west2 east2 west3 east3 west4 west5"; strings.Join(got, " ") != want {
		t.Errorf("got  %v\nwant %s", got, want)
	}
}

func TestMergeNamesAndErrors(t *testing.T) {
	t.Parallel()
	l := open(t, t.TempDir(), evidence.Options{})
	if _, err := l.Append(t.Context(), "session", day0, map[string]string{"vantage": "north"}); err != nil {
		t.Fatal(err)
	}
	add(t, l, day0, 1)
	nameOf := func(r evidence.Record) (string, bool) { return "north", r.Kind == "session" }
	n := 0
	var last error
	for m, err := range evidence.Merge(
		evidence.Source{Name: "a", Records: l.Read(1), NameOf: nameOf},
		evidence.Source{Name: "b", Records: evidence.Read(filepath.Join(l.Dir(), "none"), 1)},
	) {
		n, last = n+1, err
		if err == nil && m.Source != "north" {
			t.Errorf("source %q", m.Source)
		}
	}
	var fault *evidence.Fault
	if n != 1 || !errors.As(last, &fault) || !strings.HasPrefix(last.Error(), "b: head.json: head: ") {
		t.Errorf("after %d: %v", n, last)
	}
	for _, err := range evidence.Merge(evidence.Source{Name: "a", Records: l.Read(1)}) {
		if err != nil {
			t.Error(err)
		}
		break // stops its sources
	}
}

// TestMergeBundle joins the bundles of two trackers, one of them in two slices that overlap, and merges what it holds.
func TestMergeBundle(t *testing.T) {
	t.Parallel()
	east := open(t, t.TempDir(), evidence.Options{Name: "east"})
	west := open(t, t.TempDir(), evidence.Options{Name: "west"})
	add(t, east, day0, 4)
	add(t, west, day0+5e8, 2)
	var joined bytes.Buffer
	for _, err := range []error{east.Export(&joined, 1, 3), west.Export(&joined, 1, 2), east.Export(&joined, 3, 4)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	all, err := evidence.ReadBundle(&joined)
	if err != nil {
		t.Fatal(err)
	}
	var sources []evidence.Source
	for _, r := range all {
		sources = append(sources, r.Source(nil))
	}
	var got []string
	for m, err := range evidence.Merge(sources...) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s%d", m.Source, m.Seq))
	}
	if want := "east1 west1 east2 west2 east3 east4"; strings.Join(got, " ") != want {
		t.Errorf("got  %v\nwant %s", got, want)
	}
}
