// Package ng speaks ng, the control protocol of RTPEngine, over UDP, TCP and HTTP: a client for commands that read. It
// interprets no reply and knows no metric, and it refuses to take any reply for an answer but the one with the cookie of
// its question.
//
// A message is a cookie, a space, and a dictionary in bencoding or JSON; RTPEngine answers in the format of the question.
// On a datagram that is all. A TCP connection has no other framing: the end of the dictionary ends the message. Over HTTP
// the message is the body of a POST to /ng, and of its answer. RTPEngine remembers the cookies of the last seconds and
// answers one it knows with the answer it gave, whatever the command: so a datagram can be sent again safely, and no two
// questions may share a cookie.
//
// The protocol is described in docs/ng_control_protocol.md of the RTPEngine sources. What is said here of versions was
// observed on 10.5.3, 12.5.1 and 26.0.1: all three take JSON over UDP and HTTP, none of them over TCP, where a question in
// JSON is never answered; a datagram of more than 64 KiB is lost without a word.
package ng

import (
	"fmt"
	"time"
)

const (
	// DefaultPort is the port of a udp or tcp address that names none: listen-ng of the configuration that Debian installs.
	DefaultPort = 2223

	// DefaultTimeout bounds a call when [Options] names no other bound.
	DefaultTimeout = 10 * time.Second

	// DefaultRetransmit is the first pause after which a datagram is sent again; each further one is twice as long. An answer
	// takes less than a millisecond (measured on loopback), a round trip between regions up to 300.
	DefaultRetransmit = 400 * time.Millisecond

	// DefaultMaxReply is the largest reply that is read off a stream, in bytes. The largest seen, 1,000 call-ids of 600 bytes,
	// had 0.6 MB.
	DefaultMaxReply = 4 << 20

	// maxDatagram is the largest payload of a datagram, in bytes (RFC 768).
	maxDatagram = 65535
)

// Format is the format of a message's dictionary.
type Format uint8

const (
	// Auto asks in JSON and falls back to bencoding for a daemon that does not read it. Over TCP it is Bencode.
	Auto Format = iota
	// JSON is read by RTPEngine from 10.3 on, over UDP and HTTP.
	JSON
	// Bencode is read by every version over every transport. The daemon takes less time over it than over JSON.
	Bencode
)

// ParseFormat reads the name of a format as String writes it.
func ParseFormat(s string) (Format, error) {
	for _, f := range []Format{Auto, JSON, Bencode} {
		if f.String() == s {
			return f, nil
		}
	}
	return Auto, fmt.Errorf("format %q: want auto, json or bencode", s)
}

// String returns the name of the format in lower case.
func (f Format) String() string {
	switch f {
	case JSON:
		return "json"
	case Bencode:
		return "bencode"
	default:
		return "auto"
	}
}
