package ng_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/protocol/ng"
	"github.com/voipbin/observability/internal/protocol/ng/ngtest"
)

// formats are those of the questions that a server has read.
func formats(server *ngtest.Server) string {
	var all []string
	for _, r := range server.Requests() {
		all = append(all, r.Format.String())
	}
	return strings.Join(all, " ")
}

// TestFormatIsFoundOutOnce: a daemon before 10.3 costs one question more, and not again until it was away.
func TestFormatIsFoundOutOnce(t *testing.T) {
	t.Parallel()
	for _, network := range []string{"udp", "http"} {
		server := ngtest.Start(t, network)
		server.RefuseJSON(true)
		client := newClient(t, server.Address(), ng.Options{})
		ping := func() {
			t.Helper()
			if _, err := client.Call(within(t, late), "ping"); err != nil {
				t.Fatalf("%s: %v", network, err)
			}
		}
		ping()
		ping()
		if diff := cmp.Diff("json bencode bencode", formats(server)); diff != "" {
			t.Errorf("%s: questions (-want +got):\n%s", network, diff)
		}
		server.Stop()
		if _, err := client.Call(within(t, late), "ping"); err == nil {
			t.Errorf("%s: an answer from nobody", network)
		}
		server.RefuseJSON(false) // a new version
		server.Restart(t)
		ping()
		ping()
		if diff := cmp.Diff("json bencode bencode json json", formats(server)); diff != "" {
			t.Errorf("%s: questions after a restart (-want +got):\n%s", network, diff)
		}
		server.RefuseJSON(true) // an old one, and nobody noticed
		ping()
		if diff := cmp.Diff("json bencode bencode json json json bencode", formats(server)); diff != "" {
			t.Errorf("%s: questions after a silent restart (-want +got):\n%s", network, diff)
		}
		client.Renegotiate(within(t, late))
		server.RefuseJSON(false)
		ping()
		if !strings.HasSuffix(formats(server), "bencode json") {
			t.Errorf("%s: want to try JSON again when told to, got %s", network, formats(server))
		}
	}
}

// TestRefusalsAreNoReasonToFallBack: a daemon that reads JSON and does not do what it is asked goes on being asked in JSON.
func TestRefusalsAreNoReasonToFallBack(t *testing.T) {
	t.Parallel()
	server := ngtest.Start(t, "udp")
	server.Handle("empty", ngtest.Raw(nil))
	client := newClient(t, server.Address(), ng.Options{})
	for _, command := range []string{"nonsense", "empty", "nonsense"} {
		if _, err := client.Call(within(t, late), command); err == nil {
			t.Errorf("%s: want an error", command)
		}
	}
	if diff := cmp.Diff("json json json", formats(server)); diff != "" {
		t.Errorf("questions (-want +got):\n%s", diff)
	}
}

func TestFixedFormat(t *testing.T) {
	t.Parallel()
	f := func(network string, format ng.Format, want string) {
		t.Helper()
		server := ngtest.Start(t, network)
		if _, err := newClient(t, server.Address(), ng.Options{Format: format}).Call(within(t, late), "ping"); err != nil {
			t.Errorf("%s %s: %v", network, format, err)
		}
		if got := formats(server); got != want {
			t.Errorf("%s %s: want questions %s, got %s", network, format, want, got)
		}
	}
	f("udp", ng.Bencode, "bencode")
	f("http", ng.Bencode, "bencode")
	f("udp", ng.JSON, "json")
	f("tcp", ng.JSON, "bencode") // JSON would never be answered

	server := ngtest.Start(t, "udp")
	server.RefuseJSON(true)
	_, err := newClient(t, server.Address(), ng.Options{Format: ng.JSON}).Call(within(t, late), "ping")
	var refusal *ng.Refusal
	if !errors.As(err, &refusal) || refusal.Reason != "Invalid NG data format" {
		t.Errorf("JSON was asked for: want the daemon's complaint, got %v", err)
	}
}

func TestParseFormat(t *testing.T) {
	t.Parallel()
	for _, want := range []ng.Format{ng.Auto, ng.JSON, ng.Bencode} {
		if got, err := ng.ParseFormat(want.String()); err != nil || got != want {
			t.Errorf("%s: got %s, %v", want, got, err)
		}
	}
	if _, err := ng.ParseFormat("xml"); err == nil || err.Error() != `format "xml": want auto, json or bencode` {
		t.Errorf("want an error that says what to write, got %v", err)
	}
}

func TestCLI(t *testing.T) {
	t.Parallel()
	for _, network := range networks() {
		server := ngtest.Start(t, network)
		client := newClient(t, server.Address(), ng.Options{})
		if network != "http" {
			_, err := client.CLI(within(t, late), "list maxsessions")
			var refusal *ng.Refusal
			if !errors.As(err, &refusal) || !refusal.UnknownCommand() {
				t.Errorf("%s: a daemon without the command: want a *Refusal, got %v", network, err)
			}
		}
		server.HandleCLI("list maxsessions", "Maximum sessions configured on rtpengine: -1\n")
		got, err := client.CLI(within(t, late), "list maxsessions")
		if err != nil || got != "Maximum sessions configured on rtpengine: -1\n" {
			t.Errorf("%s: got %q, %v", network, got, err)
		}
		if got, err := client.CLI(within(t, late), "list nonsense"); err != nil || got != "Unknown command: list nonsense\n" {
			t.Errorf("%s: got %q, %v", network, got, err)
		}
	}
	server := ngtest.Start(t, "udp")
	server.Handle("cli", ngtest.Result("ok"))
	_, err := newClient(t, server.Address(), ng.Options{}).CLI(within(t, late), "x")
	if err == nil || !strings.Contains(err.Error(), "no response in it") {
		t.Errorf("an answer without a response: got %v", err)
	}
}

// TestNotRTPEngine asks web servers that have no /ng, or are none.
func TestNotRTPEngine(t *testing.T) {
	t.Parallel()
	f := func(handler http.HandlerFunc, want string) {
		t.Helper()
		server := httptest.NewServer(handler)
		t.Cleanup(server.Close)
		address, err := ng.ParseAddress(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		_, err = newClient(t, address, ng.Options{}).Call(within(t, late), "ping")
		var bad *ng.DecodeError
		if !errors.As(err, &bad) || bad.What != want {
			t.Errorf("want a *DecodeError %q, got %v", want, err)
		}
	}
	f(http.NotFound, "HTTP status 404; is that RTPEngine's listen-http?")
	f(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/elsewhere", http.StatusFound) },
		"HTTP status 302; is that RTPEngine's listen-http?")
	f(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_, err = conn.Write([]byte("SIP/2.0 400 Bad secret\r\n\r\n"))
		}
		if err != nil {
			t.Error(err)
		}
	}, "not an HTTP reply")
}
