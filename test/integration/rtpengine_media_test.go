//go:build integration

package integration

import (
	"encoding/binary"
	"fmt"
	"net"
	"testing"
	"time"
)

// party is one end of a call: it sends RTP, and RTCP that says about the other end what the test wants said.
type party struct {
	t         testing.TB
	rtp, rtcp *net.UDPConn
	ssrc      uint32
	seq       uint16
	to        int // port at the relay

	lastReport uint32    // middle of the NTP time in the last sender report received (RFC 3550, 6.4.1)
	received   time.Time // when that was
}

// report is what a party says about the stream that it receives.
type report struct {
	jitter uint32 // in units of the RTP clock, 8000 a second
	loss   uint8  // in parts of 256
}

// newParty opens two ports in a row.
func newParty(t testing.TB, ssrc uint32) *party {
	t.Helper()
	for range 100 {
		rtp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		rtcp, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: portOf(rtp) + 1})
		if err != nil || portOf(rtp)%2 != 0 {
			_ = rtp.Close()
			if rtcp != nil {
				_ = rtcp.Close()
			}
			continue
		}
		t.Cleanup(func() { _, _ = rtp.Close(), rtcp.Close() })
		return &party{t: t, rtp: rtp, rtcp: rtcp, ssrc: ssrc}
	}
	t.Fatal("no two ports in a row")
	return nil
}

func portOf(conn *net.UDPConn) int {
	return conn.LocalAddr().(*net.UDPAddr).Port //nolint:forcetypeassert // what ListenUDP gives
}

func (p *party) port() int { return portOf(p.rtp) }

// speak sends a packet of 20 ms of silence (RFC 3551, PCMU).
func (p *party) speak() {
	packet := make([]byte, 12+160)
	packet[0] = 0x80
	binary.BigEndian.PutUint16(packet[2:], p.seq)
	binary.BigEndian.PutUint32(packet[4:], uint32(p.seq)*160)
	binary.BigEndian.PutUint32(packet[8:], p.ssrc)
	p.seq++
	p.send(p.rtp, packet, p.to)
}

const (
	// roundTrip is how far each party is from the relay. RTPEngine takes 0 for not known.
	roundTrip = 20 * time.Millisecond
	// thinking is how long a party keeps a report before it answers; 0 stands for no report.
	thinking = 5 * time.Millisecond
)

// reportOn sends a sender report with one block about another party (RFC 3550, 6.4.1). It waits for as long as the way to the
// relay and back is meant to take, and does not admit it.
func (p *party) reportOn(other *party, r report) {
	time.Sleep(thinking)
	held := time.Since(p.received)
	time.Sleep(roundTrip)
	now := time.Now()
	packet := make([]byte, 28+24)
	packet[0], packet[1] = 0x81, 200
	binary.BigEndian.PutUint16(packet[2:], uint16(len(packet)/4-1))
	binary.BigEndian.PutUint32(packet[4:], p.ssrc)
	const since1900 = 2208988800
	binary.BigEndian.PutUint32(packet[8:], uint32(now.Unix()+since1900))
	binary.BigEndian.PutUint32(packet[12:], uint32(uint64(now.Nanosecond())<<32/1e9))
	block := packet[28:]
	binary.BigEndian.PutUint32(block, other.ssrc)
	block[4] = r.loss
	binary.BigEndian.PutUint32(block[8:], uint32(other.seq))
	binary.BigEndian.PutUint32(block[12:], r.jitter)
	if p.lastReport != 0 {
		binary.BigEndian.PutUint32(block[16:], p.lastReport)
		binary.BigEndian.PutUint32(block[20:], uint32(held.Seconds()*65536))
	}
	p.send(p.rtcp, packet, p.to+1)
}

// hear waits for the other party's sender report to come through the relay.
func (p *party) hear() {
	packet := make([]byte, 1500)
	if err := p.rtcp.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		p.t.Fatal(err)
	}
	n, err := p.rtcp.Read(packet)
	if err != nil {
		p.t.Fatalf("no RTCP came through: %v", err)
	}
	if n >= 28 && packet[1] == 200 {
		p.lastReport, p.received = binary.BigEndian.Uint32(packet[10:]), time.Now()
	}
}

func (p *party) send(from *net.UDPConn, packet []byte, port int) {
	if _, err := from.WriteToUDP(packet, &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}); err != nil {
		p.t.Fatal(err)
	}
}

// call is a call between two parties through a relay.
type call struct {
	id   string
	a, b *party
}

// setUp makes a call through the relay.
func (p proxy) setUp(n int) call {
	p.t.Helper()
	c := call{id: fmt.Sprintf("media-%d", n), a: newParty(p.t, uint32(2*n+1)), b: newParty(p.t, uint32(2*n+2))}
	c.b.to = portIn(p.t, p.must("offer", "call-id", c.id, "from-tag", "a", "sdp", sdp(c.a.port())))
	c.a.to = portIn(p.t, p.must("answer", "call-id", c.id, "from-tag", "a", "to-tag", "b", "sdp", sdp(c.b.port())))
	return c
}

// reportEvery is the pause between reports: RTPEngine drops one that comes within a second of the one before.
const reportEvery = 1100 * time.Millisecond

// talk sends packets both ways and reports until both ends know their round trip. Each says the same of the other.
func (c call) talk(r report) {
	for range 3 {
		for range 10 { // it learns the payload type from packets after the first ones
			c.a.speak()
			c.b.speak()
		}
		c.a.reportOn(c.b, r)
		c.b.hear()
		c.b.reportOn(c.a, r)
		c.a.hear()
		time.Sleep(reportEvery)
	}
}
