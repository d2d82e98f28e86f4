//go:build integration

package integration

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"
)

// rtpClock is that of G.711, in units a second, and packetLength that of one of its packets (RFC 3551, 4.2).
const (
	rtpClock     = 8000
	packetLength = 20 * time.Millisecond
)

// handset is an end of a call that sends audio, hears some, and reports on it as RFC 3550 has it (6.4.1, A.1, A.3, A.8). It sends to where
// audio and reports come from, so that a relay need not tell it where it is.
type handset struct {
	t         *testing.T
	rtp, rtcp *net.UDPConn
	ends      sync.WaitGroup
	done      chan struct{}

	mu    sync.Mutex
	heard reception
	peer  netip.AddrPort // where audio comes from
	begun time.Time      // of its own audio
	sent  int

	// Of the last report that came; one goroutine uses these.
	reporter netip.AddrPort
	stamp    uint32 // the middle of its NTP time
	came     time.Time
}

// reception is what was heard of one source.
type reception struct {
	source                         uint32
	some                           bool
	base, highest                  int64 // extended sequence numbers
	received                       int
	jitter                         float64 // in units of the clock
	transit                        float64
	expectedBefore, receivedBefore int // by the last report
}

func newHandset(t *testing.T) *handset {
	t.Helper()
	ends := newParty(t, 0) // for its two ports
	p := &handset{t: t, rtp: ends.rtp, rtcp: ends.rtcp, done: make(chan struct{})}
	t.Cleanup(func() {
		close(p.done)
		_ = p.rtp.Close()
		p.ends.Wait()
	})
	return p
}

// talk begins to listen, and to send once something was heard.
func (p *handset) talk() {
	p.ends.Go(p.listen)
	p.ends.Go(p.speak)
}

func (p *handset) listen() {
	packet := make([]byte, 1500)
	for {
		n, from, err := p.rtp.ReadFromUDPAddrPort(packet)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil || n < 12 {
			continue
		}
		now := time.Now()
		p.mu.Lock()
		p.peer = from
		p.heard.take(packet[:n], now)
		p.mu.Unlock()
	}
}

// take takes in one packet.
func (r *reception) take(packet []byte, at time.Time) {
	seq, stamp, source := binary.BigEndian.Uint16(packet[2:]), binary.BigEndian.Uint32(packet[4:]), binary.BigEndian.Uint32(packet[8:])
	transit := float64(at.UnixNano())*rtpClock/1e9 - float64(stamp)
	if !r.some {
		*r = reception{source: source, some: true, base: int64(seq), highest: int64(seq), transit: transit}
	}
	if source != r.source {
		return
	}
	number := r.highest + int64(int16(seq-uint16(r.highest)))
	r.highest = max(r.highest, number)
	r.received++
	change := transit - r.transit
	r.transit = transit
	r.jitter += (max(change, -change) - r.jitter) / 16
}

// block is a report block on what was heard since the one before.
func (r *reception) block() []byte {
	expected := int(r.highest - r.base + 1)
	lost := max(expected-r.received, 0)
	since := expected - r.expectedBefore
	missing := max(since-(r.received-r.receivedBefore), 0)
	r.expectedBefore, r.receivedBefore = expected, r.received
	b := make([]byte, 24)
	binary.BigEndian.PutUint32(b, r.source)
	binary.BigEndian.PutUint32(b[4:], uint32(lost))
	if since > 0 {
		b[4] = uint8(min(missing*256/since, 255))
	}
	binary.BigEndian.PutUint32(b[8:], uint32(r.highest))
	binary.BigEndian.PutUint32(b[12:], uint32(r.jitter))
	return b
}

// speak sends a packet every 20 ms. Its time stamp is that of the clock, also where the machine was too busy to send the one before.
func (p *handset) speak() {
	tick := time.NewTicker(packetLength)
	defer tick.Stop()
	for {
		select {
		case <-p.done:
			return
		case <-tick.C:
		}
		p.mu.Lock()
		if p.peer.IsValid() {
			if p.begun.IsZero() {
				p.begun = time.Now()
			}
			packet := make([]byte, 12+160)
			packet[0] = 0x80
			binary.BigEndian.PutUint16(packet[2:], uint16(p.sent))
			binary.BigEndian.PutUint32(packet[4:], p.clock(time.Now()))
			binary.BigEndian.PutUint32(packet[8:], handsetSource)
			p.sent++
			_, _ = p.rtp.WriteToUDPAddrPort(packet, p.peer) // one that cannot be sent is missed, and the test tells
		}
		p.mu.Unlock()
	}
}

// handsetSource is the synchronisation source of a handset's audio.
const handsetSource = 0x70686f6e

// clock is the time in units of the audio's clock.
func (p *handset) clock(at time.Time) uint32 {
	return uint32(at.Sub(p.begun) * rtpClock / time.Second)
}

// awaitReport waits for a sender report of the far end.
func (p *handset) awaitReport() {
	p.t.Helper()
	if err := p.rtcp.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		p.t.Fatal(err)
	}
	packet := make([]byte, 1500)
	for {
		n, from, err := p.rtcp.ReadFromUDPAddrPort(packet)
		if err != nil {
			p.t.Fatalf("no report came: %v", err)
		}
		if n >= 28 && packet[1] == 200 {
			p.reporter, p.stamp, p.came = from, binary.BigEndian.Uint32(packet[10:]), time.Now()
			return
		}
	}
}

// report answers the last report with one of its own.
func (p *handset) report() {
	p.t.Helper()
	const since1900 = 2208988800
	p.mu.Lock()
	now := time.Now()
	packet := make([]byte, 28, 28+24)
	packet[0], packet[1] = 0x81, 200
	binary.BigEndian.PutUint16(packet[2:], (28+24)/4-1)
	binary.BigEndian.PutUint32(packet[4:], handsetSource)
	binary.BigEndian.PutUint32(packet[8:], uint32(now.Unix()+since1900))
	binary.BigEndian.PutUint32(packet[12:], uint32(uint64(now.Nanosecond())<<32/1e9))
	binary.BigEndian.PutUint32(packet[16:], p.clock(now))
	binary.BigEndian.PutUint32(packet[20:], uint32(p.sent))
	binary.BigEndian.PutUint32(packet[24:], uint32(p.sent*160))
	packet = append(packet, p.heard.block()...)
	p.mu.Unlock()
	binary.BigEndian.PutUint32(packet[28+16:], p.stamp)
	binary.BigEndian.PutUint32(packet[28+20:], uint32(now.Sub(p.came).Seconds()*65536))
	if _, err := p.rtcp.WriteToUDPAddrPort(packet, p.reporter); err != nil {
		p.t.Fatal(err)
	}
}
