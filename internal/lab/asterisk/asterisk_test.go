package asterisk

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func read(t *testing.T, c Config, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(c.Dir, "etc", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestWrite(t *testing.T) {
	t.Parallel()
	c := Config{
		Dir: t.TempDir(), SIPPort: 5060, AMIPort: 5038, HTTPPort: 8088, TLSPort: 5039, Certificate: "/run/manager.pem",
		Peer: "127.0.0.1:5070", Without: []string{"res_pjsip.so"}, ManagerFiles: []string{"/run/users.conf"},
		Modules: "/tree/modules", Data: "/tree/data",
	}
	if err := c.Write(); err != nil {
		t.Fatal(err)
	}
	for name, wants := range map[string][]string{
		"asterisk.conf":   {"astetcdir => " + c.Dir + "/etc\nastmoddir => /tree/modules\n", "\nastdatadir => /tree/data\n", "\nastrundir => " + c.Dir + "\n"},
		"modules.conf":    {"\nnoload => chan_sip.so\n", "\nnoload => res_pjsip.so\n"},
		"manager.conf":    {"\nport = 5038\nbindaddr = 127.0.0.1\n", "\ntlsbindaddr = 127.0.0.1:5039\ntlscertfile = /run/manager.pem\n", "\n[lab]\nsecret = labsecret\n", "\n#include \"/run/users.conf\"\n"},
		"http.conf":       {"\nbindaddr = 127.0.0.1\nbindport = 8088\n"},
		"pjsip.conf":      {"\nbind = 127.0.0.1:5060\n", "\ncontact = sip:peer@127.0.0.1:5070\n"},
		"queues.conf":     {"[support]", "[empty]", "member => Local/member59@lab/n"},
		"extensions.conf": {"exten => busy,1,Hangup(17)\n", "Playback(" + c.Dir + "/var/sounds/tone)"},
	} {
		text := read(t, c, name)
		for _, want := range wants {
			if !strings.Contains(text, want) {
				t.Errorf("%s: want %q in\n%s", name, want, text)
			}
		}
	}
	for _, name := range []string{"cdr.conf", "confbridge.conf", "musiconhold.conf", "rtp.conf", "logger.conf", "voicemail.conf", "res_parking.conf"} {
		if text := read(t, c, name); strings.Contains(text, "<no value>") {
			t.Errorf("%s: a value is missing:\n%s", name, text)
		}
	}
}

func TestWriteLeavesOutWhatIsNotThere(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir(), SIPPort: 5060}
	if err := c.Write(); err != nil {
		t.Fatal(err)
	}
	for name, not := range map[string]string{
		"asterisk.conf": "astmoddir", "manager.conf": "tls", "pjsip.conf": "peer",
	} {
		if text := read(t, c, name); strings.Contains(text, not) {
			t.Errorf("%s: want no %q in\n%s", name, not, text)
		}
	}
	c.Healthy = true
	if err := c.Write(); err != nil {
		t.Fatal(err)
	}
	if text := read(t, c, "pjsip.conf"); strings.Contains(text, "dead") || !strings.Contains(text, "["+Phone+"]") {
		t.Errorf("want the phone and nothing dead in\n%s", text)
	}
	c.Dir = filepath.Join(c.Dir, "etc", "asterisk.conf")
	if err := c.Write(); err == nil || !strings.Contains(err.Error(), "asterisk configuration: ") {
		t.Errorf("want an error for a folder that is a file, got %v", err)
	}
}

// No two users may have one name, and each must have a rule.
func TestEveryUserHasARule(t *testing.T) {
	t.Parallel()
	c := Config{Dir: t.TempDir()}
	if err := c.Write(); err != nil {
		t.Fatal(err)
	}
	text, seen := read(t, c, "extensions.conf"), map[any]bool{}
	for name, value := range c.values() {
		if !strings.HasPrefix(name, "User") {
			continue
		}
		if seen[value] {
			t.Errorf("two users are named %q", value)
		}
		seen[value] = true
		if rule := "exten => " + value.(string) + ",1,"; strings.Count(text, rule) != 1 {
			t.Errorf("want one rule %q in\n%s", rule, text)
		}
	}
}

func TestArgsAndAddresses(t *testing.T) {
	t.Parallel()
	c := Config{Dir: "/run/x", SIPPort: 1, AMIPort: 2, TLSPort: 3, HTTPPort: 4}
	if got, want := strings.Join(c.Args(), " "), "-f -C /run/x/etc/asterisk.conf"; got != want {
		t.Errorf("want %q, got %q", want, got)
	}
	want := []string{"127.0.0.1:1", "tcp://127.0.0.1:2", "tls://127.0.0.1:3", "http://127.0.0.1:4/ari"}
	if diff := cmp.Diff(want, []string{c.SIP(), c.AMI(), c.TLS(), c.ARI()}); diff != "" {
		t.Errorf("addresses (-want +got):\n%s", diff)
	}
}

func TestCertificateIsOfUse(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.pem")
	if err := writeCertificate(path); err != nil {
		t.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(path, path)
	if err != nil {
		t.Fatal(err)
	}
	if err := pair.Leaf.VerifyHostname("127.0.0.1"); err != nil {
		t.Error(err)
	}
}
