package starter_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/promapi"
	"github.com/voipbin/observability/internal/starter"
)

// now is a time within an hour.
func now() time.Time { return time.Date(2026, 3, 8, 12, 34, 0, 0, time.UTC) }

// server knows proxies by their instance labels, and a course of calls.
type server struct {
	about     promapi.About
	aboutErr  error
	instances map[string][]string // of each metric
	calls     []float64
	asked     string
	from, to  time.Time
}

func (s *server) About(context.Context) (promapi.About, error) { return s.about, s.aboutErr }

func (s *server) Targets(context.Context) ([]promapi.Target, error) {
	return []promapi.Target{{Job: "kamailio", Instance: "sbc-1", URL: "http://10.0.0.7:9494/metrics"}}, nil
}

func (s *server) Query(_ context.Context, expr string, _ time.Time) ([]promapi.Sample, error) {
	var samples []promapi.Sample
	for metric, instances := range s.instances {
		for _, i := range instances {
			if strings.Contains(expr, metric) {
				samples = append(samples, promapi.Sample{Labels: promapi.Labels{"job": "kamailio", "instance": i}, Point: promapi.Point{Value: 1}})
			}
		}
	}
	return samples, nil
}

func (s *server) Range(_ context.Context, expr string, from, to time.Time, _ time.Duration) ([]promapi.Series, error) {
	s.asked, s.from, s.to = expr, from, to
	var points []promapi.Point
	for _, v := range s.calls {
		points = append(points, promapi.Point{Value: v})
	}
	return []promapi.Series{{Points: points}}, nil
}

func TestDiscoverNodes(t *testing.T) {
	t.Parallel()
	s := &server{instances: map[string][]string{
		"kamailio_up": {"sbc-2.example.org:9494", "sbc-1", "10.0.0.3:9494", "[2001:db8::3]:9494", "sbc-1"},
		"asterisk_up": {"pbx-1", "pbx-2"}, "rtpengine_up": {"media-1"},
	}}
	p := starter.Default()
	found, err := starter.Discover(t.Context(), &p, s, now())
	if err != nil {
		t.Fatal(err)
	}
	want := []starter.Node{
		{Name: "10-0-0-3-9494", Address: "10.0.0.3:9494"}, {Name: "2001-db8-3-9494", Address: "[2001:db8::3]:9494"},
		{Name: "sbc-1", Address: "10.0.0.7:9494"}, {Name: "sbc-2-example-org", Address: "sbc-2.example.org:9494"},
	}
	if diff := cmp.Diff(want, p.SIPProxies.Nodes); diff != "" {
		t.Errorf("proxies (-want +got):\n%s", diff)
	}
	if len(p.MediaProxies.Nodes) != 0 || len(p.MediaServers.Nodes) != 2 {
		t.Errorf("want no engines, as one is no tier, and two servers, got %v and %v", p.MediaProxies.Nodes, p.MediaServers.Nodes)
	}
	if said := strings.Join(found, "\n"); !strings.Contains(said, "RTPEngine: only media-1") {
		t.Errorf("want that one engine is no tier, got %s", said)
	}
}

func TestDiscoverTraffic(t *testing.T) {
	t.Parallel()
	day := func(values ...float64) []float64 {
		var calls []float64
		for range 24 / len(values) {
			calls = append(calls, values...)
		}
		return calls
	}
	f := func(calls []float64, peak, trough int, measured time.Duration) {
		t.Helper()
		p := starter.Default()
		s := &server{instances: map[string][]string{"kamailio_up": {"a", "b"}}, calls: calls}
		if _, err := starter.Discover(t.Context(), &p, s, now()); err != nil {
			t.Fatal(err)
		}
		if p.PeakPerHour != peak || p.TroughPerHour != trough || p.Measured != measured {
			t.Errorf("want %d, %d in %s, got %d, %d in %s", peak, trough, measured, p.PeakPerHour, p.TroughPerHour, p.Measured)
		}
		if !strings.Contains(s.asked, "kamailio_call_setup_outcomes_total[1h]") || s.to != now().Truncate(time.Hour) || s.to.Sub(s.from) != 167*time.Hour {
			t.Errorf("want 168 whole hours, got %s from %s to %s", s.asked, s.from, s.to)
		}
	}
	guess := starter.Default()
	f(day(120.4, 7.9), 121, 7, 24*time.Hour)
	f(day(120, 0), 120, 0, 24*time.Hour)
	f(append(day(120, 30), math.NaN()), 120, 30, 24*time.Hour) // an hour of which nothing is known
	f(day(120, 30)[:23], guess.PeakPerHour, guess.TroughPerHour, 0)
	f(day(0), guess.PeakPerHour, guess.TroughPerHour, 0) // no call at all is no measure
	f(nil, guess.PeakPerHour, guess.TroughPerHour, 0)
}

func TestDiscoverServer(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	f := func(about promapi.About, version string, retention time.Duration, managers string) {
		t.Helper()
		p := starter.Default()
		s := &server{about: about, instances: map[string][]string{"kamailio_up": {"a", "b"}}}
		if _, err := starter.Discover(t.Context(), &p, s, now()); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(p.Alertmanagers, " "); p.Version != version || p.Retention != retention || got != managers {
			t.Errorf("want %s, %s, %s, got %s, %s, %s", version, retention, managers, p.Version, p.Retention, got)
		}
	}
	f(promapi.About{Version: "2.55.1", Retention: 90 * day, Alertmanagers: []string{"a:9093", "b:9093"}}, "2.55", 90*day, "a:9093 b:9093")
	f(promapi.About{Version: "main", Retention: time.Hour}, "3.16", 30*day, "localhost:9093")
	p := starter.Default()
	if _, err := starter.Discover(t.Context(), &p, &server{aboutErr: errors.New("no route")}, now()); err == nil {
		t.Error("want an error for a server that does not answer")
	}
}

// What cannot be used is said and asked again.
func TestAskAgain(t *testing.T) {
	t.Parallel()
	f := func(question, answer, want string) {
		t.Helper()
		var all strings.Builder
		p := starter.Default()
		if err := starter.Ask(&p, strings.NewReader(strings.Repeat("\n", 40)), &all); err != nil {
			t.Fatal(err)
		}
		before, _, found := strings.Cut(all.String(), question+" [")
		if !found {
			t.Fatalf("there is no question %q", question)
		}
		var out strings.Builder
		lines := strings.Repeat("\n", strings.Count(before, "]: ")) + answer + "\n"
		p = starter.Default()
		err := starter.Ask(&p, strings.NewReader(lines), &out)
		_, after, _ := strings.Cut(out.String(), question+" [")
		if !strings.Contains(after, want) || !errors.Is(err, starter.ErrNoAnswers) {
			t.Errorf("%s: %q: want %q, got %q, %v", question, answer, want, after, err)
		}
	}
	f("Region", "Seoul", `"Seoul": want lower-case letters`)
	f("Prefix of the runbooks' addresses", "runbooks", "ends with a slash")
	f("Version of Prometheus", "three", "such as 3.16")
	f("How often it scrapes", "10m", "from 1s to 2m")
	f("How long it keeps data", "5d", "7d at least")
	f("Its disk", "much", "such as 100GB")
	f("Alertmanagers, separated by commas", "am-1:9093, am-2", `"am-2": want host:port`)
	f("Kamailio nodes, separated by commas", "none", "two at least")
	f("Asterisk nodes, or none", "a, B", `"B": want names`)
	f("Per cent of calls that shall be set up", "100", "below 100")
	f("Call attempts in the busiest hour", "0", "from 1 to")
	f("Call attempts in the quietest hour", "50000", "more than in the busiest hour")
	f("File with the webhook's address for pages", "https://hooks.example.org/secret", "that is a secret")
}
