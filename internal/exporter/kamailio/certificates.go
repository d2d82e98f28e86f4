package kamailio

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

// maxHandshakes bounds the connections that an answer of Kamailio can make the exporter open.
const maxHandshakes = 64

// handshakeTimeout is the longest that one listener may take, whatever time the scrape has.
const handshakeTimeout = 5 * time.Second

// certificates shakes hands with Kamailio's TLS listeners to see when what they present runs out: no command tells. It
// takes a SIP worker for a moment, hence off by default. It sends no SIP.
type certificates struct {
	rpc  caller
	dial dialFunc
	// host is where listeners on all addresses are reached: the machine of Kamailio's control socket.
	host string
}

// dialFunc connects, as net.Dialer does.
type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// Name is that of the collector in its flag and in its outcome: certificates.
func (certificates) Name() string { return "certificates" }

// Scrape looks up the listeners that speak TLS, and takes the certificate of each by a handshake.
func (c certificates) Scrape(ctx context.Context, b *emit.Batch) error {
	all, err := readListeners(ctx, c.rpc)
	if err != nil {
		return err
	}
	var secure []listener
	for _, l := range all {
		if l.protocol == "tls" {
			secure = append(secure, l)
		}
	}
	if len(secure) == 0 {
		return exporter.Disabled(errors.New("kamailio has no TLS listener"))
	}
	if more := len(secure) - maxHandshakes; more > 0 {
		b.BeyondLimit(more)
		secure = secure[:maxHandshakes]
	}
	chains, errs := make([][]*x509.Certificate, len(secure)), make([]error, len(secure))
	var handshakes sync.WaitGroup
	for i, l := range secure {
		handshakes.Go(func() { chains[i], errs[i] = c.present(ctx, l) })
	}
	handshakes.Wait()
	for i, chain := range chains {
		for _, certificate := range chain {
			b.Add(metric.KamailioCertificateExpiry, float64(certificate.NotAfter.Unix()), secure[i].String(), subjectOf(certificate))
		}
	}
	return errors.Join(errs...)
}

// present returns the certificates that a listener presents.
func (c certificates) present(ctx context.Context, l listener) ([]*x509.Certificate, error) {
	ctx, cancel := context.WithTimeout(ctx, handshakeTimeout)
	defer cancel()
	address := l.address.String()
	if l.address.Addr().IsUnspecified() {
		address = net.JoinHostPort(c.host, strconv.Itoa(int(l.address.Port())))
	}
	conn, err := c.dial(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("certificate of %s: %w", l, err)
	}
	defer conn.Close()
	var chain []*x509.Certificate
	client := tls.Client(conn, &tls.Config{
		InsecureSkipVerify: true,             //nolint:gosec // nothing is sent: the end of a certificate that nobody trusts is wanted, too
		MinVersion:         tls.VersionTLS10, //nolint:gosec // likewise for a listener that speaks nothing newer
		VerifyConnection:   func(s tls.ConnectionState) error { chain = s.PeerCertificates; return nil },
	})
	err = client.HandshakeContext(ctx)
	if err != nil && len(chain) == 0 { // with a chain it has only asked for a certificate of ours afterwards
		return nil, fmt.Errorf("certificate of %s: handshake: %w", l, err)
	}
	return chain, nil
}

// subjectOf names a certificate by its common name or, as is the fashion without one, its first DNS name.
func subjectOf(c *x509.Certificate) string {
	if c.Subject.CommonName == "" && len(c.DNSNames) > 0 {
		return c.DNSNames[0]
	}
	return c.Subject.CommonName
}
