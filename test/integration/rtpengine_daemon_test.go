//go:build integration

package integration

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/lab"
	"github.com/voipbin/observability/internal/lab/pkgtree"
	"github.com/voipbin/observability/internal/lab/ports"
	"github.com/voipbin/observability/internal/lab/supervise"
	"github.com/voipbin/observability/internal/protocol/bencode"
	"github.com/voipbin/observability/internal/protocol/ng"
)

// suitesVariable names Debian suites, with blanks between, whose RTPEngines are tested beside that of the host's own suite. Release
// metadata past its date is then accepted. bookworm has 10.5, trixie 12.5, sid 26.0.
const suitesVariable = "RTPENGINE_SUITES"

// rtpengines are the suites whose RTPEngine is tested; "" is the host's own.
func rtpengines() []string {
	return append([]string{""}, strings.Fields(os.Getenv(suitesVariable))...)
}

// mediaPorts is how many ports a daemon has: 25 calls of four.
const mediaPorts = 100

// relay is a running RTPEngine.
type relay struct {
	udp, tcp, http ng.Address
	portMin        int
	version        string // of the package
	process        *supervise.Process
}

// startRTPEngine starts the RTPEngine of a suite with these further arguments, one interface if there are none, and stops it at
// the end of the test.
func startRTPEngine(t testing.TB, suite string, args ...string) relay {
	t.Helper()
	root, err := filepath.Abs(repo)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := pkgtree.Ensure(t.Context(), pkgtree.Request{
		Name: "rtpengine", Packages: []string{"rtpengine-daemon"}, Suite: suite, AllowExpired: suite != "",
	}, filepath.Join(root, ".lab", "trees"), nil)
	if errors.Is(err, pkgtree.ErrNoNetwork) {
		t.Skipf("no RTPEngine to be had: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	helper, err := lab.Self()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	room, err := pkgtree.NewRoom(t.Context(), tree, helper, dir)
	if err != nil {
		t.Fatal(err)
	}
	supervisor, err := supervise.New(dir, helper)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := supervisor.Close(); err != nil {
			t.Error(err)
		}
	})

	r, release := placeRTPEngine(t)
	r.version = tree.Version("rtpengine-daemon")
	if len(args) == 0 {
		args = []string{"--interface=127.0.0.1"}
	}
	cmd, err := room.Command(context.WithoutCancel(t.Context()), "rtpengine", append([]string{
		"--config-file=none", "-f", "-E", "-L", "4", "--table=-1", "--num-threads=2", "--delete-delay=0",
		fmt.Sprintf("--listen-ng=%s:%d", r.udp.Host, r.udp.Port),
		fmt.Sprintf("--listen-tcp-ng=%s:%d", r.tcp.Host, r.tcp.Port),
		fmt.Sprintf("--listen-http=%s:%d", r.http.Host, r.http.Port),
		fmt.Sprintf("--port-min=%d", r.portMin), fmt.Sprintf("--port-max=%d", r.portMin+mediaPorts-1),
	}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	release()
	client := ng.NewClient(r.udp, ng.Options{})
	t.Cleanup(func() { _ = client.Close() })
	r.process, err = supervisor.Start(t.Context(), supervise.Spec{Name: "rtpengine", Cmd: cmd, Ready: func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		_, err := client.Call(ctx, "ping")
		return err
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("RTPEngine %s", r.version)
	return r
}

// placeRTPEngine finds ports, and holds them until released.
func placeRTPEngine(t testing.TB) (r relay, release func()) {
	t.Helper()
	block, err := ports.Claim()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = block.Close() })
	var held []int
	take := func(n int) int {
		first, err := block.FreeRun(n)
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			held = append(held, first+i)
		}
		return first
	}
	r.portMin = (take(mediaPorts+1) + 1) &^ 1 // even, as RTP has it (RFC 3550, 11)
	for network, address := range map[string]*ng.Address{"udp": &r.udp, "tcp": &r.tcp, "http": &r.http} {
		*address = ng.Address{Network: network, Host: "127.0.0.1", Port: uint16(take(1))}
	}
	return r, func() { block.Release(held...) }
}

// proxy is the SIP side of a relay: it asks from 127.0.0.1, as a Kamailio on the same host does.
type proxy struct {
	t      testing.TB
	client *ng.Client
}

func newProxy(t testing.TB, r relay) proxy {
	t.Helper()
	client := ng.NewClient(r.udp, ng.Options{})
	t.Cleanup(func() { _ = client.Close() })
	return proxy{t, client}
}

// do sends a command, which is answered with an error where the daemon refuses.
func (p proxy) do(command string, members ...string) (bencode.Value, error) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 5*time.Second)
	defer cancel()
	var args []bencode.Member
	for i := 0; i < len(members); i += 2 {
		args = append(args, bencode.Member{Key: members[i], Value: bencode.StringOf(members[i+1])})
	}
	return p.client.Call(ctx, command, args...)
}

// must is do for a command that has to be obeyed.
func (p proxy) must(command string, members ...string) bencode.Value {
	p.t.Helper()
	reply, err := p.do(command, members...)
	if err != nil {
		p.t.Fatal(err)
	}
	return reply
}

// sdp offers or answers audio at a port of 127.0.0.1.
func sdp(port int) string {
	return fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio %d RTP/AVP 0\r\na=sendrecv\r\n", port)
}

// portIn is the audio port in an SDP.
func portIn(t testing.TB, reply bencode.Value) int {
	t.Helper()
	text, _ := reply.Lookup("sdp")
	_, after, _ := strings.Cut(text.Text(), "m=audio ")
	var port int
	if _, err := fmt.Sscan(after, &port); err != nil && !errors.Is(err, io.EOF) {
		t.Fatalf("SDP without an audio port: %v", err)
	}
	return port
}

func listDir(t testing.TB, dir string) []os.DirEntry {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}
