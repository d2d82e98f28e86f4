package lab

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// controlled is a laboratory without daemons that takes commands, and the folder to find it below.
func controlled(t *testing.T) (*Lab, *Control, string) {
	t.Helper()
	l := fakeLab(t, prometheus(t, nil, ""))
	l.PrometheusURL, l.AlertmanagerURL = "http://127.0.0.1:1", "http://127.0.0.1:2"
	c, err := l.StartControl()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.server.close() })
	return l, c, filepath.Dir(l.run.Folder())
}

func TestStatusCommand(t *testing.T) {
	t.Parallel()
	_, _, dir := controlled(t)
	f := func(number int) {
		t.Helper()
		text, err := Command(t.Context(), dir, number, http.MethodGet, "/status")
		if err != nil || !strings.Contains(text, "read back from Prometheus") {
			t.Errorf("run %d: want the summary, got %q, %v", number, text, err)
		}
	}
	f(0)
	f(1)
	_, err := Command(t.Context(), dir, 2, http.MethodGet, "/status")
	if err == nil || !strings.Contains(err.Error(), "run 2 below "+dir+" is not running") {
		t.Errorf("want an error for a run that is not there, got %v", err)
	}
}

func TestWhereCommand(t *testing.T) {
	t.Parallel()
	l, _, dir := controlled(t)
	for name, want := range map[string]string{WherePrometheus: l.PrometheusURL, WhereAlertmanager: l.AlertmanagerURL} {
		if text, err := Command(t.Context(), dir, 0, http.MethodGet, "/where/"+name); err != nil || text != want+"\n" {
			t.Errorf("%s: want %q, got %q, %v", name, want, text, err)
		}
	}
	if _, err := Command(t.Context(), dir, 0, http.MethodGet, "/where/kamailio"); err == nil || err.Error() != `no server "kamailio": there are prometheus and alertmanager` {
		t.Errorf("want an error that lists the servers, got %v", err)
	}
}

func TestDownCommand(t *testing.T) {
	t.Parallel()
	_, c, dir := controlled(t)
	for range 2 { // asking twice is no error
		if text, err := Command(t.Context(), dir, 0, http.MethodPost, "/down"); err != nil || text != "stopping\n" {
			t.Fatalf("want an acknowledgement, got %q, %v", text, err)
		}
	}
	select {
	case <-c.Down():
	default:
		t.Error("want the command passed on")
	}
}

func TestCommandsAreRefused(t *testing.T) {
	t.Parallel()
	l, _, dir := controlled(t)
	l.broken = []string{"kamailio-hang"}
	f := func(path, want string) {
		t.Helper()
		if _, err := Command(t.Context(), dir, 0, http.MethodPost, path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: want an error with %q, got %v", path, want, err)
		}
	}
	f("/fault/earthquake", `no fault "earthquake": there are kamailio-down, kamailio-hang, gateway-blackhole, exporter-down`)
	f("/fault/kamailio-hang", "fault kamailio-hang is there already")
	f("/fault/kamailio-down?mend", "fault kamailio-down is not there")
	f("/load?user=answer&rate=x&calls=1&hold=1s", "invalid syntax")
	f("/nothing", "404")
}

func TestNoLaboratory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, err := Command(t.Context(), dir, 0, http.MethodGet, "/status")
	if want := `no laboratory is running below ` + dir + `: start one with "lab up"`; err == nil || err.Error() != want {
		t.Errorf("want %q, got %v", want, err)
	}
}

func TestLegOf(t *testing.T) {
	t.Parallel()
	q := func(rate, calls, hold string) url.Values {
		return url.Values{"user": {"busy"}, "rate": {rate}, "calls": {calls}, "hold": {hold}}
	}
	got, err := legOf(q("0.5", "3", "2s"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Leg{User: "busy", Rate: 0.5, Calls: 3, Hold: 2 * time.Second}, got); diff != "" {
		t.Errorf("leg (-want +got):\n%s", diff)
	}
	for name, bad := range map[string]url.Values{
		"no rate": q("", "1", "1s"), "rate 0": q("0", "1", "1s"), "rate huge": q("1e9", "1", "1s"), "calls": q("1", "-1", "1s"),
		"hold": q("1", "1", "-1s"), "no unit": q("1", "1", "5"), "NaN": q("NaN", "1", "1s"),
	} {
		if leg, err := legOf(bad); err == nil {
			t.Errorf("%s: want an error, got %+v", name, leg)
		}
	}
}
