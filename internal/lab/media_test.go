package lab

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/lab/asterisk"
	"github.com/voipbin/observability/internal/lab/kamailio"
	"github.com/voipbin/observability/internal/lab/rtpengine"
	"github.com/voipbin/observability/internal/lab/steps"
)

func TestNoMedia(t *testing.T) {
	t.Parallel()
	var none *Media
	if none.route() != nil || none.audio(pbx("echo")) != "" {
		t.Error("want neither a route nor audio without media")
	}
	l := &Lab{}
	for _, name := range []string{"rtpengine-down", "asterisk-down"} {
		err := l.Break(t.Context(), name, false)
		if want := "inject " + name + ": this laboratory runs without media"; err == nil || err.Error() != want {
			t.Errorf("want %q, got %v", want, err)
		}
	}
	if len(l.Broken()) != 0 {
		t.Errorf("want nothing broken, got %v", l.Broken())
	}
	if diff := cmp.Diff(len(BoundedMix()), len(l.BoundedMix(1, 1))); diff != "" {
		t.Errorf("legs without media (-want +got):\n%s", diff)
	}
	l.Media = &Media{}
	if got, want := callsIn(l.BoundedMix(10, 3)), 10*callsIn(BoundedMix())+3*callsIn(BoundedMediaMix()); got != want {
		t.Errorf("want %d calls, got %d: whole calls are not scaled", want, got)
	}
}

// Who cannot have the packages is told what to do instead.
func TestMediaThatIsNotToBeHad(t *testing.T) {
	t.Parallel()
	if _, ok := rtpengine.Installed(); ok {
		t.Skip("this host has an RTPEngine of its own")
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	err := new(Tools).media(t.Context(), Options{Dir: file, Steps: steps.New(io.Discard, false, time.Now)})
	if err == nil || !strings.HasSuffix(err.Error(), ": --without-media does without RTPEngine and Asterisk") {
		t.Errorf("want the way out in the error, got %v", err)
	}
}

func TestMediaRoute(t *testing.T) {
	t.Parallel()
	m := &Media{RTPEngine: rtpengine.Config{UDPPort: 1}, Asterisk: asterisk.Config{SIPPort: 2}, Audio: "/run/a"}
	if diff := cmp.Diff(&kamailio.Media{Relay: "udp:127.0.0.1:1", Server: "127.0.0.1:2"}, m.route()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if m.audio(pbx("echo")) != "/run/a" || m.audio(UserAnswer) != "" {
		t.Error("want audio for Asterisk's users only")
	}
}

// The manager user is the documented one, but for its secret, which nobody else may read.
func TestObserverHasASecretOfItsOwn(t *testing.T) {
	t.Parallel()
	r := fakeRun(t)
	m := &Media{run: r, PasswordFile: r.path(passwordFile)}
	if err := m.writeObserver(); !os.IsNotExist(err) {
		t.Errorf("want an error where the file is missing, got %v", err)
	}
	file := filepath.Join(r.opts.Repo, observerFile)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	f := func(text string) error {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return m.writeObserver()
	}
	if err := f("[observer]\nsecret = other\n"); err == nil || !strings.Contains(err.Error(), "has no secret") {
		t.Errorf("want an error without the secret that is replaced, got %v", err)
	}
	if err := f("[observer]\nsecret = " + observerSecret + "\n"); err != nil {
		t.Fatal(err)
	}
	password, err := os.ReadFile(m.PasswordFile)
	if err != nil {
		t.Fatal(err)
	}
	written, err := os.ReadFile(m.Asterisk.ManagerFiles[0])
	if err != nil {
		t.Fatal(err)
	}
	if want := "[observer]\nsecret = " + string(password); string(written) != want || len(password) < 20 {
		t.Errorf("want the manager user with the exporter's password, got %q", written)
	}
	for _, path := range []string{m.PasswordFile, m.Asterisk.ManagerFiles[0]} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: want it readable by its owner only, got %v, %v", filepath.Base(path), info.Mode(), err)
		}
	}
}

func TestTargetsOfTheMediaTier(t *testing.T) {
	t.Parallel()
	m := fakeLab(t, nil).Monitoring
	text := func() string {
		t.Helper()
		out, err := json.Marshal(m.targets())
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	if got := text(); strings.Contains(got, "rtpengine") || strings.Contains(got, "asterisk") || strings.Contains(got, "sip") {
		t.Errorf("want no media tier where there is none, got %s", got)
	}
	m.media = &Media{RTPEngine: rtpengine.Config{UDPPort: 1}, Asterisk: asterisk.Config{SIPPort: 2}}
	m.observers = &Observers{RTPEngine: &Exporter{port: 3}, Asterisk: &Exporter{port: 4}, SIP: &Exporter{port: 5}}
	for _, want := range []string{
		`"rtpengine":[{"address":"127.0.0.1:3","labels":{"instance":"rtpengine-1"},"control":"udp:127.0.0.1:1"}]`,
		`"asterisk":[{"address":"127.0.0.1:4","labels":{"instance":"asterisk-1"},"sip":"sip:127.0.0.1:2"}]`,
		`"unmeasured":["media_quality"]`,
		`"sip":[{"address":"127.0.0.1:5","probes":["edge-udp","edge-register","edge-echo"]}]`,
	} {
		if got := text(); !strings.Contains(got, want) {
			t.Errorf("want %s in %s", want, got)
		}
	}
}

func TestProbesCallThroughTheProxy(t *testing.T) {
	t.Parallel()
	file, err := fakeRun(t).writeProbes(kamailio.Config{SIPPort: 5060, Password: "a-secret"}, true)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"call": "pbx-echo"`, `"address": "127.0.0.1:5060"`, `"interval": "5s"`, `"duration": "1500ms"`, `"method": "register"`, `"username": "probe"`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("want %s in\n%s", want, text)
		}
	}
	password := filepath.Join(filepath.Dir(file), "probe-password")
	secret, err := os.ReadFile(password)
	if err != nil || string(secret) != "a-secret\n" || strings.Contains(string(text), "a-secret") || !strings.Contains(string(text), password) {
		t.Errorf("want the password in a file of its own: %q, %v, and\n%s", secret, err, text)
	}
	if info, err := os.Stat(password); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("want it readable by its owner only, got %v, %v", info.Mode(), err)
	}
}
