package main

import (
	"testing"

	"github.com/voipbin/observability/internal/spec"
)

// An objective may name the board of a tier that a laboratory does not have.
func TestWithoutBoard(t *testing.T) {
	t.Parallel()
	all := []spec.SLO{{Name: "a", Dashboard: "rtpengine"}, {Name: "b", Dashboard: "calls"}}
	got := withoutBoard(all, "rtpengine")
	if got[0].Dashboard != "" || got[1].Dashboard != "calls" || len(got) != 2 {
		t.Errorf("want only the board of the missing tier taken away, got %+v", got)
	}
	if all[0].Dashboard != "rtpengine" {
		t.Error("the spec itself was changed")
	}
}
