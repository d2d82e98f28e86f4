package http

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/probe"
)

// Nonce is replaced, in a step's URL, body and Holds, by a value that no other probe has.
const Nonce = "{nonce}"

// defaultLimit and maxLimit bound how much of a body is read, in bytes.
const (
	defaultLimit = 64 << 10
	maxLimit     = 8 << 20
)

// Config is one critical path over HTTP.
type Config struct {
	probe.Target
	// Steps are made one after the other; the first that is not good ends the probe. A good probe has the grade wanted, so say what they
	// prove: Accepted takes any good answer, Registered one with a body to look for, Served a write and a later step that reads it back.
	Steps []Step
	// RegionHeader is the header of the answers that names the region; all steps must agree.
	RegionHeader string
	// Roots sign the server's certificate; nil are those of the host. ServerName is the name that it must bear; "" is the URL's.
	Roots      *x509.CertPool
	ServerName string
	// Certificates are shown to a server that asks for one.
	Certificates []tls.Certificate
	// Redirects is how many are followed, to the same host only: the answer of a redirector proves nothing of what it points to.
	Redirects int
	// Limit is how many bytes of a body are read: 64 KiB if 0, 8 MiB at most.
	Limit int64
	// Verify tells the time by which certificates are judged; nil is the host's clock.
	Verify func() time.Time
}

// Step is one request and what makes its answer a good one.
type Step struct {
	// Method is GET if empty.
	Method string
	URL    string
	Header http.Header
	Body   string
	// Authorize adds credentials, which so live nowhere else; nil adds none. Its error must not hold them.
	Authorize func(*http.Request) error
	// Status lists the good codes; empty is any 2xx.
	Status []int
	// Match has to match the body, Holds to be in it; nil and empty take any.
	Match *regexp.Regexp
	Holds string
}

func (c Config) validate() error {
	if err := c.Check(rto.Served); err != nil {
		return err
	}
	if len(c.Steps) == 0 {
		return fmt.Errorf("path %s: no request", c.Path)
	}
	if c.Limit < 0 || c.Limit > maxLimit || c.Redirects < 0 || c.Redirects > 10 {
		return fmt.Errorf("path %s: want at most %d bytes of a body and 10 redirects", c.Path, maxLimit)
	}
	if c.Region != "" && c.RegionHeader == "" {
		return fmt.Errorf("path %s: a region is wanted, but no header names it", c.Path)
	}
	for i, s := range c.Steps {
		u, err := url.Parse(strings.ReplaceAll(s.URL, Nonce, "0"))
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			return fmt.Errorf("path %s: request %d: want an http or https URL", c.Path, i+1) // the URL itself may hold a secret
		}
		if u.User != nil {
			return fmt.Errorf("path %s: request %d: credentials do not belong into a URL", c.Path, i+1)
		}
	}
	return c.proves()
}

// proves checks that the steps can show what is wanted of them.
func (c Config) proves() error {
	reads, writes, back := false, false, false
	for _, s := range c.Steps {
		if writes && s.Holds != "" && strings.Contains(s.Holds, Nonce) {
			back = true
		}
		reads = reads || s.Match != nil || s.Holds != ""
		writes = writes || (s.method() != http.MethodGet && strings.Contains(s.URL+s.Body, Nonce))
	}
	switch {
	case c.Want == rto.Registered && !reads:
		return fmt.Errorf("path %s: grade %d needs a body to look for: an empty page is served without any state", c.Path, c.Want)
	case c.Want == rto.Served && !back:
		return fmt.Errorf("path %s: grade %d needs a request that writes %s and a later one whose answer holds it", c.Path, c.Want, Nonce)
	}
	return nil
}

func (s Step) method() string {
	if s.Method == "" {
		return http.MethodGet
	}
	return s.Method
}
