package promapi

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"sync/atomic"

	"github.com/prometheus/common/config"
)

// certificateAsked tells a caller that the server wants to see a client's certificate and was shown none. What the server's refusal looks
// like is left to chance: in TLS 1.3 the client is done before the server has judged it (RFC 8446 section 4.4.2.4 and appendix E.1), so
// that its alert, a reset, or an HTTP/2 connection that "could not be established" is what arrives. That it asked is certain.
type certificateAsked struct {
	next  http.RoundTripper
	asked *atomic.Bool
}

// RoundTrip implements http.RoundTripper.
func (c certificateAsked) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := c.next.RoundTrip(r)
	if err != nil && c.asked.Load() {
		return nil, fmt.Errorf("the server asks for a client's certificate and none is configured: name cert_file and key_file under tls_config: %w", err)
	}
	return answer, err
}

// showNone notes in asked that a server wanted a certificate, where the configuration has none to show.
func showNone(tlsConfig *tls.Config, asked *atomic.Bool) {
	if tlsConfig.GetClientCertificate != nil {
		return
	}
	tlsConfig.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		asked.Store(true)
		return &tls.Certificate{}, nil
	}
}

// roundTripper is what c says, with an error that names a certificate where one is missing.
func roundTripper(c config.HTTPClientConfig) (http.RoundTripper, error) {
	asked := &atomic.Bool{}
	made := func(ctx context.Context, t *config.TLSConfig, options ...config.TLSConfigOption) (*tls.Config, error) {
		tlsConfig, err := config.NewTLSConfigWithContext(ctx, t, options...)
		if err != nil {
			return nil, err
		}
		showNone(tlsConfig, asked)
		return tlsConfig, nil
	}
	next, err := config.NewRoundTripperFromConfig(c, "tracker", config.WithNewTLSConfigFunc(made))
	if err != nil {
		return nil, err
	}
	return certificateAsked{next, asked}, nil
}
