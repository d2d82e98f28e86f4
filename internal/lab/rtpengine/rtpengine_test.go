package rtpengine

import (
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/lab/ports"
)

func TestArgsAndAddresses(t *testing.T) {
	t.Parallel()
	c := Config{UDPPort: 1, TCPPort: 2, HTTPPort: 3, PortMin: 30000}
	args := c.Args()
	for _, want := range []string{"--listen-ng=127.0.0.1:1", "--listen-tcp-ng=127.0.0.1:2", "--listen-http=127.0.0.1:3", "--port-min=30000", "--port-max=30099", "--interface=127.0.0.1"} {
		if !slices.Contains(args, want) {
			t.Errorf("want %s in %v", want, args)
		}
	}
	c.Further = []string{"--interface=pub/127.0.0.1", "--max-sessions=40"}
	if args := strings.Join(c.Args(), " "); !strings.HasSuffix(args, "--interface=pub/127.0.0.1 --max-sessions=40") || strings.Contains(args, "--interface=127.0.0.1") {
		t.Errorf("want the interface that was asked for only, got %s", args)
	}
	c.PidFile = "/run/pid"
	if !slices.Contains(c.Args(), "--pidfile=/run/pid") {
		t.Errorf("want the file of the process id in %v", c.Args())
	}
	want := []string{"udp://127.0.0.1:1", "tcp://127.0.0.1:2", "http://127.0.0.1:3", "udp:127.0.0.1:1"}
	if diff := cmp.Diff(want, []string{c.UDP().String(), c.TCP().String(), c.HTTP().String(), c.Control()}); diff != "" {
		t.Errorf("addresses (-want +got):\n%s", diff)
	}
}

// Ports are held until released, and the first for media is even.
func TestPlace(t *testing.T) {
	t.Parallel()
	block, err := ports.Claim()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = block.Close() })
	c, err := Place(block)
	if err != nil {
		t.Fatal(err)
	}
	if c.PortMin%2 != 0 {
		t.Errorf("want an even first port, got %d", c.PortMin)
	}
	free := func(port int) bool {
		conn, err := net.ListenPacket("udp", "127.0.0.1:"+strconv.Itoa(port))
		if err != nil {
			return false
		}
		return conn.Close() == nil
	}
	all := []int{c.UDPPort, c.TCPPort, c.HTTPPort, c.PortMin, c.PortMin + Ports - 1}
	for _, port := range all {
		if free(port) {
			t.Errorf("port %d is not held", port)
		}
	}
	c.Release(block)
	for _, port := range all {
		if !free(port) {
			t.Errorf("port %d is not released", port)
		}
	}
}

func TestReadyNeedsAnAnswer(t *testing.T) {
	t.Parallel()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	port := conn.LocalAddr().(*net.UDPAddr).Port
	go func() { // an RTPEngine that knows one answer
		buf := make([]byte, 2048)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			cookie, request, _ := strings.Cut(string(buf[:n]), " ")
			answer := "d6:result4:ponge"
			if strings.HasPrefix(request, "{") {
				answer = `{"result":"pong"}`
			}
			_, _ = conn.WriteTo([]byte(cookie+" "+answer), from)
		}
	}()
	if err := (Config{UDPPort: port}).Ready(t.Context()); err != nil {
		t.Errorf("want ready, got %v", err)
	}
	silent, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	if err := (Config{UDPPort: silent.LocalAddr().(*net.UDPAddr).Port}).Ready(t.Context()); err == nil {
		t.Error("want an error from who does not answer, got none")
	}
}
