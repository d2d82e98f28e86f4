package promapi

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAbout(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	f := func(answers map[string]string, want About, fails bool) {
		t.Helper()
		c := serveWith(t, func(w http.ResponseWriter, r *http.Request) {
			data, ok := answers[r.URL.Path]
			if !ok {
				http.NotFound(w, r)
				return
			}
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"status":"success","data":%s}`, data)
		})
		got, err := c.About(t.Context())
		if diff := cmp.Diff(want, got); diff != "" || (err != nil) != fails {
			t.Errorf("%v: error %v (-want +got):\n%s", answers, err, diff)
		}
	}
	f(map[string]string{
		"/api/v1/status/buildinfo": `{"version":"3.16.0"}`, "/api/v1/status/runtimeinfo": `{"storageRetention":"30d or 100GiB"}`,
		"/api/v1/alertmanagers": `{"activeAlertmanagers":[{"url":"http://am:9093/api/v2/alerts"},{"url":"::"}]}`,
	}, About{Version: "3.16.0", Retention: 30 * day, Alertmanagers: []string{"am:9093"}}, false)
	f(map[string]string{"/api/v1/status/buildinfo": `{"version":"2.9.0"}`}, About{Version: "2.9.0"}, false)
	f(map[string]string{"/api/v1/status/runtimeinfo": `{"storageRetention":"100GiB"}`}, About{}, false)
	f(nil, About{}, true)
}
