package sipprobe

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// The payload types that a probe speaks (RFC 3551, 6), both G.711 with 8000 samples a second.
const (
	pcmu = 0
	pcma = 8
)

// session is what one side says of its audio (RFC 4566, RFC 3264).
type session struct {
	addr      netip.Addr
	port      uint16
	rtcpPort  uint16 // RFC 3605, else the port after
	payload   uint8
	direction string // sendrecv, sendonly, recvonly or inactive
}

// describe writes the probe's own description.
func describe(addr netip.Addr, port uint16, version int, direction string, payloads ...uint8) []byte {
	family := "IP4"
	if addr.Is6() {
		family = "IP6"
	}
	list := make([]string, len(payloads))
	for i, p := range payloads {
		list[i] = strconv.Itoa(int(p))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "v=0\r\no=- 1 %d IN %s %s\r\ns=probe\r\nc=IN %s %s\r\nt=0 0\r\n", version, family, addr, family, addr)
	fmt.Fprintf(&b, "m=audio %d RTP/AVP %s\r\n", port, strings.Join(list, " "))
	for _, p := range payloads {
		fmt.Fprintf(&b, "a=rtpmap:%d %s/8000\r\n", p, map[uint8]string{pcmu: "PCMU", pcma: "PCMA"}[p])
	}
	fmt.Fprintf(&b, "a=ptime:20\r\na=rtcp:%d\r\na=%s\r\n", port+1, direction)
	return []byte(b.String())
}

// readSession finds the first audio that a probe can speak in a description.
func readSession(body []byte) (session, error) {
	s := session{direction: "sendrecv"}
	whole := ""     // the address for all media
	var in []string // the lines of the audio, once it is found
	found := false
	for line := range strings.Lines(string(body)) {
		line = strings.TrimRight(line, "\r\n")
		switch {
		case strings.HasPrefix(line, "m="):
			if found {
				return s.fill(whole, in)
			}
			found = s.readMedia(line)
		case found:
			in = append(in, line)
		case strings.HasPrefix(line, "c="):
			whole = line
		case directionOf(line) != "":
			s.direction = directionOf(line)
		}
	}
	if !found {
		return session{}, fail(FailSDP, "no audio in G.711 over plain RTP was agreed on")
	}
	return s.fill(whole, in)
}

// readMedia takes port and payload type from an m= line, and reports whether it is audio of ours.
func (s *session) readMedia(line string) bool {
	parts := strings.Fields(strings.TrimPrefix(line, "m="))
	if len(parts) < 4 || parts[0] != "audio" || (parts[2] != "RTP/AVP" && parts[2] != "RTP/AVPF") {
		return false
	}
	port, _, _ := strings.Cut(parts[1], "/")
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 { // 0 refuses the stream (RFC 3264, 6)
		return false
	}
	for _, p := range parts[3:] {
		if i := slices.Index([]string{"0", "8"}, p); i >= 0 {
			s.port, s.payload, s.rtcpPort = uint16(n), []uint8{pcmu, pcma}[i], uint16(n)+1
			return true
		}
	}
	return false
}

// fill takes in the lines below the m= line.
func (s session) fill(whole string, lines []string) (session, error) {
	for _, line := range lines {
		rtcp, isRTCP := strings.CutPrefix(line, "a=rtcp:")
		switch {
		case strings.HasPrefix(line, "c="):
			whole = line
		case directionOf(line) != "":
			s.direction = directionOf(line)
		case isRTCP:
			first, _, _ := strings.Cut(rtcp, " ")
			if n, err := strconv.ParseUint(first, 10, 16); err == nil && n > 0 {
				s.rtcpPort = uint16(n)
			}
		}
	}
	parts := strings.Fields(strings.TrimPrefix(whole, "c="))
	if len(parts) != 3 {
		return session{}, fail(FailSDP, "the answer has no address for audio")
	}
	host, _, _ := strings.Cut(parts[2], "/")
	addr, err := netip.ParseAddr(host)
	if err != nil || addr.IsMulticast() {
		return session{}, fail(FailSDP, "the address for audio is no unicast IP address")
	}
	s.addr = addr.Unmap()
	return s, nil
}

func directionOf(line string) string {
	d := strings.TrimPrefix(line, "a=")
	if len(d) < len(line) && slices.Contains([]string{"sendrecv", "sendonly", "recvonly", "inactive"}, d) {
		return d
	}
	return ""
}

// opposite is the direction that answers an offered one (RFC 3264, 6.1).
func opposite(direction string) string {
	switch direction {
	case "sendonly":
		return "recvonly"
	case "recvonly":
		return "sendonly"
	}
	return direction
}
