package promapi

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestNames(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answers := map[string]string{
			"/api/v1/label/__name__/values": `["calls_total","up"]`,
			"/api/v1/metadata":              `{"calls_total":[{"type":"counter","help":"","unit":""}]}`,
			"/api/v1/labels":                `["__name__","state"]`,
			"/api/v1/label/state/values":    `["a","b"]`,
		}
		data, ok := answers[r.URL.Path]
		if !ok || r.URL.Path == "/api/v1/labels" && r.FormValue("match[]") != `{__name__="calls_total"}` {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"status":"success","data":` + data + `}`))
	}))
	t.Cleanup(s.Close)
	c, err := New(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	end := time.Unix(1_700_000_000, 0)
	names, err := c.Names(t.Context(), end.Add(-time.Hour), end)
	if diff := cmp.Diff([]string{"calls_total", "up"}, names); diff != "" || err != nil {
		t.Errorf("names (-want +got): %s, %v", diff, err)
	}
	types, err := c.Types(t.Context())
	if diff := cmp.Diff(map[string]string{"calls_total": "counter"}, types); diff != "" || err != nil {
		t.Errorf("types (-want +got): %s, %v", diff, err)
	}
	labels, err := c.LabelsOf(t.Context(), "calls_total", end.Add(-time.Hour), end)
	if diff := cmp.Diff(map[string][]string{"state": {"a", "b"}}, labels); diff != "" || err != nil {
		t.Errorf("labels (-want +got): %s, %v", diff, err)
	}
	s.Close()
	if _, err := c.Names(t.Context(), end, end); err == nil {
		t.Error("want an error of a server that is gone")
	}
	if _, err := c.Types(t.Context()); err == nil {
		t.Error("want an error of a server that is gone")
	}
	if _, err := c.LabelsOf(t.Context(), "up", end, end); err == nil {
		t.Error("want an error of a server that is gone")
	}
}
