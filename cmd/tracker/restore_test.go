package main

import (
	"encoding/binary"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/voipbin/observability/internal/evidence"
	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/store"
	"github.com/voipbin/observability/internal/tracker"
)

// TestRestoreOfALongDrill takes all events of a drill that has more of them than the index gives at once: its start is the first of them, and
// without it no tracker would start again.
func TestRestoreOfALongDrill(t *testing.T) {
	t.Parallel()
	index, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "index.sqlite"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = index.Close() }() // nothing is needed of it
	const notes = maxDrills + 50
	var records []evidence.Record
	for seq := uint64(1); seq <= notes+1; seq++ {
		at := rto.Instant(1_790_000_000_000_000_000 + seq)
		e := rto.DrillEvent{Drill: "d", Kind: rto.EventNote, At: rto.At(at), Noted: at, Source: rto.ByPerson}
		if seq == 1 {
			e.Kind, e.Start = rto.EventStarted, &rto.DrillStart{Kind: rto.Full}
		}
		body, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		r := evidence.Record{Seq: seq, At: int64(at), Kind: string(rto.RecordDrill), Body: body}
		binary.BigEndian.PutUint64(r.Hash[:], seq)
		binary.BigEndian.PutUint64(r.Prev[:], seq-1)
		records = append(records, r)
	}
	if err := index.Take(t.Context(), records...); err != nil {
		t.Fatal(err)
	}
	service, err := tracker.New(tracker.Options{Journal: &journal{}, Now: func() rto.Instant { return 0 }, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := restoreDrills(t.Context(), service, index); err != nil {
		t.Fatal(err)
	}
	if d, err := service.Drill("d"); err != nil || len(d.Events) != notes+1 {
		t.Errorf("%v: %d events, want %d", err, len(d.Events), notes+1)
	}
}
