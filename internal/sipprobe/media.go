package sipprobe

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/pion/rtp"
)

// The shape of the audio: packets of 20 ms of G.711 (RFC 3551, 4.2).
const (
	packetTime    = 20 * time.Millisecond
	packetSamples = 160
	clockRate     = 8000
)

// drain is how long the echo of the last packet is waited for.
const drain = 500 * time.Millisecond

// markLength is the head of each payload by which its echo is known: 8 random bytes of the call, and the packet's number.
const markLength = 12

// media is the audio of one call. Two goroutines receive; the caller of talk sends.
type media struct {
	now       func() time.Time
	rtp, rtcp net.PacketConn
	port      uint16
	advertise netip.Addr
	ssrc      uint32
	key       [8]byte
	readers   sync.WaitGroup
	closing   sync.Once

	mu      sync.Mutex // guards what follows
	remote  session
	sentAt  []time.Time
	backAt  []time.Time // by number; zero is not back
	backs   int
	highest int // number that came back, -1 before any
	reorder int
	repeats int
	foreign int // audio that is not ours
	first   time.Time
	early   int // before the answer
	tell    chan struct{}
	stream  stream
	echoes  jitter
	report  *reception // newest of the far end about us
	reports int        // RTCP reports received
	mute    int        // of them, those that do not mention us and ought to
	theirs  uint32     // packets that the far end says it sent
}

// openMedia opens a pair of ports, an even one and the next, on the address that signalling has.
func (p *Prober) openMedia(at netip.Addr, o MediaOptions) (*media, error) {
	m := &media{now: p.Now, advertise: at, highest: -1, tell: make(chan struct{}, 1)}
	if o.Advertise.IsValid() {
		m.advertise = o.Advertise
	}
	var random [12]byte
	_, _ = rand.Read(random[:]) // never fails
	copy(m.key[:], random[:8])
	m.ssrc = binary.BigEndian.Uint32(random[8:])
	const attempts = 50
	for i := range attempts {
		port := uint16(0)
		if o.PortMin > 0 {
			span := (int(o.PortMax) - int(o.PortMin) + 1) / 2
			port = (o.PortMin+1)&^1 + 2*uint16((int(random[8])+i)%span)
			if port+1 > o.PortMax || port == 0 {
				continue
			}
		}
		if m.open(p.Listen, at, port) {
			m.readers.Go(m.receive)
			m.readers.Go(m.receiveReports)
			return m, nil
		}
	}
	return nil, fail(FailLocal, "no two ports in a row are free for RTP and RTCP")
}

func (m *media) open(listen func(network, address string) (net.PacketConn, error), at netip.Addr, port uint16) bool {
	first, err := listen("udp", netip.AddrPortFrom(at, port).String())
	if err != nil {
		return false
	}
	bound, err := netip.ParseAddrPort(first.LocalAddr().String())
	if err != nil || bound.Port()%2 != 0 {
		_ = first.Close() // nothing was received
		return false
	}
	second, err := listen("udp", netip.AddrPortFrom(at, bound.Port()+1).String())
	if err != nil {
		_ = first.Close() // nothing was received
		return false
	}
	m.rtp, m.rtcp, m.port = first, second, bound.Port()
	return true
}

// close lets ports and goroutines go. It may be called twice.
func (m *media) close() {
	m.closing.Do(func() {
		_, _ = m.rtp.Close(), m.rtcp.Close() // nothing is lost
		m.readers.Wait()
	})
}

// describe is the description to offer.
func (m *media) describe() []byte { return describe(m.advertise, m.port, 1, "sendrecv", pcmu, pcma) }

// aim says where to send; what came until then came early.
func (m *media) aim(s session) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.remote = s
}

// talk sends for a time, unless ctx ends before, and waits for the echo of the last packets.
func (m *media) talk(ctx context.Context, duration time.Duration) {
	m.mu.Lock()
	m.early = m.foreign
	m.mu.Unlock()
	tick := time.NewTicker(packetTime)
	defer tick.Stop()
	for i := range int(duration / packetTime) {
		m.sendPacket(i)
		if i%50 == 49 {
			m.sendReport()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			m.sendReport()
			return
		}
	}
	m.sendReport()
	over := time.NewTimer(drain)
	defer over.Stop()
	for !m.complete() {
		select {
		case <-m.tell:
		case <-over.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

func (m *media) complete() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.backs >= len(m.sentAt)
}

// sendPacket sends packet number i. A send that fails is a packet lost: the report tells.
func (m *media) sendPacket(i int) {
	m.mu.Lock()
	to := m.remote
	payload := bytes.Repeat([]byte{map[uint8]byte{pcmu: 0xff, pcma: 0xd5}[to.payload]}, packetSamples) // silence (G.711)
	m.mu.Unlock()
	copy(payload, m.key[:])
	binary.BigEndian.PutUint32(payload[8:], uint32(i))
	packet := rtp.Packet{
		Header: rtp.Header{
			Version: 2, Marker: i == 0, PayloadType: to.payload, SSRC: m.ssrc, SequenceNumber: uint16(i), Timestamp: uint32(i) * packetSamples,
		},
		Payload: payload,
	}
	data, err := packet.Marshal()
	if err != nil {
		return
	}
	m.mu.Lock()
	m.sentAt = append(m.sentAt, m.now())
	m.backAt = append(m.backAt, time.Time{})
	m.mu.Unlock()
	_, _ = m.rtp.WriteTo(data, net.UDPAddrFromAddrPort(netip.AddrPortFrom(to.addr, to.port)))
}

// receive reads audio until the socket is closed.
func (m *media) receive() {
	buf := make([]byte, maxDatagram)
	for {
		n, _, err := m.rtp.ReadFrom(buf)
		at := m.now()
		if err != nil {
			return // closed: an unconnected socket has no other (udp(7))
		}
		m.hear(buf[:n], at)
	}
}

// hear takes in one packet.
func (m *media) hear(data []byte, at time.Time) {
	packet, ok := readPacket(data)
	if !ok {
		return
	}
	if packet.PayloadType != pcmu && packet.PayloadType != pcma {
		return // comfort noise, digits
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.first.IsZero() {
		m.first = at
	}
	m.stream.take(packet.SSRC, packet.SequenceNumber, packet.Timestamp, at)
	i, ours := m.number(packet.Payload)
	switch {
	case !ours:
		m.foreign++
	case !m.backAt[i].IsZero():
		m.repeats++
	default:
		m.back(i, at)
	}
}

// readPacket reads a packet; one that the library cannot stomach is none.
func readPacket(data []byte) (packet rtp.Packet, ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	err := packet.Unmarshal(data)
	return packet, err == nil && packet.Version == 2
}

// number reads the number of one of our packets out of its echo.
func (m *media) number(payload []byte) (int, bool) {
	if len(payload) < markLength || !bytes.Equal(payload[:8], m.key[:]) {
		return 0, false
	}
	i := binary.BigEndian.Uint32(payload[8:])
	return int(i), int64(i) < int64(len(m.sentAt))
}

// back notes the echo of packet i.
func (m *media) back(i int, at time.Time) {
	m.backAt[i] = at
	m.backs++
	if i < m.highest {
		m.reorder++
	}
	m.highest = max(m.highest, i)
	m.echoes.take(at.Sub(m.sentAt[i]))
	select {
	case m.tell <- struct{}{}:
	default:
	}
}
