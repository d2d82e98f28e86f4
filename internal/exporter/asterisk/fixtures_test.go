package asterisk

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/exportertest"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/ami/amitest"
)

// versions are the Asterisks whose answers are in testdata, scenes what went on meanwhile.
func versions() []string { return []string{"16.28.0", "22.10.1"} }
func scenes() []string   { return []string{"idle", "calls"} }

func suite() exportertest.Suite {
	return exportertest.Suite{Families: metric.Asterisk(), Kit: metric.AsteriskKit}
}

// everything names all collectors.
func everything() []string {
	var names []string
	for _, c := range Collectors() {
		names = append(names, c.Name)
	}
	return names
}

// recorded starts a server that answers as a real Asterisk of that version did in that scene.
func recorded(t testing.TB, version, scene string) *amitest.Server {
	t.Helper()
	s := amitest.Start(t)
	folder := filepath.Join("testdata", "asterisk-"+version, scene)
	for _, action := range []string{
		"CoreSettings", "CoreStatus", "CoreShowChannels", "BridgeList", "ConfbridgeListRooms", "Parkinglots", "ParkedCalls",
		"PJSIPShowEndpoints", "PJSIPShowContacts", "PJSIPShowRegistrationsOutbound", "QueueStatus", "Command", "VoicemailUsersList",
	} {
		s.Handle(action, amitest.Recorded(t, filepath.Join(folder, action+".txt")))
	}
	s.Handle("PJSIPShowEndpoint", amitest.Recorded(t, filepath.Join(folder, "PJSIPShowEndpoint.dead.txt")))
	loaded := amitest.Recorded(t, filepath.Join(folder, "ModuleCheck.res_pjsip.txt"))
	missing := amitest.Recorded(t, filepath.Join(folder, "ModuleCheck.app_nothing.txt"))
	s.Handle("ModuleCheck", func(w amitest.Writer, r amitest.Request) {
		if r.Message.Get("Module") == "res_pjsip" {
			loaded(w, r)
			return
		}
		missing(w, r)
	})
	return s
}

// eventsOf are the events that a real Asterisk of that version sent.
func eventsOf(t testing.TB, version string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "asterisk-"+version, "events.txt"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// secret is a file with the password of the servers' user.
func secret(t testing.TB, password string) exporter.Credentials {
	t.Helper()
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return exporter.Credentials{Username: amitest.Username, PasswordFile: file}
}

// target makes a target whose clock stands still.
func target(t testing.TB, s *amitest.Server, change func(*Options)) *exporter.Target {
	t.Helper()
	o := Options{
		Address: s.Address().String(), Credentials: secret(t, amitest.Secret), Collectors: everything(),
		RequiredModules: []string{"res_pjsip.so", "app_nothing"}, Applications: []string{"voipbin", "flow"},
		Logger: slog.New(slog.DiscardHandler), Now: exportertest.Now,
	}
	if change != nil {
		change(&o)
	}
	tgt, err := NewTarget(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tgt.Close(); err != nil {
			t.Error(err)
		}
	})
	return tgt
}

// observed is the target at a server, with the collectors named, or all.
func observed(t testing.TB, s *amitest.Server, collectors ...string) *exporter.Target {
	t.Helper()
	return target(t, s, func(o *Options) {
		if len(collectors) > 0 {
			o.Collectors = collectors
		}
	})
}

// restServer is a REST interface with this answer to the question for applications.
func restServer(t testing.TB, status int, body string) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		if user != amitest.Username || password != amitest.Secret {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if r.URL.Path != "/ari/applications" {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(s.Close)
	return s.URL + "/ari"
}

// applications is an answer of ARI: one application as 22.10.1 lists it.
const applications = `[{"name":"voipbin","channel_ids":["1700000000.1","1700000000.2"],"bridge_ids":["b"],"endpoint_ids":[],"device_names":[],"events_allowed":[],"events_disallowed":[]}]`

func deadline(t testing.TB, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// holds checks that an exposition has these lines, and none that starts with one of those.
func holds(t *testing.T, got exportertest.Scrape, want []string, never ...string) {
	t.Helper()
	for _, line := range want {
		if !strings.Contains("\n"+got.Text, "\n"+line+"\n") {
			t.Errorf("missing: %s", line)
		}
	}
	for _, prefix := range never {
		if strings.Contains("\n"+got.Text, "\n"+prefix) {
			t.Errorf("must not be there: %s", prefix)
		}
	}
}
