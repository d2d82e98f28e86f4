package promapi

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestBlocks(t *testing.T) {
	t.Parallel()
	const path = "/api/v1/status/tsdb/blocks"
	c := serve(t, path, `{"status":"success","data":{"blocks":[{"ulid":"01ARZ3NDEKTSV4RRFFQ69G5FAV","minTime":1700000000000,"maxTime":1700007200000,"version":1,"compaction":{"level":1}}]}}`)
	got, err := c.Blocks(t.Context())
	want := []Block{{ID: "01ARZ3NDEKTSV4RRFFQ69G5FAV", From: time.Unix(1700000000, 0), To: time.Unix(1700007200, 0)}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := serve(t, "/other", "").Blocks(t.Context()); !errors.Is(err, ErrNoBlocks) {
		t.Errorf("want %v, got %v", ErrNoBlocks, err)
	}
	if _, err := serve(t, path, `{"data":`).Blocks(t.Context()); err == nil {
		t.Error("want an error for an answer that is cut")
	}
	starts := serveWith(t, func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "token=secret", http.StatusServiceUnavailable)
	})
	if _, err := starts.Blocks(t.Context()); err == nil || err.Error() != "prometheus blocks: 503 Service Unavailable" {
		t.Errorf("a server that starts: %v", err)
	}
}
