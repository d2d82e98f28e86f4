package evidence_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/evidence"
)

const day = int64(24 * time.Hour)

// days is a log of three records a day, for so many days.
func days(t *testing.T, n int) (string, *evidence.Log) {
	t.Helper()
	dir := t.TempDir()
	l := open(t, dir, evidence.Options{Name: "east"})
	for i := range n {
		add(t, l, day0+int64(i)*day, 3)
	}
	shut(t, l) // all closed segments are compressed
	return dir, open(t, dir, evidence.Options{Name: "east"})
}

// old prunes what is older than a number of days since day0.
func old(n int) evidence.Pruning {
	return evidence.Pruning{
		Before: day0 + int64(n)*day, Now: day0 + 100*day, Why: fmt.Sprintf("older than day %d", n),
		Segment: func(c evidence.Candidate) (any, bool, error) {
			return map[string]int{"records": len(c.Records)}, true, nil
		},
	}
}

func prune(t *testing.T, l *evidence.Log, p evidence.Pruning) []evidence.Tombstone {
	t.Helper()
	gone, err := l.Prune(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return gone
}

func sound(t *testing.T, dir string) evidence.Report {
	t.Helper()
	r, fault := evidence.Verify(dir)
	if fault != nil {
		t.Fatal(fault)
	}
	return r
}

func TestPrune(t *testing.T) {
	t.Parallel()
	dir, l := days(t, 6)
	before := read(t, dir, 1)
	gone := prune(t, l, old(2))
	if len(gone) != 2 || gone[0].First != 1 || gone[0].Last != 3 || gone[1].First != 4 || gone[1].Last != 6 || gone[1].Hash != before[5].Hash || gone[0].Began != day0 {
		t.Fatalf("gone are %+v", gone)
	}
	r := sound(t, dir) // while it is open
	if len(r.Pruned) != 2 || r.Records != 18-6+2 || r.Segments != 5 {
		t.Errorf("report %+v", r)
	}
	after := read(t, dir, 1)
	if after[0].Seq != 7 || after[0].Hash != before[6].Hash || after[len(after)-1].Kind != evidence.KindPruned || !bytes.Contains(after[len(after)-1].Body, []byte(`"kept":{"records":3}`)) {
		t.Errorf("read %d records from %d on, the last is %s", len(after), after[0].Seq, after[len(after)-1].Body)
	}
	for _, from := range []uint64{2, 6, 7, 9} {
		if got := read(t, dir, from); got[0].Seq != max(from, 7) {
			t.Errorf("reading from %d begins with %d", from, got[0].Seq)
		}
	}
	// An instant within what is gone is found as well.
	if seq, err := evidence.Since(dir, day0+day+day/2); err != nil || seq != 4 {
		t.Errorf("since the second day: %d, %v", seq, err)
	}
	// It goes on over a restart, and so does the next round.
	shut(t, l)
	if r := sound(t, dir); r.Unsigned != 0 || len(r.Pruned) != 2 {
		t.Errorf("closed: %+v", r)
	}
	l = open(t, dir, evidence.Options{Name: "east"})
	add(t, l, day0+101*day, 2)
	if gone := prune(t, l, old(4)); len(gone) != 2 || gone[0].First != 7 {
		t.Errorf("the second round: %+v", gone)
	}
	if gone := prune(t, l, old(1000)); len(gone) != 2 { // the newest closed one stays, and what is open
		t.Errorf("everything: %d segments", len(gone))
	}
	shut(t, l)
	if r := sound(t, dir); len(r.Pruned) != 6 {
		t.Errorf("at the end: %+v", r)
	}
	// In time the records that tell of it are pruned as well.
	l = open(t, dir, evidence.Options{Name: "east"})
	for i := range 4 {
		add(t, l, day0+int64(110+i)*day, 1)
	}
	shut(t, l)
	l = open(t, dir, evidence.Options{Name: "east"})
	last := old(112)
	last.Now = day0 + 114*day
	if gone := prune(t, l, last); len(gone) != 4 || gone[3].At != day0+111*day {
		t.Errorf("the third round: %d segments", len(gone))
	}
	shut(t, l)
	if r := sound(t, dir); len(r.Pruned) != 10 {
		t.Errorf("in the end %d are pruned", len(r.Pruned))
	}
	// Who was given a head before still can check it, where its record is there; else it is told.
	if _, fault := evidence.VerifyAgainst(dir, headAt(t, dir)); fault != nil {
		t.Error(fault)
	}
	if err := evidence.Export(&bytes.Buffer{}, dir, 1, 20, loadKey(t, dir)); err == nil || !strings.Contains(err.Error(), "pruned") {
		t.Errorf("export over what is gone: %v", err)
	}
	if _, err := l.Append(t.Context(), evidence.KindPruned, 0, 1); err == nil {
		t.Error("anybody may append the log's own kind")
	}
}

func headAt(t *testing.T, dir string) evidence.Head {
	t.Helper()
	h, err := evidence.HeadOf(dir)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func loadKey(t *testing.T, dir string) []byte {
	t.Helper()
	key, err := evidence.LoadKey(filepath.Join(dir, "key"))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// TestPruneKeeps leaves what it is told to, and the segment whose clock went back.
func TestPruneKeeps(t *testing.T) {
	t.Parallel()
	dir, l := days(t, 5)
	p := old(3)
	p.Segment = func(c evidence.Candidate) (any, bool, error) {
		if c.Before > c.Records[0].At || c.After < c.Records[2].At || c.Records[0].Seq == 4 && (c.Before != day0+2e9 || c.After != day0+2*day) {
			t.Errorf("record %d: between %d and %d", c.Records[0].Seq, c.Before, c.After)
		}
		return nil, c.Records[0].Seq != 4, nil
	}
	if gone := prune(t, l, p); len(gone) != 2 || gone[0].First != 1 || gone[1].First != 7 {
		t.Errorf("gone are %+v", gone)
	}
	if got := read(t, dir, 1); got[0].Seq != 4 || got[3].Seq != 10 {
		t.Errorf("left are %d and %d", got[0].Seq, got[3].Seq)
	}
	p.Segment = func(evidence.Candidate) (any, bool, error) { return nil, false, errors.New("no index") }
	if _, err := l.Prune(t.Context(), p); err == nil {
		t.Error("an error of who keeps is lost")
	}
	sound(t, dir)
}

// TestHeadOfThePruned tells that the record which an older head names is gone, instead of calling the log whole.
func TestHeadOfThePruned(t *testing.T) {
	t.Parallel()
	dir, l := days(t, 1)
	head, err := l.Seal(t.Context(), "a report")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		add(t, l, day0+int64(i+1)*day-1e9, 3) // one record of each goes to the day before
	}
	shut(t, l)
	l = open(t, dir, evidence.Options{Name: "east"})
	prune(t, l, old(2))
	_, fault := evidence.VerifyAgainst(dir, head)
	if fault == nil || fault.Seq != head.Seq || !strings.Contains(fault.Detail, "was pruned: older than day 2") {
		t.Errorf("got %v", fault)
	}
}

// TestTombstonesDoNotLie finds every change of a tombstone, one that was made without the log, and one that is missing.
func TestTombstonesDoNotLie(t *testing.T) {
	t.Parallel()
	dir, l := days(t, 4)
	spare := filepath.Join(dir, fmt.Sprintf("%020d.jsonl.gz", 1))
	segment := content(t, spare)
	prune(t, l, old(2))
	shut(t, l)
	stone := filepath.Join(dir, fmt.Sprintf("%020d.pruned", 1))
	second := filepath.Join(dir, fmt.Sprintf("%020d.pruned", 4))
	text := content(t, stone)
	for i := range text {
		bad := bytes.Clone(text)
		bad[i] ^= 1
		put(t, stone, bad)
		if _, fault := evidence.Verify(dir); fault == nil {
			t.Fatalf("byte %d of the tombstone changed, and nobody sees it", i)
		}
		if l, err := evidence.Open(dir, evidence.Options{}); err == nil {
			l.Close()
			t.Fatalf("byte %d of the tombstone changed, and the log opens", i)
		}
	}
	put(t, stone, text)
	sound(t, dir)
	for name, forge := range map[string]func(){
		"a tombstone under another's name": func() { put(t, stone, content(t, second)) },
		"no tombstone":                     func() { _ = os.Remove(stone) },
		"empty":                            func() { put(t, stone, nil) },
	} {
		forge()
		if _, fault := evidence.Verify(dir); fault == nil {
			t.Errorf("%s: nobody sees it", name)
		}
		put(t, stone, text)
	}
	// A crash between tombstone and removal: the tombstone counts, and Open takes the segment away.
	put(t, spare, segment)
	if r := sound(t, dir); len(r.Left) != 1 || len(r.Pruned) != 2 {
		t.Errorf("both are there: %+v", r)
	}
	shut(t, open(t, dir, evidence.Options{Name: "east"}))
	if _, err := os.Stat(spare); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the segment is still there: %v", err)
	}
	sound(t, dir)
}

// TestTombstoneWithoutTheLog refuses a tombstone that is rightly signed, of a segment that the log never told to have pruned.
func TestTombstoneWithoutTheLog(t *testing.T) {
	t.Parallel()
	dir, l := days(t, 4)
	shut(t, l)
	// The same log elsewhere prunes; its tombstone is put into the first.
	other := t.TempDir()
	if err := os.CopyFS(other, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(other, "key"), 0o600); err != nil {
		t.Fatal(err)
	}
	m := open(t, other, evidence.Options{Name: "east"})
	prune(t, m, old(1))
	shut(t, m)
	name := fmt.Sprintf("%020d.pruned", 1)
	put(t, filepath.Join(dir, name), content(t, filepath.Join(other, name)))
	if err := os.Remove(filepath.Join(dir, fmt.Sprintf("%020d.jsonl.gz", 1))); err != nil {
		t.Fatal(err)
	}
	_, fault := evidence.Verify(dir)
	if fault == nil || fault.Kind != evidence.Removed || fault.Seq != 1 || !strings.Contains(fault.Detail, "no record of the log says") {
		t.Errorf("got %v", fault)
	}
}

// TestUnsignedTail is bounded: by the time between heads while the log runs, and empty after it was closed.
func TestUnsignedTail(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	l := open(t, dir, evidence.Options{Name: "east"})
	for i := range 200 {
		add(t, l, day0+int64(i)*1e9, 1)
		r := sound(t, dir)
		if r.Unsigned > 61 { // the head may be on its way
			t.Fatalf("after %d records a second %d are not signed", i+1, r.Unsigned)
		}
		if age := r.Last.At - r.Head.At; r.Head.Seq > 0 && age > int64(61*time.Second) {
			t.Fatalf("the newest head is %s old", time.Duration(age))
		}
	}
	shut(t, l)
	if r := sound(t, dir); r.Unsigned != 0 || !r.Head.Final {
		t.Errorf("closed, and %d records are not signed", r.Unsigned)
	}
}
