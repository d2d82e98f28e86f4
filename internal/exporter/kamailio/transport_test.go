package kamailio

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/protocol/binrpc"
	"github.com/voipbin/observability/internal/protocol/binrpc/binrpctest"
)

// overHTTP starts a jsonrpcs server that answers with what a real one of that version did, or as script says by method.
func overHTTP(t testing.TB, version string, script map[string]string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var call struct {
			Method string
			Params []any
			ID     json.Number
		}
		if err := json.NewDecoder(r.Body).Decode(&call); err != nil {
			t.Errorf("request: %v", err)
			return
		}
		answer := recordedJSON(version, call.Method, call.Params)
		if result, ok := script[call.Method]; ok {
			answer = jsonAnswer{Result: json.RawMessage(result)}
		}
		if answer.Error != nil {
			w.WriteHeader(http.StatusInternalServerError)
		}
		answer.Version, answer.ID = "2.0", call.ID
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			t.Errorf("answer: %v", err)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL + "/RPC"
}

// jsonAnswer is an answer of JSON-RPC 2.0.
type jsonAnswer struct {
	Version string          `json:"jsonrpc"`
	Result  json.RawMessage `json:"result,omitempty"`
	Error   json.RawMessage `json:"error,omitempty"`
	ID      json.Number     `json:"id"`
}

// recordedJSON is a recorded answer, or what Kamailio says to a method that it does not have.
func recordedJSON(version, method string, params []any) jsonAnswer {
	name := method
	for _, p := range params {
		name += fmt.Sprintf(".%v", p)
	}
	unknown := jsonAnswer{Error: json.RawMessage(`{"code":500,"message":"Method Not Found"}`)}
	text, err := os.ReadFile(filepath.Join("testdata", "kamailio-"+version+"-http", name+".json"))
	if err != nil {
		return unknown
	}
	var answer jsonAnswer
	if err := json.Unmarshal(text, &answer); err != nil {
		return unknown
	}
	return answer
}

func at(t testing.TB, address string, collectors ...string) *exporter.Target {
	t.Helper()
	return targetOf(t, options(t, address, collectors...))
}

func TestGoldenOverHTTP(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"5.6.3", "6.1.5"} {
		suite().Golden(t, at(t, overHTTP(t, version, nil)), "testdata/golden/"+version+"-http.prom")
	}
}

// TestMissingModuleOverHTTP: an unknown method is status 500 with a body, which is no failure.
func TestMissingModuleOverHTTP(t *testing.T) {
	t.Parallel()
	got := suite().Scrape(t, at(t, overHTTP(t, "none", map[string]string{"core.version": `"kamailio"`}), "tls", "dialog", "pkg"))
	for name, outcome := range got.Outcomes {
		if outcome != exporter.OutcomeAbsent {
			t.Errorf("%s: want absent, got %s", name, outcome)
		}
	}
}

// jsonTargets is a dispatcher.list of one set over JSON-RPC.
func jsonTargets(n int) string {
	var b strings.Builder
	b.WriteString(`{"NRSETS":1,"RECORDS":[{"SET":{"ID":5,"TARGETS":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"DEST":{"URI":"sip:10.1.%d.%d","FLAGS":"AX","PRIORITY":0,"ATTRS":{"DUID":null}}}`, i/250, i%250)
	}
	b.WriteString(`]}}]}`)
	return b.String()
}

// TestOtherFaultsStayOnOneTransport: only what has no room is asked again.
func TestOtherFaultsStayOnOneTransport(t *testing.T) {
	t.Parallel()
	server := recorded(t, "6.1.5")
	server.Handle("dispatcher.list", binrpctest.Fault(500, "No Destination Sets"))
	wide := overHTTP(t, "none", map[string]string{"dispatcher.list": jsonTargets(3)})
	got := suite().Scrape(t, at(t, server.Address().String()+","+wide, "dispatcher"))
	if got.Outcomes["dispatcher"] != exporter.OutcomeEmpty {
		t.Errorf("want empty, got %s", got.Outcomes["dispatcher"])
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	f := func(address, wantError string) {
		t.Helper()
		_, closeAll, err := dial(address)
		switch {
		case err == nil && wantError == "":
			if err := closeAll(); err != nil {
				t.Errorf("%s: close: %v", address, err)
			}
		case err == nil || wantError == "" || !strings.Contains(err.Error(), wantError):
			t.Errorf("%s: error %v, want one with %q", address, err, wantError)
		}
	}
	f("unix:///run/kamailio/kamailio_ctl", "")
	f("tcp://127.0.0.1:2049", "")
	f("http://127.0.0.1:5060/RPC", "")
	f("unix:///run/kamailio/kamailio_ctl,http://127.0.0.1:5060/RPC", "")
	f("http://127.0.0.1:5060/RPC,unix:///run/kamailio/kamailio_ctl", "the first part must be")
	f("unix:///a,unix:///b", "the first part must be")
	f("unix:///a,", "address")
	f("http://user:secret@127.0.0.1/RPC", "credentials")
	f("carrier pigeon", "address")
}

// TestSecretsStayOut: an address with credentials is refused without repeating them.
func TestSecretsStayOut(t *testing.T) {
	t.Parallel()
	_, _, err := dial("http://user:hunter2@127.0.0.1/RPC")
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("got %v", err)
	}
}

// TestTransportsAgree gives one answer in the shape of either transport and wants one result.
func TestTransportsAgree(t *testing.T) {
	t.Parallel()
	server := recorded(t, "6.1.5")
	server.Handle("dispatcher.list", binrpctest.Values(listOf(setOf(5,
		destinationOf("sip:10.1.0.0", "AX", ""), destinationOf("sip:10.1.0.1", "AX", "")))))
	server.Handle("core.version", binrpctest.Values(binrpc.StringOf("kamailio")))
	binary := suite().Scrape(t, observed(t, server, "dispatcher"))
	wide := suite().Scrape(t, at(t, overHTTP(t, "none", map[string]string{
		"core.version": `"kamailio"`, "dispatcher.list": jsonTargets(2),
	}), "dispatcher"))
	if binary.Text != wide.Text {
		t.Errorf("BINRPC:\n%s\nHTTP:\n%s", binary.Text, wide.Text)
	}
}
