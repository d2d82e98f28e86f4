package sipprobe

import (
	"encoding/binary"
	"net"
	"net/netip"
	"time"
)

// RTCP packet types (RFC 3550, 12.1).
const (
	rtcpSender   = 200
	rtcpReceiver = 201
)

// reception is what the far end says of our stream (RFC 3550, 6.4.1).
type reception struct {
	lost    int32 // since the beginning; below 0 when duplicates came
	highest uint32
}

// receiveReports reads RTCP until the socket is closed.
func (m *media) receiveReports() {
	buf := make([]byte, maxDatagram)
	for {
		n, _, err := m.rtcp.ReadFrom(buf)
		if err != nil {
			return // closed
		}
		m.mu.Lock()
		m.hearReport(buf[:n])
		m.mu.Unlock()
	}
}

// hearReport takes in the reports of a compound packet; what is cut short ends it.
func (m *media) hearReport(data []byte) {
	for len(data) >= 8 && data[0]>>6 == 2 {
		length := 4 * (int(binary.BigEndian.Uint16(data[2:])) + 1)
		if length > len(data) {
			return
		}
		packet := data[:length]
		data = data[length:]
		blocks := 8
		switch packet[1] {
		case rtcpSender:
			if blocks = 28; length < blocks {
				return
			}
			m.theirs = binary.BigEndian.Uint32(packet[20:])
		case rtcpReceiver:
		default:
			continue
		}
		count := int(packet[0] & 0x1f)
		if length < blocks+count*blockLength {
			return
		}
		m.reports++
		if !m.readBlocks(packet[blocks:], count) && len(m.sentAt) >= heardBy {
			m.mute++
		}
	}
}

// blockLength is that of a report block (RFC 3550, 6.4.1).
const blockLength = 24

// heardBy is how many packets the far end must have heard something of, unless it hears nothing: a second of them.
const heardBy = 50

// readBlocks looks for the report about us.
func (m *media) readBlocks(data []byte, count int) bool {
	for ; count > 0; count, data = count-1, data[blockLength:] {
		if binary.BigEndian.Uint32(data) != m.ssrc {
			continue
		}
		lost := int32(binary.BigEndian.Uint32(data[4:])<<8) >> 8 // 24 bits with a sign
		m.report = &reception{lost: lost, highest: binary.BigEndian.Uint32(data[8:])}
		return true
	}
	return false
}

// sendReport tells the far end what was sent and received, as every party does (RFC 3550, 6). It carries no time stamp of
// the wall clock: nobody needs ours.
func (m *media) sendReport() {
	m.mu.Lock()
	to := m.remote
	packet := make([]byte, 28, 28+24)
	packet[0], packet[1] = 0x80, rtcpSender
	binary.BigEndian.PutUint32(packet[4:], m.ssrc)
	binary.BigEndian.PutUint32(packet[16:], uint32(len(m.sentAt))*packetSamples)
	binary.BigEndian.PutUint32(packet[20:], uint32(len(m.sentAt)))
	binary.BigEndian.PutUint32(packet[24:], uint32(len(m.sentAt))*packetSamples)
	if m.stream.begun {
		packet[0] |= 1
		packet = append(packet, m.stream.block()...)
	}
	m.mu.Unlock()
	binary.BigEndian.PutUint16(packet[2:], uint16(len(packet)/4-1))
	_, _ = m.rtcp.WriteTo(packet, net.UDPAddrFromAddrPort(netip.AddrPortFrom(to.addr, to.rtcpPort))) // lost like any packet
}

// block is the report about the far end's stream: what was lost since the beginning, and as a share since the block before (RFC 3550,
// 6.4.1, A.3), which media servers make their own figures of.
func (s *stream) block() []byte {
	b := make([]byte, blockLength)
	binary.BigEndian.PutUint32(b, s.ssrc)
	expected, seen := s.expected(), len(s.seen)
	binary.BigEndian.PutUint32(b[4:], uint32(max(expected-seen, 0))&0xffffff)
	if since := expected - s.told.expected; since > 0 {
		missing := max(since-(seen-s.told.seen), 0) // below 0 where late ones came
		b[4] = uint8(min(256*missing/since, 255))
	}
	s.told.expected, s.told.seen = expected, seen
	binary.BigEndian.PutUint32(b[8:], uint32(s.highest)) //nolint:gosec // the low 32 bits are meant
	if j := s.jitter.mean(); j != nil {
		binary.BigEndian.PutUint32(b[12:], uint32(*j*clockRate/time.Second))
	}
	return b
}
