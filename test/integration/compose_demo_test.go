//go:build integration

package integration

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/lab"
	"github.com/voipbin/observability/internal/lab/asterisk"
	"github.com/voipbin/observability/internal/lab/pkgtree"
	"github.com/voipbin/observability/internal/lab/ports"
	"github.com/voipbin/observability/internal/lab/rtpengine"
	"github.com/voipbin/observability/internal/lab/sipp"
	"github.com/voipbin/observability/internal/lab/supervise"
	"github.com/voipbin/observability/internal/protocol/ami"
)

const compose = repo + "/deploy/compose"

// demo is the platform to look at of deploy/compose, of daemons of the laboratory's packages and the files and the command lines of the
// composition. Names of its network and ports that everybody has become addresses of this test; nothing else is changed.
type demo struct {
	t      *testing.T
	dir    string
	helper []string
	super  *supervise.Supervisor
	ports  *ports.Block
}

// port is a free port, and those after it.
func (d *demo) port(n int) int {
	d.t.Helper()
	first, release := sipPorts(d.t, d.ports, n)
	release()
	return first
}

// copied is a file of the composition in a folder of this test, with other places. Each of those named has to be in it.
func (d *demo) copied(folder, name string, places ...string) string {
	d.t.Helper()
	text, err := os.ReadFile(filepath.Join(compose, name))
	if err != nil {
		d.t.Fatal(err)
	}
	for i := 0; i < len(places); i += 2 {
		if !strings.Contains(string(text), places[i]) {
			d.t.Fatalf("%s has no %q", name, places[i])
		}
	}
	file := filepath.Join(folder, filepath.Base(name))
	if err := os.WriteFile(file, []byte(strings.NewReplacer(places...).Replace(string(text))), 0o600); err != nil {
		d.t.Fatal(err)
	}
	return file
}

// command is how compose.yaml starts a program, with other places.
func (d *demo) command(program string, places ...string) []string {
	d.t.Helper()
	text, err := os.ReadFile(filepath.Join(compose, "compose.yaml"))
	if err != nil {
		d.t.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^    command: \[` + program + `, (.*)\]$`).FindStringSubmatch(string(text))
	if found == nil {
		d.t.Fatalf("compose.yaml starts no %s", program)
	}
	words := strings.Split(strings.NewReplacer(places...).Replace(found[1]), ", ")
	for i := range words {
		words[i] = strings.Trim(words[i], `"`)
	}
	return words
}

// start starts a program of a package in the demo's folder.
func (d *demo) start(name string, room *pkgtree.Room, args []string, ready func(context.Context) error) {
	d.t.Helper()
	cmd, err := room.Command(context.WithoutCancel(d.t.Context()), name, args...)
	if err != nil {
		d.t.Fatal(err)
	}
	if _, err := d.super.Start(d.t.Context(), supervise.Spec{Name: name, Cmd: cmd, Ready: ready}); err != nil {
		d.t.Fatal(err)
	}
}

// asterisk starts the Asterisk with the composition's files over those of the laboratory, and returns its SIP port.
func (d *demo) asterisk() int {
	d.t.Helper()
	s, err := asterisk.Prepare(d.t.Context(), "", filepath.Join(repo, ".lab", "trees"), d.helper)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() {
		if err := s.Close(); err != nil {
			d.t.Error(err)
		}
	})
	if room := s.Program.Room(); room != nil {
		if s.Modules, err = room.Glob("/usr/lib/*/asterisk/modules"); err != nil {
			d.t.Fatal(err)
		}
		s.Data = room.Path("/usr/share/asterisk")
	}
	if err := s.Write(); err != nil {
		d.t.Fatal(err)
	}
	etc, secrets := filepath.Join(s.Dir, "etc"), filepath.Join(s.Dir, "secrets")
	if err := os.Mkdir(secrets, 0o700); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(secrets, "asterisk_password"), []byte("hush-hush\n"), 0o600); err != nil {
		d.t.Fatal(err)
	}
	d.copied(etc, "demo/pjsip.conf", "0.0.0.0:5060", "127.0.0.1:"+strconv.Itoa(s.SIPPort))
	d.copied(etc, "demo/extensions.conf")
	d.copied(etc, "demo/manager.conf", "0.0.0.0", "127.0.0.1", "port = 5038", "port = "+strconv.Itoa(s.AMIPort), "/run/asterisk", s.Dir+"/run")
	script := d.copied(s.Dir, "demo/asterisk.sh", "/run/asterisk", s.Dir+"/run", "/run/secrets", secrets, "/var/", s.Dir+"/var/", "exec asterisk", "exit 0; exec asterisk")
	if out, err := exec.CommandContext(d.t.Context(), "sh", script).CombinedOutput(); err != nil {
		d.t.Fatalf("asterisk.sh: %v: %s", err, out)
	}
	s.Ports().Release(s.SIPPort, s.AMIPort, s.HTTPPort, s.TLSPort)
	cmd, err := s.Program.Command(d.t.Context(), s.Args()...)
	if err != nil {
		d.t.Fatal(err)
	}
	_, err = s.Supervisor().Start(d.t.Context(), supervise.Spec{Name: "asterisk", Cmd: cmd, Ready: func(ctx context.Context) error {
		address, err := ami.ParseAddress(s.AMI())
		if err != nil {
			return err
		}
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		conn, err := ami.Dial(ctx, address, ami.Options{Username: "observer", Secret: "hush-hush", Events: "system"})
		if err != nil {
			return err
		}
		defer conn.Close()
		if err := conn.WaitBooted(ctx); err != nil {
			return err
		}
		return sipp.Ping(ctx, s.SIP())
	}})
	if err != nil {
		d.t.Fatal(err)
	}
	return s.SIPPort
}

// media starts the RTPEngine, and returns where it takes commands.
func (d *demo) media() string {
	d.t.Helper()
	p, err := rtpengine.FromPackages(d.t.Context(), "", filepath.Join(repo, ".lab", "trees"), nil)
	if err == nil {
		err = p.Enter(d.t.Context(), d.helper, d.dir)
	}
	if err != nil {
		d.t.Fatal(err)
	}
	c := rtpengine.Config{UDPPort: d.port(1)}
	first := d.port(40) &^ 1
	at := fmt.Sprintf("127.0.0.1:%d", c.UDPPort)
	cmd, err := p.Command(d.t.Context(), d.command("rtpengine", "--interface=eth0", "--interface=127.0.0.1", "0.0.0.0:22222", at,
		"--port-min=30000", fmt.Sprintf("--port-min=%d", first+2), "--port-max=30199", fmt.Sprintf("--port-max=%d", first+39))...)
	if err != nil {
		d.t.Fatal(err)
	}
	if _, err := d.super.Start(d.t.Context(), supervise.Spec{Name: "rtpengine", Cmd: cmd, Ready: c.Ready}); err != nil {
		d.t.Fatal(err)
	}
	return "udp:" + at
}

// proxy has Kamailio judge its configuration and starts it, and returns where it takes calls.
func (d *demo) proxy(sip int, media string) string {
	d.t.Helper()
	room := sipRoom(d.t, d.helper, d.dir, pkgtree.Request{Name: "kamailio", Packages: []string{"kamailio"}})
	at := "127.0.0.1:" + strconv.Itoa(d.port(1))
	config := d.copied(d.dir, "demo/kamailio.cfg", "0.0.0.0:5060", at, "0.0.0.0:2049", "127.0.0.1:"+strconv.Itoa(d.port(1)), "/etc/kamailio", d.dir, "udp:rtpengine:22222", media)
	d.copied(d.dir, "demo/dispatcher.list", "asterisk:5060", "127.0.0.1:"+strconv.Itoa(sip))
	d.copied(d.dir, "../kamailio/observability.cfg")
	args := d.command("kamailio", "/etc/kamailio/kamailio.cfg", config, "/run/kamailio", d.dir)
	check, err := room.Command(d.t.Context(), "kamailio", "-c", "-f", config)
	if err != nil {
		d.t.Fatal(err)
	}
	if out, err := check.CombinedOutput(); err != nil {
		d.t.Fatalf("kamailio -c: %v: %s", err, out)
	}
	d.start("kamailio", room, args, func(ctx context.Context) error { return sipp.Ping(ctx, at) })
	return at
}

// TestComposeDemo makes calls through the platform to look at of deploy/compose: its Kamailio, its RTPEngine, its Asterisk and its SIPp, each of
// the composition's own files and command line.
func TestComposeDemo(t *testing.T) {
	t.Parallel()
	d := &demo{t: t, dir: t.TempDir()}
	var err error
	if d.helper, err = lab.Self(); err != nil {
		t.Fatal(err)
	}
	if d.super, err = supervise.New(d.dir, d.helper); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.super.Close(); err != nil {
			t.Error(err)
		}
	})
	if d.ports, err = ports.Claim(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.ports.Close() })
	proxy := d.proxy(d.asterisk(), d.media())
	// A call is shorter here, and one that is refused is a failure.
	scenario := d.copied(d.dir, "demo/call.xml", `milliseconds="5000"`, `milliseconds="200"`,
		`<recv response="404" optional="true" next="refused"/>`, "", `<recv response="408" optional="true" next="refused"/>`, "", `<recv response="503" optional="true" next="refused"/>`, "")
	first := strconv.Itoa(d.port(1))
	args := append(d.command("sipp", "kamailio:5060", proxy, "/demo/call.xml", scenario), "-m", "2", "-i", "127.0.0.1", "-mi", "127.0.0.1", "-ci", "127.0.0.1",
		"-p", first, "-cp", strconv.Itoa(d.port(1)), "-mp", strconv.Itoa(d.port(4)), "-watchdog_interval", "0")
	cmd, err := sipRoom(t, d.helper, d.dir, pkgtree.Request{Name: "sipp", Packages: []string{"sip-tester"}}).Command(t.Context(), "sipp", args...)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Dir = d.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("sipp: %v: %s", err, out)
	}
	if out, err := exec.CommandContext(t.Context(), "bash", "-n", filepath.Join(compose, "demo", "tracker-account.sh")).CombinedOutput(); err != nil {
		t.Errorf("tracker-account.sh: %v: %s", err, out)
	}
}
