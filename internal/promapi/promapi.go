// Package promapi reads a server that speaks Prometheus' HTTP API: queries, targets and alerts, in small types of our own. It refuses to
// write anything and to read an answer without a bound.
//
// The API is documented at https://prometheus.io/docs/prometheus/latest/querying/api/.
package promapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/config"
	"github.com/prometheus/common/model"
)

// The bounds of one answer. The largest that we ask for, a year of one series at five-minute steps, has 105 121 points.
const (
	maxBody   = 32 << 20
	maxSeries = 20_000
)

// ErrTooLarge is wrapped by the error for an answer beyond the bounds: narrow the query.
var ErrTooLarge = errors.New("answer too large")

// Client reads one server. It is safe for concurrent use.
type Client struct {
	base string
	http *http.Client
	api  v1.API
}

// New is a client for the server at base, such as "http://127.0.0.1:9090". Calls are bounded by their contexts alone.
func New(base string) (*Client, error) {
	return open(base, http.DefaultTransport.(*http.Transport).Clone())
}

// Open is New with TLS and credentials from a file, in the form that promtool and amtool take as --http.config.file: basic_auth,
// authorization, oauth2, tls_config, proxy_url and so on. Names of files in it are relative to it. An empty name is New.
func Open(base, httpConfigFile string) (*Client, error) {
	if httpConfigFile == "" {
		return New(base)
	}
	transport, err := Transport(httpConfigFile)
	if err != nil {
		return nil, err
	}
	return open(base, transport)
}

// Transport is what Open reaches servers by.
func Transport(httpConfigFile string) (http.RoundTripper, error) {
	text, err := os.ReadFile(httpConfigFile)
	if err != nil {
		return nil, fmt.Errorf("http configuration: %w", err)
	}
	c, err := config.LoadHTTPConfig(string(text))
	if err != nil {
		// The decoder quotes what it does not understand, which may be a password.
		return nil, fmt.Errorf("%s: no HTTP client configuration: write it as for promtool's --http.config.file", httpConfigFile)
	}
	c.SetDirectory(filepath.Dir(httpConfigFile))
	transport, err := roundTripper(*c)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", httpConfigFile, err)
	}
	return transport, nil
}

func open(base string, transport http.RoundTripper) (*Client, error) {
	h := &http.Client{Transport: bounded{transport}}
	c, err := api.NewClient(api.Config{Address: base, Client: h})
	if err != nil {
		return nil, fmt.Errorf("prometheus address %q: %w", base, err)
	}
	return &Client{base: strings.TrimSuffix(base, "/"), http: h, api: v1.NewAPI(c)}, nil
}

// Ready is nil once the server has loaded its data and takes queries.
func (c *Client) Ready(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+"/-/ready", nil)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("prometheus: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("prometheus is not ready: %s", resp.Status)
	}
	return nil
}

// Labels are a series' labels; the metric's name, if it has one, is under "__name__".
type Labels map[string]string

// Point is a value at a time.
type Point struct {
	Time  time.Time
	Value float64
}

// Sample is one series' value in the answer to an instant query.
type Sample struct {
	Labels Labels
	Point
}

// Series is one series in the answer to a range query.
type Series struct {
	Labels Labels
	Points []Point
}

// Query evaluates expr at a time, the server's own for the zero value. A scalar comes as one sample without labels. No series is no
// error.
func (c *Client) Query(ctx context.Context, expr string, at time.Time) ([]Sample, error) {
	value, warnings, _, err := c.api.Query(ctx, expr, at)
	if err = cmp.Or(err, whole(warnings)); err != nil {
		return nil, queryError(expr, err)
	}
	switch v := value.(type) {
	case model.Vector:
		if len(v) > maxSeries {
			return nil, queryError(expr, tooMany(len(v)))
		}
		samples := make([]Sample, len(v))
		for i, s := range v {
			samples[i] = Sample{Labels: labels(s.Metric), Point: point(s.Timestamp, s.Value)}
		}
		return samples, nil
	case *model.Scalar:
		return []Sample{{Labels: Labels{}, Point: point(v.Timestamp, v.Value)}}, nil
	}
	return nil, queryError(expr, fmt.Errorf("want a vector or a scalar, got a %s", value.Type()))
}

// Range evaluates expr at each step from start to end, both included.
func (c *Client) Range(ctx context.Context, expr string, start, end time.Time, step time.Duration) ([]Series, error) {
	value, warnings, _, err := c.api.QueryRange(ctx, expr, v1.Range{Start: start, End: end, Step: step})
	if err = cmp.Or(err, whole(warnings)); err != nil {
		return nil, queryError(expr, err)
	}
	matrix, ok := value.(model.Matrix)
	if !ok {
		return nil, queryError(expr, fmt.Errorf("want a matrix, got a %s", value.Type()))
	}
	if len(matrix) > maxSeries {
		return nil, queryError(expr, tooMany(len(matrix)))
	}
	all := make([]Series, len(matrix))
	for i, stream := range matrix {
		all[i] = Series{Labels: labels(stream.Metric), Points: make([]Point, len(stream.Values))}
		for k, v := range stream.Values {
			all[i].Points[k] = point(v.Timestamp, v.Value)
		}
	}
	return all, nil
}

func tooMany(n int) error { return fmt.Errorf("%w: %d series, at most %d", ErrTooLarge, n, maxSeries) }

func point(t model.Time, v model.SampleValue) Point { return Point{Time: t.Time(), Value: float64(v)} }

func labels(m model.Metric) Labels {
	l := make(Labels, len(m))
	for name, value := range m {
		l[string(name)] = string(value)
	}
	return l
}

// queryError names the query. The library's error for a bad query has the server's explanation in it.
func queryError(expr string, err error) error { return fmt.Errorf("query %q: %w", expr, err) }

// bounded refuses to read more than maxBody of any answer.
type bounded struct{ next http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (b bounded) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(wanting(req))
	if err != nil {
		return nil, err
	}
	resp.Body = &limitedBody{body: resp.Body, left: maxBody}
	return resp, nil
}

// CloseIdleConnections lets the client close connections it does not use.
func (b bounded) CloseIdleConnections() {
	if next, ok := b.next.(interface{ CloseIdleConnections() }); ok {
		next.CloseIdleConnections()
	}
}

type limitedBody struct {
	body io.ReadCloser
	left int64
}

// Read reads on, and fails with ErrTooLarge once more has come than an answer may have.
func (l *limitedBody) Read(p []byte) (int, error) {
	n, err := l.body.Read(p)
	l.left -= int64(n)
	if l.left < 0 {
		return 0, fmt.Errorf("%w: more than %d MB", ErrTooLarge, maxBody>>20)
	}
	return n, err
}

// Close closes the body.
func (l *limitedBody) Close() error { return l.body.Close() }
