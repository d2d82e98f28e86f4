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
	"github.com/voipbin/observability/internal/lab/rtpengine"
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

// mediaPorts is how many ports a daemon has.
const mediaPorts = rtpengine.Ports

// relay is a running RTPEngine.
type relay struct {
	*rtpengine.Single
	udp, tcp, http ng.Address
}

// startRTPEngine starts the RTPEngine of a suite with these further arguments, one interface if there are none, and stops it at
// the end of the test.
func startRTPEngine(t testing.TB, suite string, args ...string) relay {
	t.Helper()
	program, err := rtpengine.FromPackages(t.Context(), suite, filepath.Join(repo, ".lab", "trees"), nil)
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
	s, err := rtpengine.Prepare(t.Context(), program, t.TempDir(), helper)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	s.Further = args
	if err := s.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Logf("RTPEngine %s", program.Package)
	return relay{s, s.UDP(), s.TCP(), s.HTTP()}
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
