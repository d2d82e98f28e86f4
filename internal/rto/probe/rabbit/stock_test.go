package rabbit

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/rto"
)

func look(t *testing.T, maxQueues int, timeout time.Duration, h http.HandlerFunc) rto.StockSample {
	t.Helper()
	s := httptest.NewServer(h)
	defer s.Close()
	stock, err := NewStock(StockConfig{
		Store: "mq", URL: s.URL + "/", MaxQueues: maxQueues, Now: func() rto.Instant { return rto.InstantOf(time.Unix(1000, 0)) },
		Credentials: func(context.Context) (string, string, error) { return "u", "p", nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stock.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	return stock.Look(ctx)
}

func TestStock(t *testing.T) {
	t.Parallel()
	f := func(what string, maxQueues int, pages []string, risk, facts map[string]float64, age float64) {
		t.Helper()
		asked := 0
		got := look(t, maxQueues, 5*time.Second, func(w http.ResponseWriter, r *http.Request) {
			if user, password, _ := r.BasicAuth(); user != "u" || password != "p" || r.URL.Path != "/api/queues" {
				t.Errorf("%s: asked for %s as %s", what, r.URL, user)
			}
			asked++
			if n := r.URL.Query().Get("page"); n != fmt.Sprint(asked) {
				t.Errorf("%s: want page %d, got %s", what, asked, n)
			}
			fmt.Fprintf(w, `{"page_count":%d,"items":[%s]}`, len(pages), pages[asked-1])
		})
		if got.Outcome != rto.OK {
			t.Errorf("%s: %s", what, got.Outcome)
		}
		if diff := cmp.Diff(risk, got.AtRisk); diff != "" {
			t.Errorf("%s: at risk (-want +got):\n%s", what, diff)
		}
		if diff := cmp.Diff(facts, got.Facts); diff != "" {
			t.Errorf("%s: facts (-want +got):\n%s", what, diff)
		}
		switch {
		case got.OldestAge == nil && age >= 0, got.OldestAge != nil && *got.OldestAge != age:
			t.Errorf("%s: want the oldest to be %v s old, got %v", what, age, got.OldestAge)
		}
	}
	type m = map[string]float64
	f("two pages", 0, []string{
		`{"messages_ready":3,"messages_unacknowledged":1,"head_message_timestamp":940,"slave_nodes":["a","b"],"synchronised_slave_nodes":["a"]}`,
		`{"messages_ready":2,"messages_unacknowledged":0,"head_message_timestamp":null},{"messages_ready":0,"messages_unacknowledged":0,"head_message_timestamp":970,"members":["a","b","c"],"online":["a","b"]}`,
	}, m{"messages_ready": 5, "messages_unacked": 1, "unsynced_mirrors": 1, "queues_without_mirror": 0}, m{"queues": 3, "quorum_members_offline": 1}, 60)
	f("no mirror left, and none wanted", 0, []string{
		`{"messages_ready":3,"messages_unacknowledged":1,"slave_nodes":[],"synchronised_slave_nodes":[],"effective_policy_definition":{"ha-mode":"all"}},{"messages_ready":1,"messages_unacknowledged":0,"effective_policy_definition":[]},{"messages_ready":0,"messages_unacknowledged":0,"effective_policy_definition":{"max-length":9}}`,
	}, m{"messages_ready": 4, "messages_unacked": 1, "unsynced_mirrors": 0, "queues_without_mirror": 1}, m{"queues": 3}, -1)
	f("no queues", 0, []string{""}, m{"messages_ready": 0, "messages_unacked": 0}, m{"queues": 0}, -1)
	f("a queue whose node is down", 0, []string{`{"messages_ready":3,"messages_unacknowledged":1,"head_message_timestamp":""},{"state":"down"}`},
		m{"messages_ready_at_least": 3, "messages_unacked_at_least": 1}, m{"queues_at_least": 2, "queues_unread": 1}, -1)
	f("no statistics at all", 0, []string{`{"name":"q"}`}, m{}, m{"queues_at_least": 1, "queues_unread": 1}, -1)
	f("more than wanted", 1, []string{`{"messages_ready":3,"messages_unacknowledged":1}`, `{}`},
		m{"messages_ready_at_least": 3, "messages_unacked_at_least": 1}, m{"queues_at_least": 1}, -1)
	f("a stamp of the future", 0, []string{`{"messages_ready":3,"messages_unacknowledged":1,"head_message_timestamp":2000}`}, m{"messages_ready": 3, "messages_unacked": 1}, m{"queues": 1}, 0)
}

// TestStockOfAMirrorThatIsBehind reads what a RabbitMQ 3.10.8 of two nodes said (recorded by the integration test of the same): a policy mirrors
// one queue of five messages to a node that joined after they came.
func TestStockOfAMirrorThatIsBehind(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("testdata", "mirror-behind-3.10.json"))
	if err != nil {
		t.Fatal(err)
	}
	got := look(t, 0, 5*time.Second, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(text) })
	want := map[string]float64{"messages_ready": 5, "messages_unacked": 0, "unsynced_mirrors": 1, "queues_without_mirror": 0}
	if diff := cmp.Diff(want, got.AtRisk); diff != "" {
		t.Errorf("at risk (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]float64{"queues": 2, "quorum_members_offline": 0}, got.Facts); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
	if got.OldestAge == nil || *got.OldestAge != 0 { // the test's clock is long before the message
		t.Errorf("the oldest is %v s old", got.OldestAge)
	}
}

// What was not read is left out, however the asking failed.
func TestStockFails(t *testing.T) {
	t.Parallel()
	f := func(want rto.Outcome, timeout time.Duration, h http.HandlerFunc) {
		t.Helper()
		got := look(t, 0, timeout, h)
		if got.Outcome != want || got.AtRisk != nil || got.Facts != nil || got.OldestAge != nil {
			t.Errorf("want %s and nothing else, got %+v", want, got)
		}
	}
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	f(rto.Denied, 5*time.Second, status(401))
	f(rto.Denied, 5*time.Second, status(503))
	f(rto.Malformed, 5*time.Second, status(302))
	f(rto.Malformed, 5*time.Second, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") })
	f(rto.Malformed, 20*time.Second, func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `{"items":[],"x":"`+strings.Repeat("x", pageBytes)+`"}`)
	})
	f(rto.TimedOut, 50*time.Millisecond, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
}
