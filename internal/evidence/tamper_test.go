package evidence_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/evidence"
)

// closedLog writes a log of n records in one segment and closes it.
func closedLog(t *testing.T, n int) (dir, segment string) {
	t.Helper()
	dir = t.TempDir()
	l := open(t, dir, evidence.Options{Name: "east"})
	add(t, l, day0, n)
	shut(t, l)
	return dir, filepath.Join(dir, fmt.Sprintf("%020d.jsonl", 1))
}

func content(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func put(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(name, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestEveryChangedByte changes each byte of a log in three ways and cuts the log after each: Verify names the line and the record, and
// Open refuses the log.
func TestEveryChangedByte(t *testing.T) {
	t.Parallel()
	dir, segment := closedLog(t, 3)
	text := content(t, segment)
	line, lines := 1, bytes.Count(text, []byte("\n"))
	for i := range text {
		for _, to := range []byte{text[i] ^ 1, text[i] ^ 0x80, '\n'} {
			if to == text[i] {
				continue
			}
			bad := bytes.Clone(text)
			bad[i] = to
			put(t, segment, bad)
			_, fault := evidence.Verify(dir)
			wantKind := evidence.Changed
			if i == len(text)-1 { // the last line is not whole any more
				wantKind = evidence.Cut
			}
			if fault == nil || fault.Kind != wantKind || fault.Line != line || fault.Seq != uint64(line) || fault.Segment != filepath.Base(segment) {
				t.Fatalf("byte %d of line %d changed from %q to %q: %v", i, line, text[i], to, fault)
			}
		}
		put(t, segment, text[:i])
		_, fault := evidence.Verify(dir)
		if fault == nil || fault.Kind != evidence.Cut || fault.Line != line || fault.Seq != uint64(line) {
			t.Fatalf("cut before byte %d of line %d: %v", i, line, fault)
		}
		if i%97 == 0 {
			if l, err := evidence.Open(dir, evidence.Options{}); err == nil {
				l.Close()
				t.Fatalf("cut before byte %d: opened", i)
			}
		}
		if text[i] == '\n' {
			line++
		}
	}
	if line != lines+1 {
		t.Fatalf("%d lines of %d were changed", line-1, lines)
	}
	put(t, segment, text)
	verified(t, dir)
}

// TestEveryRecord takes out, swaps, repeats, inserts, appends and rewrites each record of a log in one segment.
func TestEveryRecord(t *testing.T) {
	t.Parallel()
	const n = 6
	dir, segment := closedLog(t, n)
	lines := bytes.SplitAfter(content(t, segment), []byte("\n"))[:n]
	f := func(what string, changed [][]byte, kind evidence.FaultKind, line int, seq uint64) {
		t.Helper()
		put(t, segment, bytes.Join(changed, nil))
		_, fault := evidence.Verify(dir)
		if fault == nil || fault.Kind != kind || fault.Line != line || fault.Seq != seq {
			t.Errorf("%s: want %s at line %d, seq %d, got %v", what, kind, line, seq, fault)
		}
		if l, err := evidence.Open(dir, evidence.Options{}); err == nil {
			l.Close()
			t.Errorf("%s: opened", what)
		}
	}
	for i := range n {
		line, seq := i+1, uint64(i+1)
		kind := evidence.Removed
		if i == n-1 {
			kind = evidence.Cut
		}
		f(fmt.Sprintf("record %d removed", seq), slices.Delete(slices.Clone(lines), i, i+1), kind, line, seq)
		f(fmt.Sprintf("record %d twice", seq), slices.Insert(slices.Clone(lines), i, lines[i]), evidence.Inserted, line+1, seq+1)
		f(fmt.Sprintf("record %d once more at the end", seq), append(slices.Clone(lines), lines[i]), evidence.Inserted, n+1, n+1)
		if i+1 < n {
			swapped := slices.Clone(lines)
			swapped[i], swapped[i+1] = swapped[i+1], swapped[i]
			f(fmt.Sprintf("records %d and %d swapped", seq, seq+1), swapped, evidence.Swapped, line, seq)
		}
		for j := range n {
			if j == i || j == i-1 { // that is "twice"
				continue
			}
			f(fmt.Sprintf("record %d before record %d", j+1, seq), slices.Insert(slices.Clone(lines), i, lines[j]), evidence.Inserted, line, seq)
		}
		rewritten := slices.Clone(lines)
		rewritten[i] = forge(t, lines[i], nil)
		f(fmt.Sprintf("record %d rewritten with its hash", seq), rewritten, evidence.Changed, line, seq)
		f(fmt.Sprintf("record %d and all after it rewritten", seq), forgeFrom(t, lines, i), evidence.Changed, n, n)
		f(fmt.Sprintf("a blank line before record %d", seq), slices.Insert(slices.Clone(lines), i, []byte("\n")), evidence.Changed, line, seq)
	}
	one := parse(t, lines[n-1])
	one.Seq, one.Prev = n+1, one.Hash
	f("a forged record at the end", append(slices.Clone(lines), evidence.AppendLine(one)), evidence.Inserted, n+1, n+1)
	f("bytes at the end", append(slices.Clone(lines), []byte("{")), evidence.Inserted, n+1, n+1)
}

func parse(t *testing.T, line []byte) evidence.Record {
	t.Helper()
	r, err := evidence.ParseLine(bytes.TrimSuffix(line, []byte("\n")))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// forge writes a record anew with another body and a right hash; prev nil leaves its link.
func forge(t *testing.T, line []byte, prev *evidence.Hash) []byte {
	t.Helper()
	r := parse(t, line)
	r.Body = []byte(`"forged"`)
	if prev != nil {
		r.Prev = *prev
	}
	return evidence.AppendLine(r)
}

func forgeFrom(t *testing.T, lines [][]byte, i int) [][]byte {
	t.Helper()
	out := slices.Clone(lines)
	out[i] = forge(t, out[i], nil)
	for j := i + 1; j < len(out); j++ {
		before := parse(t, out[j-1]).Hash
		out[j] = forge(t, out[j], &before)
	}
	return out
}

// TestHeadEveryByte changes each byte of the head file.
func TestHeadEveryByte(t *testing.T) {
	t.Parallel()
	dir, _ := closedLog(t, 2)
	name := filepath.Join(dir, "head.json")
	text := content(t, name)
	for i := range len(text) - 1 { // the last is a newline that may be missing
		bad := bytes.Clone(text)
		bad[i] ^= 1
		put(t, name, bad)
		if _, fault := evidence.Verify(dir); fault == nil || fault.Kind != evidence.BadHead {
			t.Fatalf("byte %d, %q: %v", i, text[i], fault)
		}
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if _, fault := evidence.Verify(dir); fault == nil || fault.Kind != evidence.BadHead {
		t.Errorf("without a head: %v", fault)
	}
	if _, err := evidence.Open(dir, evidence.Options{}); err == nil {
		t.Error("a log without a head was opened")
	}
}

// segmentsLog writes a closed log of three compressed segments and an open one, of two records each.
func segmentsLog(t *testing.T) (dir string, names []string) {
	t.Helper()
	dir = t.TempDir()
	l := open(t, dir, evidence.Options{SegmentBytes: 400})
	add(t, l, day0, 8)
	shut(t, l)
	names, err := filepath.Glob(filepath.Join(dir, "0*"))
	if err != nil || len(names) != 4 || !strings.HasSuffix(names[2], "5.jsonl.gz") || !strings.HasSuffix(names[3], "7.jsonl") {
		t.Fatalf("%v, %v", names, err)
	}
	return dir, names
}

// TestCompressedEveryByte changes each byte of a compressed segment: either that is found, in that segment, or what was written is still
// what is read (deflate has bits that mean nothing).
func TestCompressedEveryByte(t *testing.T) {
	t.Parallel()
	dir, names := segmentsLog(t)
	text := content(t, names[1])
	silent := 0
	for i := range text {
		bad := bytes.Clone(text)
		bad[i] ^= 4
		put(t, names[1], bad)
		report, fault := evidence.Verify(dir)
		switch {
		case fault == nil && report.Records == 8:
			silent++
		case fault == nil || fault.Segment != filepath.Base(names[1]) || fault.Seq < 3 || fault.Seq > 5:
			t.Fatalf("byte %d: %v", i, fault)
		}
		put(t, names[1], text[:i])
		if _, fault := evidence.Verify(dir); fault == nil {
			t.Fatalf("cut before byte %d: no fault", i)
		}
	}
	if silent > 2 {
		t.Errorf("%d changed bytes were not seen", silent)
	}
	put(t, names[1], append(bytes.Clone(text), 'x'))
	if _, fault := evidence.Verify(dir); fault == nil {
		t.Error("a byte after the end: no fault")
	}
}

func remove(t *testing.T, name string) {
	t.Helper()
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
}

// TestSegments removes, swaps and renames whole segments, and takes records from their ends.
func TestSegments(t *testing.T) {
	t.Parallel()
	dir, names := segmentsLog(t)
	whole, head := map[string][]byte{}, content(t, filepath.Join(dir, "head.json"))
	for _, name := range names {
		whole[name] = content(t, name)
	}
	f := func(what string, spoil func(), kind evidence.FaultKind, segment int, seq uint64) {
		t.Helper()
		spoil()
		_, fault := evidence.Verify(dir)
		if fault == nil || fault.Kind != kind || fault.Seq != seq || segment >= 0 && fault.Segment != filepath.Base(names[segment]) {
			t.Errorf("%s: want %s at seq %d, got %v", what, kind, seq, fault)
		}
		// Open reads the header of a compressed segment and leaves its records to Verify.
		if l, err := evidence.Open(dir, evidence.Options{}); err == nil {
			l.Close()
			if !strings.Contains(what, "the header kept") {
				t.Errorf("%s: opened", what)
			}
			put(t, filepath.Join(dir, "head.json"), head)
		}
		left, _ := filepath.Glob(filepath.Join(dir, "0*"))
		for _, name := range left {
			remove(t, name)
		}
		for name, text := range whole {
			put(t, name, text)
		}
	}
	rename := func(from, to int) func() {
		return func() { put(t, names[to], whole[names[from]]) }
	}
	f("first removed", func() { remove(t, names[0]) }, evidence.Removed, -1, 1)
	f("second removed", func() { remove(t, names[1]) }, evidence.Removed, 0, 3)
	f("third removed", func() { remove(t, names[2]) }, evidence.Removed, 1, 5)
	f("last removed", func() { remove(t, names[3]) }, evidence.Cut, 2, 7)
	f("all removed", func() {
		for _, name := range names {
			remove(t, name)
		}
	}, evidence.Cut, -1, 1)
	f("first over second", rename(0, 1), evidence.Inserted, 1, 3)
	f("third over second", rename(2, 1), evidence.Removed, 1, 3)
	f("first two swapped", func() { rename(0, 1)(); rename(1, 0)() }, evidence.Removed, 0, 1)
	f("a copy under another name", func() { put(t, filepath.Join(dir, fmt.Sprintf("%020d.jsonl.gz", 4)), whole[names[1]]) }, evidence.Inserted, -1, 5)
	f("the newest renamed", func() {
		remove(t, names[3])
		put(t, filepath.Join(dir, fmt.Sprintf("%020d.jsonl", 9)), whole[names[3]])
	}, evidence.Changed, -1, 7)
	f("a record taken from the end, the header kept", func() { put(t, names[1], recompress(t, whole[names[1]], 1)) }, evidence.Removed, 1, 4)
	verified(t, dir)
}

// recompress leaves out the last records of a compressed segment.
func recompress(t *testing.T, packed []byte, leave int) []byte {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if _, err := text.ReadFrom(z); err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(text.Bytes(), []byte("\n"))
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Comment = z.Comment
	if _, err := w.Write(bytes.Join(lines[:len(lines)-1-leave], nil)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestVerifyAgainst rewrites a whole history, with the log's own key: only a head that was carried away shows it.
func TestVerifyAgainst(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := open(t, dir, evidence.Options{})
	add(t, l, day0, 3)
	carried, err := l.Seal(t.Context(), "report d1")
	if err != nil || carried.Seq != 3 || carried.Note != "report d1" {
		t.Fatalf("%+v, %v", carried, err)
	}
	add(t, l, day0+9e9, 2)
	shut(t, l)
	if _, fault := evidence.VerifyAgainst(dir, carried); fault != nil {
		t.Fatal(fault)
	}
	segment := filepath.Join(dir, fmt.Sprintf("%020d.jsonl", 1))
	for _, name := range []string{segment, filepath.Join(dir, "head.json")} {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	again := open(t, dir, evidence.Options{}) // the key is still there: same key, same root, another history
	add(t, again, day0+1, 5)
	shut(t, again)
	verified(t, dir)
	if _, fault := evidence.VerifyAgainst(dir, carried); fault == nil || fault.Kind != evidence.Changed || fault.Seq != 3 {
		t.Errorf("another history: %v", fault)
	}
	other, _ := closedLog(t, 5)
	if _, fault := evidence.VerifyAgainst(other, carried); fault == nil || fault.Kind != evidence.BadHead {
		t.Errorf("another key: %v", fault)
	}
	carried.Seq = 2
	if _, fault := evidence.VerifyAgainst(dir, carried); fault == nil || fault.Kind != evidence.BadHead {
		t.Errorf("a changed head: %v", fault)
	}
}

// TestKeys covers a key that is missing, open to others, or another one.
func TestKeys(t *testing.T) {
	t.Parallel()
	dir, _ := closedLog(t, 1)
	key := filepath.Join(dir, "key")
	info, err := os.Stat(key)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info.Mode(), err)
	}
	f := func(what, want string) {
		t.Helper()
		if l, err := evidence.Open(dir, evidence.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			if err == nil {
				l.Close()
			}
			t.Errorf("%s: %v, want %q", what, err, want)
		}
	}
	if err := os.Chmod(key, 0o644); err != nil {
		t.Fatal(err)
	}
	f("readable by all", "chmod 600")
	text := content(t, key)
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	f("missing", "is missing")
	other, _ := closedLog(t, 1)
	strange := content(t, filepath.Join(other, "key"))
	for what, c := range map[string]struct {
		text []byte
		want string
	}{"another": {strange, "signed by"}, "no PEM": {[]byte("x"), "no PEM"}, "cut": {bytes.Replace(text, []byte("MC4"), []byte("MC5"), 1), "not a PKCS"}} {
		if err := os.WriteFile(key, c.text, 0o600); err != nil {
			t.Fatal(err)
		}
		f(what, c.want)
	}
}
