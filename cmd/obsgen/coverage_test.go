package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/coverage"
)

// TestCoverageOfRepository holds the inventory to the rows of the published architecture, and every name in it to lead somewhere: a row
// that loses its rule, panel or objective fails here.
func TestCoverageOfRepository(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	args := []string{"coverage", "-spec", filepath.Join("..", "..", "spec"), "-format", "json"}
	if code := run(context.Background(), args, func(string) string { return "" }, nil, &stdout, &stderr); code != exitOK {
		t.Fatalf("exit code %d:\n%s", code, &stderr)
	}
	var report coverage.Report
	if err := json.Unmarshal(stdout.Bytes(), &report); err != nil {
		t.Fatal(err)
	}
	want := slices.Concat(
		numbered("A", 7), numbered("B", 12), numbered("C", 8), numbered("D", 15), numbered("E", 8),
		numbered("F", 5), []string{"F6-F12", "F13", "F14"}, []string{"G1", "G2-G3", "G4", "G5", "G6", "G7", "G8"}, numbered("H", 4), numbered("I", 8),
		numbered("J", 5), []string{"J6-J11", "J12-J16", "J17"}, []string{"K1-K6", "K7", "K8-K12", "K13", "K14", "K15"}, numbered("L", 14),
		[]string{"M1-M3", "M4-M5", "M6-M8", "M9-M11"},
	)
	var got []string
	for _, s := range report.Sections {
		for _, r := range s.Rows {
			got = append(got, r.ID)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if len(got) != 109 || report.Excused > 10 || report.Covered+report.Excused+report.Open != 109 {
		t.Errorf("%d rows: %d covered, %d with a reason, %d open", len(got), report.Covered, report.Excused, report.Open)
	}
	if kept := report.Covered + report.Excused; report.Floor != kept {
		t.Errorf("%d rows are covered or have a reason, and the floor is %d: raise it in spec/inventory.yaml", kept, report.Floor)
	}
}

// numbered are ids from 1 on.
func numbered(letter string, n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("%s%d", letter, i+1)
	}
	return ids
}
