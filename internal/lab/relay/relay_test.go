package relay_test

import (
	"encoding/binary"
	"math"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/lab/relay"
)

// echo sends every datagram back.
func echo(t *testing.T) netip.AddrPort {
	t.Helper()
	conn := listen(t)
	go func() {
		buf := make([]byte, 2000)
		for {
			n, from, err := conn.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			_, _ = conn.WriteToUDPAddrPort(buf[:n], from)
		}
	}()
	return conn.LocalAddr().(*net.UDPAddr).AddrPort()
}

func listen(t *testing.T) *net.UDPConn {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func start(t *testing.T, seed uint64) *relay.Relay {
	t.Helper()
	r, err := relay.Start(echo(t), seed)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if err := r.Close(); err != nil {
			t.Errorf("a second close: %v", err)
		}
	})
	return r
}

// send sends n numbered datagrams, each when the one before has come back or is known to be lost, and returns the numbers that
// came back with the time that each took.
func send(t *testing.T, r *relay.Relay, n int) map[int]time.Duration {
	t.Helper()
	conn, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(r.Addr()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	came := make(map[int]time.Duration)
	buf := make([]byte, 100)
	for i := range n {
		thereBefore, backBefore := r.Counts()
		begun := time.Now()
		if _, err := conn.Write(binary.BigEndian.AppendUint32(nil, uint32(i))); err != nil {
			t.Fatal(err)
		}
		for {
			_ = conn.SetReadDeadline(time.Now().Add(5 * time.Millisecond))
			if _, err := conn.Read(buf); err == nil {
				came[int(binary.BigEndian.Uint32(buf))] = time.Since(begun)
				break
			}
			there, back := r.Counts()
			if there.Lost > thereBefore.Lost || back.Lost > backBefore.Lost {
				break
			}
		}
	}
	return came
}

func TestNothingIsLostUnasked(t *testing.T) {
	t.Parallel()
	r := start(t, 1)
	if came := send(t, r, 200); len(came) != 200 {
		t.Errorf("%d of 200 came back", len(came))
	}
	there, back := r.Counts()
	if diff := cmp.Diff([]relay.Counts{{Passed: 200}, {Passed: 200}}, []relay.Counts{there, back}); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

func TestLossIsThatOfTheSeed(t *testing.T) {
	t.Parallel()
	const n = 1000
	one, same, other := start(t, 7), start(t, 7), start(t, 8)
	for _, r := range []*relay.Relay{one, same, other} {
		r.Set(relay.Impairment{Loss: 0.06}, relay.Impairment{})
	}
	a, b, c := send(t, one, n), send(t, same, n), send(t, other, n)
	keys := func(m map[int]time.Duration) map[int]bool {
		out := make(map[int]bool)
		for k := range m {
			out[k] = true
		}
		return out
	}
	if !cmp.Equal(keys(a), keys(b)) {
		t.Error("equal seeds lost different datagrams")
	}
	if cmp.Equal(keys(a), keys(c)) {
		t.Error("different seeds lost the same datagrams")
	}
	// Three standard deviations of the binomial distribution.
	if loss, sd := 1-float64(len(a))/n, math.Sqrt(0.06*0.94/n); math.Abs(loss-0.06) > 3*sd {
		t.Errorf("lost %.4f, want 0.06 within %.4f", loss, 3*sd)
	}
}

func TestEachDirectionCanBeBlocked(t *testing.T) {
	t.Parallel()
	r := start(t, 1)
	r.Set(relay.Impairment{Blocked: true}, relay.Impairment{})
	if came := send(t, r, 5); len(came) != 0 {
		t.Errorf("%d came back", len(came))
	}
	there, back := r.Counts()
	if there.Lost != 5 || back != (relay.Counts{}) {
		t.Errorf("there %+v, back %+v", there, back)
	}
	r.Set(relay.Impairment{}, relay.Impairment{Blocked: true})
	if came := send(t, r, 5); len(came) != 0 {
		t.Errorf("%d came back", len(came))
	}
	there, back = r.Counts()
	if there.Passed != 5 || back.Lost != 5 {
		t.Errorf("there %+v, back %+v", there, back)
	}
	r.Set(relay.Impairment{}, relay.Impairment{})
	if came := send(t, r, 5); len(came) != 5 {
		t.Errorf("%d came back", len(came))
	}
}

func TestDelayAndJitterHoldBack(t *testing.T) {
	t.Parallel()
	r := start(t, 1)
	r.Set(relay.Impairment{Delay: 10 * time.Millisecond}, relay.Impairment{Delay: 5 * time.Millisecond, Jitter: 10 * time.Millisecond})
	came := send(t, r, 20)
	if len(came) != 20 {
		t.Errorf("%d of 20 came back", len(came))
	}
	different := make(map[time.Duration]bool)
	for _, took := range came {
		if took < 15*time.Millisecond {
			t.Errorf("held back for %v only", took)
		}
		different[took.Round(time.Millisecond)] = true
	}
	if len(different) < 3 {
		t.Error("no jitter")
	}
}

func TestOnlyLoopback(t *testing.T) {
	t.Parallel()
	if r, err := relay.Start(netip.MustParseAddrPort("192.0.2.1:5060"), 1); err == nil {
		t.Error("want an error")
		_ = r.Close()
	}
}

// What is held back when the relay is closed keeps nobody waiting.
func TestCloseDoesNotWaitForWhatIsHeldBack(t *testing.T) {
	t.Parallel()
	r := start(t, 1)
	r.Set(relay.Impairment{Delay: time.Hour}, relay.Impairment{})
	conn, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(r.Addr()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	for there, _ := r.Counts(); there.Passed == 0; there, _ = r.Counts() {
		time.Sleep(time.Millisecond)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// The two relays of a pair lie side by side, and what one loses the other does not.
func TestPair(t *testing.T) {
	t.Parallel()
	audio, reports, err := relay.StartPair(echo(t), echo(t), 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []*relay.Relay{audio, reports} {
		t.Cleanup(func() { _ = r.Close() })
	}
	if first := audio.Addr().Port(); first%2 != 0 || reports.Addr().Port() != first+1 {
		t.Errorf("want an even port and the next, got %s and %s", audio.Addr(), reports.Addr())
	}
	audio.Set(relay.Impairment{Blocked: true}, relay.Impairment{})
	if got := send(t, audio, 3); len(got) != 0 {
		t.Errorf("want nothing of what is blocked, got %v", got)
	}
	if got := send(t, reports, 3); len(got) != 3 {
		t.Errorf("want all three, got %v", got)
	}
	for _, targets := range [][2]string{{"192.0.2.1:9", "127.0.0.1:9"}, {"127.0.0.1:9", "192.0.2.1:9"}} {
		if _, _, err := relay.StartPair(netip.MustParseAddrPort(targets[0]), netip.MustParseAddrPort(targets[1]), 1); err == nil || !strings.Contains(err.Error(), "not a loopback address") {
			t.Errorf("%v: want a refusal, got %v", targets, err)
		}
	}
}
