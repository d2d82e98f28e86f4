package alert_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/alert"
)

const token = "a token"

// notification is what Alertmanager 0.31 sent to a webhook receiver, shortened.
const notification = `{"receiver":"tracker","status":"firing","alerts":[
{"status":"firing","labels":{"alertname":"RecoveryRegionDown","severity":"page"},"annotations":{},"startsAt":"2026-11-28T04:00:30Z","endsAt":"0001-01-01T00:00:00Z","generatorURL":"","fingerprint":"aa"},
{"status":"resolved","labels":{"alertname":"KamailioDown"},"annotations":{},"startsAt":"2026-11-28T03:00:00Z","endsAt":"2026-11-28T03:05:00Z","generatorURL":"","fingerprint":"bb"},
{"status":"firing","labels":{},"startsAt":"2026-11-28T04:00:30Z","fingerprint":"cc"}],
"groupLabels":{},"commonLabels":{},"commonAnnotations":{},"externalURL":"","version":"4","groupKey":"{}","truncatedAlerts":0}`

func TestWebhook(t *testing.T) {
	t.Parallel()
	arrived := rto.InstantOf(time.Date(2026, 11, 28, 4, 0, 41, 0, time.UTC))
	for _, c := range []struct {
		name, token, body string
		keep              error
		want, seen        int
	}{
		{"a notification", token, notification, nil, http.StatusOK, 2},
		{"no token", "", notification, nil, http.StatusUnauthorized, 0},
		{"another's token", "a tokem", notification, nil, http.StatusUnauthorized, 0},
		{"no JSON", token, "x", nil, http.StatusBadRequest, 0},
		{"another version", token, strings.Replace(notification, `"4"`, `"5"`, 1), nil, http.StatusBadRequest, 0},
		{"too much", token, `{"version":"4","receiver":"` + strings.Repeat("x", 2<<20) + `"}`, nil, http.StatusBadRequest, 0},
		{"the evidence cannot be written", token, notification, errors.New("disk full"), http.StatusServiceUnavailable, 2},
	} {
		var got []rto.AlertSeen
		h := &alert.Webhook{Token: token, Now: func() rto.Instant { return arrived }, Take: func(_ context.Context, seen []rto.AlertSeen) error {
			got = seen
			return c.keep
		}}
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(c.body))
		if c.token != "" {
			r.Header.Set("Authorization", "Bearer "+c.token)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.want || len(got) != c.seen {
			t.Errorf("%s: answered %d and saw %d, want %d and %d", c.name, w.Code, len(got), c.want, c.seen)
		}
		if strings.Contains(w.Body.String(), "disk full") {
			t.Errorf("%s: the answer tells what is none of the sender's business: %s", c.name, w.Body)
		}
		if c.want != http.StatusOK {
			continue
		}
		first, second := got[0], got[1]
		if first.Received != arrived || first.Resolved != 0 || first.Starts.String() != "2026-11-28T04:00:30.000000Z" || first.Labels["severity"] != "page" {
			t.Errorf("the first is %+v", first)
		}
		if second.Resolved.String() != "2026-11-28T03:05:00.000000Z" {
			t.Errorf("the second is %+v", second)
		}
	}
}

func TestWebhookWithoutATokenTakesNothing(t *testing.T) {
	t.Parallel()
	h := &alert.Webhook{Now: func() rto.Instant { return 1 }, Take: func(context.Context, []rto.AlertSeen) error { return nil }}
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(notification))
	r.Header.Set("Authorization", "Bearer ")
	if h.ServeHTTP(w, r); w.Code != http.StatusUnauthorized {
		t.Errorf("a webhook without a token answered %d", w.Code)
	}
}

// TestPollWhatIsNoAlertmanager shows that errors say what is wrong, and repeat nothing of what the server said.
func TestPollWhatIsNoAlertmanager(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]http.HandlerFunc{
		"refuses":   func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "secret", http.StatusForbidden) },
		"is a page": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>secret</html>") },
		"cuts": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `[{"labels":{"alertname":"secret"`)
		},
	} {
		s := httptest.NewServer(answer)
		p, err := alert.NewPoller(s.URL, func() rto.Instant { return 1 })
		if err != nil {
			t.Fatal(err)
		}
		if seen, err := p.Poll(t.Context()); err == nil || strings.Contains(err.Error(), "secret") || len(seen) > 0 {
			t.Errorf("one that %s: %v, %v", name, seen, err)
		}
		s.Close()
	}
	for _, address := range []string{"", "alertmanager:9093", "ftp://a", "http://user:secret@a:9093"} {
		if _, err := alert.NewPoller(address, nil); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("address %q: %v", address, err)
		}
	}
}

// TestMuteHasLabelsAndAnEnd shows the request that makes a silence.
func TestMuteHasLabelsAndAnEnd(t *testing.T) {
	t.Parallel()
	var body string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		body = r.Method + " " + r.URL.Path + " " + string(text)
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"silenceID":"9c6a3cd4-9b9f-4f0e-9a3c-3c8d0d6f8f11"}`)
	}))
	defer s.Close()
	if _, err := alert.NewMute(s.URL, nil, "tracker", "drill"); err == nil {
		t.Error("a silence of everything was taken")
	}
	m, err := alert.NewMute(s.URL+"/am/", map[string]string{"region": "us-central1", "drill": "yes"}, "tracker", "drill 1")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 28, 4, 0, 0, 0, time.UTC)
	if err := m.Hold(t.Context(), now); err != nil || !m.Held() {
		t.Fatal(err)
	}
	for _, want := range []string{"POST /am/api/v2/silences", `"endsAt":"2026-11-28T04:15:00.000Z"`, `"name":"drill","value":"yes"`, `"name":"region","value":"us-central1"`} {
		if !strings.Contains(body, want) {
			t.Errorf("want %s in %s", want, body)
		}
	}
	if err := m.Hold(t.Context(), now.Add(time.Minute)); err != nil || !strings.Contains(body, `"id":"9c6a3cd4`) {
		t.Errorf("the silence is not held on but made again: %s, %v", body, err)
	}
	if err := m.End(t.Context()); err != nil || m.Held() || !strings.HasPrefix(body, "DELETE /am/api/v2/silence/9c6a3cd4") {
		t.Errorf("the silence is not ended: %s, %v", body, err)
	}
}

func TestActivity(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"status":"success","data":{"alerts":[
{"labels":{"alertname":"A"},"state":"pending","activeAt":"2026-11-28T04:00:10Z"},{"labels":{"alertname":"A"},"state":"firing","activeAt":"2026-11-28T04:00:05Z"}]}}`)
	}))
	defer s.Close()
	got, err := alert.NewActivity(s.URL + "/").Active(t.Context())
	if err != nil || got["A"].String() != "2026-11-28T04:00:05.000000Z" {
		t.Errorf("%v, %v", got, err)
	}
}
