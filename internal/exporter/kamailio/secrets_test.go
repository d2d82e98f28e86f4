package kamailio

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/binrpc"
	"github.com/voipbin/observability/internal/protocol/binrpc/binrpctest"
)

// A registration's secrets: what must not be in any exposition, error or log.
const (
	password = "hunter2-of-trunk1"
	hash     = "5f4dcc3b5aa765d61d8327deb882cf99"
	username = "+4930123456"
)

func secrets() []string { return []string{password, hash, username, scrubbed} }

// registration is one of uac.reg_dump as 6.1.5 has it, with these flags.
func registration(flags any) binrpc.Value {
	return binrpc.StructOf(
		member("l_uuid", "trunk1"), member("l_username", username), member("l_domain", "lab.invalid"),
		member("r_username", username), member("r_domain", "carrier.example"), member("realm", "carrier.example"),
		member("auth_username", username), member("auth_password", password), member("auth_ha1", hash),
		member("auth_proxy", "sip:"+username+"@192.0.2.1"), member("expires", 360), member("flags", flags),
		member("diff_expires", 300), member("timer_expires", 1795419911), member("contact_addr", "192.0.2.2:5060"))
}

// leaked scrapes the target with the most talkative log and returns all that left the package.
func leaked(t *testing.T, address string) string {
	t.Helper()
	var logs lockedBuffer
	var shown bytes.Buffer
	o := options(t, address, "uac")
	o.Now = time.Now
	target, err := NewTarget(o)
	if err != nil {
		t.Fatal(err)
	}
	observer, err := exporter.NewObserver(target, exporter.Observing{
		Set: emit.NewSet(metric.Kamailio()), Kit: metric.KamailioKit, Now: time.Now,
		Logger: slog.New(slog.NewTextHandler(&logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer observer.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	encode := expfmt.NewEncoder(&shown, expfmt.NewFormat(expfmt.TypeTextPlain))
	for _, f := range observer.Observe(ctx, nil).Families() {
		if err := encode.Encode(f); err != nil {
			t.Fatal(err)
		}
	}
	err = target.Scrapers[0].Scrape(ctx, batch(t))
	for !exporter.Healthy(exporter.OutcomeOf(err)) && logs.String() == "" && ctx.Err() == nil {
		time.Sleep(time.Millisecond) // a failure is logged after the scrape was answered
	}
	return shown.String() + logs.String() + fmt.Sprintf("%v %+v %q", err, err, err)
}

// lockedBuffer takes the lines of a scrape that has been answered but has not ended.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func wantNoSecret(t *testing.T, way, text string) {
	t.Helper()
	for _, s := range secrets() {
		if strings.Contains(text, s) {
			t.Errorf("%s: %q left the package:\n%s", way, s, text)
		}
	}
}

// TestRegistrationsStaySecret has whole answers, and every way in which one can be broken in the middle of a password.
func TestRegistrationsStaySecret(t *testing.T) {
	t.Parallel()
	whole := binrpctest.Values(registration(20))
	for way, reply := range map[string]binrpctest.Reply{
		"whole":             whole,
		"of two":            binrpctest.Values(registration(20), registration(1)),
		"flags are missing": binrpctest.Values(registration(password)),
		"cut":               binrpctest.Cut(200, whole),
		"cut at its end":    binrpctest.Cut(-2, whole),
		"with more behind":  binrpctest.Trailing([]byte(password), whole),
		"garbage":           binrpctest.Garbage([]byte(password + hash + username + strings.Repeat(password, 20))),
		"not a struct":      binrpctest.Values(binrpc.StringOf(password), binrpc.StringOf(hash)),
		"payload broken":    binrpctest.Payload([]byte("\x03\x95\x0eauth_password\x00\x91\xff" + password)),
		"fault":             binrpctest.Fault(500, "Internal error"),
	} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			server := recorded(t, "6.1.5")
			server.Handle("uac.reg_dump", reply)
			text := leaked(t, server.Address().String())
			wantNoSecret(t, way, text)
			if strings.HasPrefix(way, "whole") && !strings.Contains(text, `kamailio_uac_registration_up{domain="carrier.example",id="trunk1"} 1`) {
				t.Errorf("nothing was read:\n%s", text)
			}
		})
	}
}

func TestRegistrationsStaySecretOverHTTP(t *testing.T) {
	t.Parallel()
	whole := `[{"l_uuid":"trunk1","r_domain":"carrier.example","auth_username":"` + username + `","auth_password":"` + password +
		`","auth_ha1":"` + hash + `","flags":20,"timer_expires":1795419911}]`
	for way, result := range map[string]string{
		"whole":          whole,
		"broken":         whole[:len(whole)-60],
		"of other types": `[{"l_uuid":"trunk1","flags":"` + password + `"}]`,
		"a text":         `"` + password + `"`,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, `{"jsonrpc":"2.0","result":%s,"id":1}`, result) // also with an id that is not the call's
		}))
		wantNoSecret(t, way+" and of another call", leaked(t, server.URL+"/RPC"))
		server.Close()
	}
	wantNoSecret(t, "whole", leaked(t, overHTTP(t, "6.1.5", map[string]string{"uac.reg_dump": whole})))
	wantNoSecret(t, "recorded", leaked(t, overHTTP(t, "6.1.5", nil)))
}

// TestGoldensHoldNoSecret: nor does anything that the tests compare with.
func TestGoldensHoldNoSecret(t *testing.T) {
	t.Parallel()
	for _, version := range versions() {
		text, err := os.ReadFile("testdata/golden/" + version + ".prom")
		if err != nil {
			t.Fatal(err)
		}
		wantNoSecret(t, version, string(text))
		if strings.Contains(string(text), "line1") {
			t.Errorf("%s: a registration's user name was exported", version)
		}
	}
}

// TestNobodyAsksForPasswordsByDefault: what is on by default asks for nothing that lists callers, contacts or passwords.
func TestNobodyAsksForPasswordsByDefault(t *testing.T) {
	t.Parallel()
	server := recorded(t, "6.1.5")
	suite().Scrape(t, observed(t, server, defaults()...))
	private := map[string]bool{
		"uac.reg_dump": true, "dlg.list": true, "ul.dump": true, "htable.dump": true, "core.tcp_list": true, "pike.top": true, "pl.list": true,
	}
	for _, r := range server.Requests() {
		if private[r.Method] {
			t.Errorf("asked for %s", r.Method)
		}
	}
}
