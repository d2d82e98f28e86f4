//go:build integration

package integration

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/exporter"
	exporterasterisk "github.com/voipbin/observability/internal/exporter/asterisk"
	"github.com/voipbin/observability/internal/exporter/exportertest"
	"github.com/voipbin/observability/internal/lab/asterisk"
)

// dialog is a call of one party to an Asterisk, with no more SIP than it takes.
type dialog struct {
	conn         *net.UDPConn
	user, id, to string // to: the To header with Asterisk's tag
	audio        int    // Asterisk's port
}

// dialAsterisk calls a user, to be heard at a port, and waits for the answer.
func dialAsterisk(t *testing.T, s *asterisk.Single, user string, port int) *dialog {
	t.Helper()
	conn, err := net.DialUDP("udp4", nil, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: s.SIPPort})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	d := &dialog{conn: conn, user: user, id: rand.Text(), to: "<sip:" + user + "@127.0.0.1>"}
	d.send(t, "INVITE", 1, "Content-Type: application/sdp\r\n", sdp(port))
	if err := conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 8192)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			t.Fatalf("no answer to INVITE: %v", err)
		}
		answer := string(buf[:n])
		if !strings.HasPrefix(answer, "SIP/2.0 200") {
			continue
		}
		for line := range strings.SplitSeq(answer, "\r\n") {
			if to, ok := strings.CutPrefix(line, "To: "); ok {
				d.to = to
			}
		}
		_, media, _ := strings.Cut(answer, "m=audio ")
		if _, err := fmt.Sscan(media, &d.audio); err != nil {
			t.Fatalf("answer without audio: %v", err)
		}
		d.send(t, "ACK", 1, "", "")
		return d
	}
}

func (d *dialog) send(t *testing.T, method string, number int, headers, body string) {
	t.Helper()
	from := d.conn.LocalAddr()
	if _, err := fmt.Fprintf(d.conn, "%[1]s sip:%[2]s@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP %[3]s;branch=z9hG4bK%[4]s\r\nMax-Forwards: 70\r\n"+
		"From: <sip:media@%[3]s>;tag=%[5]s\r\nTo: %[6]s\r\nCall-ID: %[5]s\r\nCSeq: %[7]d %[1]s\r\nContact: <sip:media@%[3]s>\r\n%[8]sContent-Length: %[9]d\r\n\r\n%[10]s",
		method, d.user, from, rand.Text(), d.id, d.to, number, headers, len(body), body); err != nil {
		t.Fatal(err)
	}
}

// TestAsteriskMediaQuality has a party tell a real Asterisk what it does not hear well, and compares what the exporter shows.
func TestAsteriskMediaQuality(t *testing.T) {
	t.Parallel()
	for _, suite := range asterisks() {
		t.Run(suite, func(t *testing.T) {
			t.Parallel()
			var c exporter.Credentials
			s := startAsterisk(t, suite, func(s *asterisk.Single) { c = withObserver(t, s) })
			target := observeAsterisk(t, s, c, nil)
			until(t, target, "up", 10*time.Second, up)
			p := newParty(t, 7)
			d := dialAsterisk(t, s, asterisk.UserTone, p.port())
			p.to = d.audio
			stop, stopped := make(chan struct{}), make(chan struct{})
			go func() {
				defer close(stopped)
				tick := time.NewTicker(20 * time.Millisecond) // the length of a packet
				defer tick.Stop()
				for {
					select {
					case <-stop:
						return
					case <-tick.C:
						p.speak()
					}
				}
			}()
			const reports = 2
			for range reports { // one after each of Asterisk's own, which come every five seconds
				other := hearAsterisk(t, p)
				p.reportOn(other, report{jitter: 160, loss: 64})
			}
			// Before the call ends: a report that is read after its BYE is none.
			got := until(t, target, "reports", 5*time.Second, func(x exportertest.Scrape) bool {
				n, _ := sample(x, `asterisk_rtcp_packet_loss_ratio_count{direction="sent"}`)
				return n == reports
			})
			close(stop)
			<-stopped
			d.send(t, "BYE", 2, "", "")
			asteriskSuite().Check(t, got)
			value := func(series string) float64 {
				v, _ := sample(got, series)
				return v
			}
			if loss := value(`asterisk_rtcp_packet_loss_ratio_sum{direction="sent"}`); loss != reports*0.25 {
				t.Errorf("loss: want a quarter %d times, got %v in all", reports, loss)
			}
			// 160 units at 8,000 a second, once the clock is known: after the second of Asterisk's reports.
			if n, sum := value(`asterisk_rtcp_jitter_seconds_count{direction="sent"}`), value(`asterisk_rtcp_jitter_seconds_sum{direction="sent"}`); n != reports-1 || sum < 0.0199 || sum > 0.0201 {
				t.Errorf("jitter: want 0.02 s %d times, got %v times %v in all", reports-1, n, sum)
			}
			n, sum := value("asterisk_rtcp_round_trip_seconds_count"), value("asterisk_rtcp_round_trip_seconds_sum")
			if n != reports || sum/n < 0.9*roundTrip.Seconds() || sum/n > 5*roundTrip.Seconds() {
				t.Errorf("round trip: want about %s %d times, got %v times %v in all", roundTrip, reports, n, sum)
			}
			if scores := value(`asterisk_rtcp_media_experience_score_count{direction="sent"}`); (scores > 0) != (suite == "sid") {
				t.Errorf("MES: got %v", scores)
			}
		})
	}
}

// hearAsterisk waits for a sender report of Asterisk, and returns who sent it.
func hearAsterisk(t *testing.T, p *party) *party {
	t.Helper()
	if err := p.rtcp.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	packet := make([]byte, 1500)
	for {
		n, err := p.rtcp.Read(packet)
		if err != nil {
			t.Fatalf("no report of Asterisk: %v", err)
		}
		if n >= 28 && packet[1] == 200 {
			p.lastReport, p.received = binary.BigEndian.Uint32(packet[10:]), time.Now()
			return &party{ssrc: binary.BigEndian.Uint32(packet[4:])}
		}
	}
}

// TestAsteriskOverTLS logs in over TLS, whose certificate is checked.
func TestAsteriskOverTLS(t *testing.T) {
	t.Parallel()
	for _, suite := range asterisks() {
		t.Run(suite, func(t *testing.T) {
			t.Parallel()
			var c exporter.Credentials
			s := startAsterisk(t, suite, func(s *asterisk.Single) { c = withObserver(t, s) })
			text, err := os.ReadFile(s.Certificate)
			if err != nil {
				t.Fatal(err)
			}
			roots := x509.NewCertPool()
			roots.AppendCertsFromPEM(text)
			secure := observeAsterisk(t, s, c, func(o *exporterasterisk.Options) {
				o.Address, o.TLS = s.TLS(), &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
			})
			plain := asteriskSuite().Scrape(t, observeAsterisk(t, s, c, nil))
			if diff := cmp.Diff(plain.Outcomes, asteriskSuite().Scrape(t, secure).Outcomes); diff != "" || !plain.Up {
				t.Errorf("outcomes over TCP and TLS (-want +got):\n%s", diff)
			}
			stranger := observeAsterisk(t, s, c, func(o *exporterasterisk.Options) { o.Address = s.TLS() })
			if got := asteriskSuite().Scrape(t, stranger); got.Up || got.Outcomes["core"] != exporter.OutcomeTransport {
				t.Errorf("unknown authority: want transport, got up %v, %v", got.Up, got.Outcomes)
			}
		})
	}
}
