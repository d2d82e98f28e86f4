package sipprobe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// reach finds the server and opens a link to it, and notes what each step took.
func (p *Prober) reach(ctx context.Context, probe Probe, r *Result) (*link, error) {
	start := p.Now()
	hops, err := p.locate(ctx, probe)
	if err != nil {
		return nil, err
	}
	if hops[0].addr.Addr().String() != probe.Host { // an address is not resolved
		r.Resolve = ptr(p.Now().Sub(start))
	}
	for _, h := range hops {
		r.Transport, r.Peer = h.transport, h.addr
		var l *link
		if l, err = p.open(ctx, probe, h, r); err == nil || ctx.Err() != nil || outcomeOf(err) == FailCert {
			return l, err // a certificate that is wrong is news, however many other servers there are
		}
	}
	return nil, err
}

// open connects to one place.
func (p *Prober) open(ctx context.Context, probe Probe, h hop, r *Result) (*link, error) {
	network := "tcp"
	if h.transport == UDP {
		network = "udp"
	}
	start := p.Now()
	conn, err := p.Dial(ctx, network, h.addr.String())
	if err != nil {
		return nil, connectFailure(ctx, err)
	}
	if h.transport == UDP {
		return newLink(conn, UDP, p.Now), nil
	}
	r.Connect = ptr(p.Now().Sub(start))
	if !h.transport.Secure() {
		return newLink(conn, h.transport, p.Now), nil
	}
	start = p.Now()
	secured, err := secure(ctx, conn, probe, r, p.Now)
	if err == nil && h.transport == WSS {
		secured, err = upgrade(ctx, secured, probe)
	}
	if err != nil {
		_ = conn.Close() // the failure before says more
		return nil, err
	}
	r.Handshake = ptr(p.Now().Sub(start))
	return newLink(secured, h.transport, p.Now), nil
}

func connectFailure(ctx context.Context, err error) error {
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return fail(FailConnect, "the connection was refused: %w", ErrRefused)
	case ctx.Err() != nil, isTimeout(err):
		return fail(FailConnect, "no connection in time: %w", os.ErrDeadlineExceeded)
	}
	return fail(FailConnect, "no connection: %w", err)
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

// secure makes a TLS connection. Go's own verification is done by hand, after the certificate has been looked at: the expiry of
// one that is not to be trusted is what people want to know most.
func secure(ctx context.Context, conn net.Conn, probe Probe, r *Result, now func() time.Time) (net.Conn, error) {
	name := probe.TLS.ServerName
	if name == "" {
		name = strings.TrimSuffix(probe.domain(), ".")
	}
	var distrust error
	client := tls.Client(conn, &tls.Config{
		ServerName: name, Certificates: probe.TLS.Certificates, MinVersion: tls.VersionTLS12,
		InsecureSkipVerify: true, //nolint:gosec // verified below
		VerifyConnection: func(s tls.ConnectionState) error {
			r.Certificate = certificateOf(s)
			if probe.TLS.SkipVerify {
				return nil
			}
			if distrust = verify(s, name, probe.TLS.Roots, now()); distrust == nil {
				r.Certificate.Verified = true
			}
			return distrust
		},
	})
	err := client.HandshakeContext(ctx)
	switch {
	case err == nil:
		return client, nil
	case distrust != nil:
		return nil, fail(FailCert, "%w", distrust)
	case ctx.Err() != nil:
		return nil, fail(FailTLS, "the TLS handshake did not end in time")
	}
	return nil, fail(FailTLS, "TLS handshake: %w", err)
}

func certificateOf(s tls.ConnectionState) *Certificate {
	c := &Certificate{Version: tls.VersionName(s.Version)}
	for i, x := range s.PeerCertificates {
		if i == 0 || x.NotAfter.Before(c.NotAfter) {
			c.NotAfter = x.NotAfter
		}
	}
	return c
}

func verify(s tls.ConnectionState, name string, roots *x509.CertPool, now time.Time) error {
	between := x509.NewCertPool()
	for _, c := range s.PeerCertificates[1:] {
		between.AddCert(c)
	}
	_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{DNSName: name, Roots: roots, Intermediates: between, CurrentTime: now})
	return err
}

// upgrade turns a TLS connection into a WebSocket with the sub-protocol sip (RFC 7118).
func upgrade(ctx context.Context, conn net.Conn, probe Probe) (net.Conn, error) {
	host := probe.domain()
	if probe.Port != 0 {
		host = net.JoinHostPort(host, strconv.Itoa(int(probe.Port)))
	}
	path := probe.Path
	if path == "" {
		path = "/"
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	d := ws.Dialer{Protocols: []string{"sip"}}
	rest, shake, err := d.Upgrade(conn, &url.URL{Scheme: "wss", Host: host, Path: path})
	switch {
	case ctx.Err() != nil:
		return nil, fail(FailTLS, "the WebSocket upgrade did not end in time")
	case err != nil:
		return nil, fail(FailTLS, "the server does not upgrade to a WebSocket with protocol sip")
	case shake.Protocol != "sip":
		return nil, fail(FailTLS, "the WebSocket does not speak protocol sip")
	}
	w := &webSocket{Conn: conn}
	w.reader = &wsutil.Reader{Source: conn, State: ws.StateClientSide, CheckUTF8: false, MaxFrameSize: maxDatagram, OnIntermediate: wsutil.ControlFrameHandler(conn, ws.StateClientSide)}
	if rest != nil && rest.Buffered() > 0 {
		w.reader.Source = rest
	}
	return w, nil
}

// webSocket is a connection on which a read and a write are one message each.
type webSocket struct {
	net.Conn
	reader *wsutil.Reader
}

// Read reads one message; what does not fit p is an error.
func (w *webSocket) Read(p []byte) (int, error) {
	for {
		h, err := w.reader.NextFrame()
		if err != nil {
			return 0, err
		}
		if h.OpCode.IsControl() {
			if err := w.reader.OnIntermediate(h, w.reader); err != nil {
				return 0, err
			}
			continue
		}
		return readAll(w.reader, p)
	}
}

// Write writes one message.
func (w *webSocket) Write(p []byte) (int, error) {
	if err := wsutil.WriteClientText(w.Conn, p); err != nil {
		return 0, err
	}
	return len(p), nil
}
