package exporter_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/exporter"
)

func TestPick(t *testing.T) {
	t.Parallel()
	all := []exporter.Scraper{hangs("a"), hangs("b"), hangs("c")}
	f := func(names, want []string, wantErr string) {
		t.Helper()
		picked, err := exporter.Pick("kamailio", all, names)
		var got []string
		for _, s := range picked {
			got = append(got, s.Name())
		}
		text := ""
		if err != nil {
			text = err.Error()
		}
		if diff := cmp.Diff(want, got); diff != "" || text != wantErr {
			t.Errorf("%q: error %q, want %q; (-want +got):\n%s", names, text, wantErr, diff)
		}
	}
	f([]string{"c", "a"}, []string{"a", "c"}, "")
	f([]string{"a", "a"}, []string{"a"}, "")
	f(nil, nil, "")
	f([]string{"a", "inof"}, nil, `kamailio has no collector "inof"`)
}
