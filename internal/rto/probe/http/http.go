// Package http probes a critical path over HTTP as a customer who comes for the first time: a connection of its own for each probe, the
// certificate verified, the body looked at, the region read from a header. It refuses to go where another host redirects it to, to use a
// proxy of the environment, to read without bound, and to repeat in a result what the server wrote.
package http

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/probe"
)

// Prober probes one path. It holds no connection between probes.
type Prober struct {
	Config
}

var _ probe.Prober = (*Prober)(nil)

// New checks the configuration. Its error names the path and holds no URL and no credentials.
func New(c Config) (*Prober, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	if c.Limit == 0 {
		c.Limit = defaultLimit
	}
	return &Prober{c}, nil
}

// Probe makes the steps on one connection, where the server lets it, which is closed after them.
func (p *Prober) Probe(ctx context.Context) rto.ProbeResult {
	ctx, cancel := probe.Bounded(ctx)
	defer cancel()
	return p.Run(func() probe.Finding { return p.steps(ctx) })
}

func (p *Prober) steps(ctx context.Context) probe.Finding {
	transport := p.transport()
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, CheckRedirect: p.redirect}
	nonce := rand.Text()
	var found probe.Finding
	for i, s := range p.Steps {
		f := p.step(ctx, client, s, nonce)
		if i > 0 && f.Grade == rto.NoAnswer {
			f.Grade = rto.Answered // an earlier step was
		}
		if f.Outcome != rto.OK || f.Grade < rto.Accepted {
			return f
		}
		if i > 0 && f.Region != found.Region {
			f.Region, f.Detail = "", "several regions answered"
			return f
		}
		found = f
	}
	found.Grade = max(rto.Accepted, p.Want)
	return found
}

// transport is made anew for each probe, so that none goes over a connection that an earlier one left to a server which is no longer the
// one that customers reach.
func (p *Prober) transport() *http.Transport {
	config := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: p.Roots, ServerName: p.ServerName, Certificates: p.Certificates, Time: p.Verify}
	return &http.Transport{
		DialContext: new(net.Dialer).DialContext, TLSClientConfig: config, DisableCompression: true,
		MaxResponseHeaderBytes: p.Limit, MaxConnsPerHost: 1,
	}
}

func (p *Prober) redirect(req *http.Request, via []*http.Request) error {
	if len(via) > p.Redirects || req.URL.Host != via[0].URL.Host || req.URL.Scheme != via[0].URL.Scheme {
		return http.ErrUseLastResponse
	}
	return nil
}

// step makes one request. An answer, good or not, is outcome OK.
func (p *Prober) step(ctx context.Context, client *http.Client, s Step, nonce string) probe.Finding {
	req, err := s.request(ctx, nonce)
	if err != nil {
		return probe.Finding{Outcome: rto.Denied, Detail: "the credentials cannot be read"}
	}
	res, err := client.Do(req)
	if err != nil {
		return failed(ctx, err)
	}
	defer res.Body.Close()
	f := probe.Finding{Outcome: rto.OK, Grade: rto.Answered, Code: res.StatusCode, Region: res.Header.Get(p.RegionHeader)}
	body, err := io.ReadAll(io.LimitReader(res.Body, p.Limit))
	switch {
	case err != nil:
		f.Outcome, f.Detail = probe.OutcomeOf(ctx, err), "the body broke off"
	case !s.good(res.StatusCode):
		f.Detail = fmt.Sprintf("status %d is not a good one", res.StatusCode)
	case s.Match != nil && !s.Match.Match(body), !strings.Contains(string(body), strings.ReplaceAll(s.Holds, Nonce, nonce)):
		f.Detail = "the body lacks what it must have"
	default:
		f.Grade = rto.Accepted
	}
	return f
}

func (s Step) request(ctx context.Context, nonce string) (*http.Request, error) {
	with := func(text string) string { return strings.ReplaceAll(text, Nonce, nonce) }
	req, err := http.NewRequestWithContext(ctx, s.method(), with(s.URL), strings.NewReader(with(s.Body)))
	if err != nil {
		return nil, err
	}
	for name, values := range s.Header {
		req.Header[http.CanonicalHeaderKey(name)] = slices.Clone(values)
	}
	if req.Header.Get("User-Agent") == "" {
		req.Header.Set("User-Agent", "voipbin-tracker-probe")
	}
	if host := req.Header.Get("Host"); host != "" {
		req.Host = host
	}
	if s.Authorize != nil {
		return req, s.Authorize(req)
	}
	return req, nil
}

func (s Step) good(status int) bool {
	if len(s.Status) == 0 {
		return status >= 200 && status < 300
	}
	return slices.Contains(s.Status, status)
}

// failed says why no answer came.
func failed(ctx context.Context, err error) probe.Finding {
	var (
		distrust  *tls.CertificateVerificationError
		handshake tls.RecordHeaderError
		alert     tls.AlertError
		name      *net.DNSError
	)
	switch {
	case errors.As(err, &distrust):
		return probe.Finding{Outcome: rto.Broken, Detail: "the certificate is not to be trusted: " + whyNot(distrust)}
	case errors.As(err, &handshake), errors.As(err, &alert), errors.Is(err, http.ErrSchemeMismatch):
		return probe.Finding{Outcome: rto.Broken, Detail: "the TLS handshake failed"}
	case errors.As(err, &name) && ctx.Err() == nil:
		return probe.Finding{Outcome: rto.Broken, Detail: "the name does not resolve"}
	case strings.Contains(err.Error(), "malformed HTTP"), strings.Contains(err.Error(), "server response headers exceeded"):
		return probe.Finding{Outcome: rto.Malformed, Detail: "what came is no HTTP"}
	}
	return probe.Failed(ctx, "request", err)
}

// whyNot names the usual reasons in our own words, for the error has names that the peer chose.
func whyNot(err error) string {
	var (
		invalid x509.CertificateInvalidError
		host    x509.HostnameError
		unknown x509.UnknownAuthorityError
	)
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "it is expired or not yet valid"
	case errors.As(err, &host):
		return "it is for another name"
	case errors.As(err, &unknown):
		return "its issuer is unknown"
	}
	return "it is invalid"
}
