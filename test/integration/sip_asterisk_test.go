//go:build integration

package integration

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/lab/asterisk"
	"github.com/voipbin/observability/internal/sipprobe"
)

// deafSocket is a socket that loses what it sends, or what it receives, of RTP only: RTCP has the odd port.
type deafSocket struct {
	net.PacketConn
	mute, deaf bool
}

func (s deafSocket) WriteTo(p []byte, to net.Addr) (int, error) {
	if s.mute {
		return len(p), nil
	}
	return s.PacketConn.WriteTo(p, to)
}

func (s deafSocket) ReadFrom(p []byte) (int, net.Addr, error) {
	for {
		n, from, err := s.PacketConn.ReadFrom(p)
		if err != nil || !s.deaf {
			return n, from, err
		}
	}
}

// probeAsterisk makes a probe whose RTP is cut in a direction.
func probeAsterisk(t *testing.T, s *asterisk.Single, p sipprobe.Probe, mute, deaf bool) sipprobe.Result {
	t.Helper()
	prober := sipprobe.New(sipprobe.Config{Now: time.Now, Listen: func(network, address string) (net.PacketConn, error) {
		conn, err := net.ListenPacket(network, address)
		if err != nil || conn.LocalAddr().(*net.UDPAddr).Port%2 == 1 {
			return conn, err
		}
		return deafSocket{conn, mute, deaf}, nil
	}})
	defer func() { _ = prober.Close() }()
	at := netip.MustParseAddrPort(s.SIP())
	p.Host, p.Port = at.Addr().String(), at.Port()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	return prober.Run(ctx, p)
}

// TestSIPProbesOfAsterisk probes real Asterisks: registration, refusal, an echo, and audio that runs one way, which its RTCP tells.
func TestSIPProbesOfAsterisk(t *testing.T) {
	t.Parallel()
	for _, suite := range asterisks() {
		t.Run(suite, func(t *testing.T) {
			t.Parallel()
			s := startAsterisk(t, suite, nil)
			account := sipprobe.Account{Username: asterisk.Phone, Password: func() (string, error) { return asterisk.Secret, nil }}
			for _, transport := range []sipprobe.Transport{sipprobe.UDP, sipprobe.TCP} {
				r := probeAsterisk(t, s, sipprobe.Probe{Method: sipprobe.Options, Transport: transport, User: asterisk.UserEcho}, false, false)
				wantResult(t, r, sipprobe.OK, sipprobe.GradeServed, 200)
				r = probeAsterisk(t, s, sipprobe.Probe{Method: sipprobe.Register, Transport: transport, Account: account}, false, false)
				wantResult(t, r, sipprobe.OK, sipprobe.GradeRegistered, 200)
				r = probeAsterisk(t, s, sipprobe.Probe{Method: sipprobe.Invite, Transport: transport, User: asterisk.UserBusy}, false, false)
				wantResult(t, r, sipprobe.FailRejected, sipprobe.GradeAnswered, 486)
			}
			echo := sipprobe.Probe{Method: sipprobe.Invite, User: asterisk.UserEcho, Media: sipprobe.MediaOptions{Duration: 3 * time.Second}}
			r := probeAsterisk(t, s, echo, false, false)
			wantResult(t, r, sipprobe.OK, sipprobe.GradeMedia, 200)
			if m := r.Media; m == nil || m.Loss == nil || *m.Loss > 0.02 || *m.MOS < 4.2 || !*r.Released {
				t.Errorf("an echo over loopback: %+v", m)
			}

			ring := sipprobe.Probe{Method: sipprobe.Invite, User: asterisk.UserRing}
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			prober := sipprobe.New(sipprobe.Config{Now: time.Now})
			at := netip.MustParseAddrPort(s.SIP())
			ring.Host, ring.Port = at.Addr().String(), at.Port()
			r = prober.Run(ctx, ring)
			_ = prober.Close()
			wantResult(t, r, sipprobe.FailRinging, sipprobe.GradeNone, 0)
			if r.PostDial == nil || r.Released == nil || !*r.Released {
				t.Errorf("a call that only rings was not taken back: %+v", r)
			}

			// A tone is no echo: audio comes, and nothing tells whether ours arrives, but for Asterisk's reports.
			long := func(user string, mute, deaf bool) sipprobe.Result {
				p := echo
				p.User, p.Media.Duration = user, 12*time.Second // Asterisk reports every 5 s
				r := probeAsterisk(t, s, p, mute, deaf)
				if r.Media == nil {
					t.Fatalf("no audio: %v", r.Err)
				}
				t.Logf("%s, cut there %v, cut back %v: %s (%v), %d reports, out %v, in %v", user, mute, deaf, r.Outcome, r.Err, r.Media.Reports, text(r.Media.Out), text(r.Media.In))
				return r
			}
			r = long(asterisk.UserEcho, false, true)
			wantResult(t, r, sipprobe.FailOneWay, sipprobe.GradeServed, 200)
			if text(r.Media.Out) != "true" || text(r.Media.In) != "false" {
				t.Errorf("cut on the way back: out %s, in %s", text(r.Media.Out), text(r.Media.In))
			}
			r = long(asterisk.UserTone, true, false)
			wantResult(t, r, sipprobe.FailOneWay, sipprobe.GradeServed, 200)
			if text(r.Media.Out) != "false" || text(r.Media.In) != "true" {
				t.Errorf("cut on the way there: out %s, in %s", text(r.Media.Out), text(r.Media.In))
			}
		})
	}
}

func text(b *bool) string {
	switch {
	case b == nil:
		return "unknown"
	case *b:
		return "true"
	}
	return "false"
}
