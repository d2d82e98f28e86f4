package sipprobe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"

	"github.com/emiago/sipgo/sip"
)

// link is the socket of one probe. One goroutine reads it and stamps what comes; everything else is the caller's.
type link struct {
	conn      net.Conn
	transport Transport
	framed    bool // one read is one message
	packets   chan packet
	done      chan struct{}
	reader    sync.WaitGroup
	parser    *sip.Parser
	stream    *sip.ParserStream
	closing   sync.Once
}

// packet is what one read gave.
type packet struct {
	data []byte
	at   time.Time
	err  error
}

// maxDatagram is the largest UDP payload (RFC 768), and so of a message.
const maxDatagram = 65535

// newLink starts reading from a connection.
func newLink(conn net.Conn, t Transport, now func() time.Time) *link {
	l := &link{
		conn: conn, transport: t, framed: t == UDP || t == WSS, parser: sip.NewParser(),
		packets: make(chan packet, 16), done: make(chan struct{}),
	}
	l.stream = l.parser.NewSIPStream()
	l.reader.Go(func() { l.read(now) })
	return l
}

// read hands on what comes until the connection ends. A refusal by ICMP (udp(7)) does not end it: the next request may find
// the server up again.
func (l *link) read(now func() time.Time) {
	buf := make([]byte, maxDatagram)
	for {
		n, err := l.conn.Read(buf)
		p := packet{at: now(), err: err, data: append([]byte(nil), buf[:n]...)}
		select {
		case l.packets <- p:
		case <-l.done:
			return
		}
		if err != nil && !errors.Is(err, syscall.ECONNREFUSED) {
			return
		}
	}
}

// errMalformed is what came and is no SIP message. What it was is not told: it is the server's.
var errMalformed = errors.New("not a SIP message")

// messages are those that are complete with a packet. The error is errMalformed; on a stream nothing can be read after it.
func (l *link) messages(p packet) (out []sip.Message, err error) {
	defer func() {
		if recover() != nil { // the library's own, in a message that nobody thought of
			err = errMalformed
		}
	}()
	if l.framed {
		if len(trimCRLF(p.data)) == 0 {
			return nil, nil // a keep-alive (RFC 5626, 4.4.1)
		}
		m, err := l.parser.ParseSIP(p.data)
		if err != nil {
			return nil, errMalformed
		}
		return []sip.Message{m}, nil
	}
	err = l.stream.ParseSIPStream(p.data, func(m sip.Message) { out = append(out, m) })
	if err != nil && !errors.Is(err, sip.ErrParseSipPartial) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return out, errMalformed
	}
	return out, nil
}

func trimCRLF(data []byte) []byte {
	for len(data) > 0 && (data[0] == '\r' || data[0] == '\n' || data[0] == 0) {
		data = data[1:]
	}
	return data
}

// writePatience bounds one write: a server that does not read is as good as gone.
const writePatience = 2 * time.Second

// send writes a message before the deadline of ctx.
func (l *link) send(ctx context.Context, m sip.Message) error {
	ctx, cancel := context.WithTimeout(ctx, writePatience)
	defer cancel()
	deadline, _ := ctx.Deadline()
	if err := l.conn.SetWriteDeadline(deadline); err != nil {
		return fail(FailClosed, "the connection is closed")
	}
	_, err := io.WriteString(l.conn, m.String())
	switch {
	case err == nil, errors.Is(err, syscall.ECONNREFUSED): // the latter is of the packet before, and is told by read
		return nil
	case errors.Is(err, syscall.EMSGSIZE):
		return fail(FailLocal, "a request of %d bytes does not fit a datagram", len(m.String()))
	}
	return fail(FailClosed, "the server does not take what is sent: %w", err)
}

// local is the socket's own address.
func (l *link) local() netip.AddrPort {
	a, err := netip.ParseAddrPort(l.conn.LocalAddr().String())
	if err != nil {
		return netip.AddrPortFrom(netip.IPv4Unspecified(), 0)
	}
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
}

// close lets the socket and its goroutine go. It may be called twice.
func (l *link) close() (err error) {
	l.closing.Do(func() {
		close(l.done)
		if err = l.conn.Close(); errors.Is(err, net.ErrClosed) || l.transport.Secure() {
			err = nil // what a TLS peer did with our goodbye is no matter of the probe
		}
		l.reader.Wait()
		l.stream.Close()
	})
	if err != nil {
		return fmt.Errorf("close: %w", err)
	}
	return nil
}

// errOversized is a message larger than any that SIP has.
var errOversized = errors.New("larger than a message may be")

// readAll reads to the end of a message.
func readAll(r io.Reader, p []byte) (int, error) {
	n := 0
	for {
		m, err := r.Read(p[n:])
		n += m
		switch {
		case errors.Is(err, io.EOF):
			return n, nil
		case err != nil:
			return n, err
		case n == len(p):
			return n, errOversized
		}
	}
}

// peerOf is the address of the other side.
func peerOf(l *link) (netip.AddrPort, bool) {
	a, err := netip.ParseAddrPort(l.conn.RemoteAddr().String())
	return a, err == nil
}
