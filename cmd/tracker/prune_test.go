package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/evidence"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/store"
	"github.com/voipbin/observability/internal/tracker"
)

// TestPrunedYears lets the looks of old days go, keeps the day of a drill and those around it, and says so in verify.
func TestPrunedYears(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	start := rto.InstantOf(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	open := func() *evidence.Log {
		log, err := evidence.Open(evidenceDir(data), evidence.Options{Name: "tracker-dr"})
		if err != nil {
			t.Fatal(err)
		}
		return log
	}
	log := open()
	add := func(at rto.Instant, kind rto.RecordKind, body any) {
		if _, err := log.Append(t.Context(), string(kind), int64(at), body); err != nil {
			t.Fatal(err)
		}
	}
	const day = 24 * time.Hour
	drill := start.Add(10*day + 10*time.Minute) // what was seen before it is of the day before
	for i := range 60 {
		for hour := range 24 {
			at := start.Add(time.Duration(i)*day + time.Duration(hour)*time.Hour)
			add(at, rto.RecordLook, rto.Look{Until: at})
			if drilled := at.Add(10 * time.Minute); drilled == drill {
				add(drill, rto.RecordDrill, rto.DrillEvent{Drill: "d", Kind: rto.EventStarted, At: rto.At(drill), Noted: drill, Start: &rto.DrillStart{Kind: rto.Full}})
				add(drill.Add(time.Minute), rto.RecordDrill, rto.DrillEvent{Drill: "d", Kind: rto.EventEnded, At: rto.At(drill), Noted: drill.Add(time.Minute)})
			}
		}
	}
	if err := log.Close(); err != nil { // every closed segment is compressed
		t.Fatal(err)
	}
	log = open()
	index, err := store.Open(t.Context(), filepath.Join(data, "index.sqlite"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = index.Close() }() // nothing is needed of it
	service, err := tracker.New(tracker.Options{Journal: &journal{}, Now: func() rto.Instant { return 0 }, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := index.CatchUp(t.Context(), log); err != nil {
		t.Fatal(err)
	}
	if err := restoreDrills(t.Context(), service, index); err != nil {
		t.Fatal(err)
	}
	now := start.Add(60 * day)
	p := &pruner{log: log, index: index, service: service, looks: 40 * day, now: func() rto.Instant { return now }, logger: slog.New(slog.DiscardHandler)}
	gone, err := p.prune(t.Context())
	if err != nil || len(gone) != 18 {
		var first []uint64
		for _, tomb := range gone {
			first = append(first, tomb.First)
		}
		t.Fatalf("%d of twenty days are pruned, and two have to do with the drill: %v; those from %v on", len(gone), err, first)
	}
	for _, kept := range []int{9, 10} {
		for _, tomb := range gone {
			if at := start.Add(time.Duration(kept)*day + 12*time.Hour); rto.Instant(tomb.Began) <= at && rto.Instant(tomb.At) >= at {
				t.Errorf("day %d is gone", kept)
			}
		}
	}
	var out bytes.Buffer
	say := func() string {
		out.Reset()
		if code := run(t.Context(), []string{"verify", "--data=" + data}, &out, &out, time.Now); code != exitOK {
			t.Fatalf("verify: %d: %s", code, &out)
		}
		return out.String()
	}
	if text := say(); !strings.Contains(text, "432 records of 18 segments were pruned") || !strings.Contains(text, "looks are kept for 40 days") || !strings.Contains(text, "the newest 17 of them are not signed yet") {
		t.Errorf("verify says:\n%s", text)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	if text := say(); strings.Contains(text, "not signed") {
		t.Errorf("the log is closed, and verify says:\n%s", text)
	}
	if err := os.Remove(filepath.Join(evidenceDir(data), fmt.Sprintf("%020d.pruned", 1))); err != nil {
		t.Fatal(err)
	}
	out.Reset()
	if code := run(t.Context(), []string{"verify", "--data=" + data}, &out, &out, time.Now); code != exitFailure || !strings.Contains(out.String(), "removed: records 1 to 24 are missing") {
		t.Errorf("verify without a tombstone: %d: %s", code, &out)
	}
}
