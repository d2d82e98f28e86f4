package platform

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/voipbin/observability/internal/exporter"
)

// web asks HTTP servers, one connection at a time, and follows no redirection: credentials must not go elsewhere.
type web struct {
	client      *http.Client
	credentials exporter.Credentials
}

func newWeb(c exporter.Credentials) *web {
	return &web{
		credentials: c,
		client: &http.Client{
			Transport:     &http.Transport{DialContext: new(net.Dialer).DialContext, MaxConnsPerHost: 1, IdleConnTimeout: time.Minute},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

func (w *web) close() error {
	w.client.CloseIdleConnections()
	return nil
}

// ask sends one request and returns the header and the body of an answer with status 200, of which limit bytes are read at most. A user
// name makes the password one of HTTP's basic authentication, without one it is a bearer token.
func (w *web) ask(ctx context.Context, method, url string, limit int64) (http.Header, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return nil, nil, errors.New("the address makes no request")
	}
	password, err := w.credentials.Password()
	if err != nil {
		return nil, nil, exporter.Failed(exporter.OutcomeFault, err)
	}
	switch {
	case w.credentials.Username != "":
		req.SetBasicAuth(w.credentials.Username, password)
	case password != "":
		req.Header.Set("Authorization", "Bearer "+password)
	}
	resp, err := w.client.Do(req)
	if err != nil {
		return nil, nil, withoutURL(err)
	}
	defer func() { _ = resp.Body.Close() }() // nothing was written
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	switch {
	case err != nil:
		return nil, nil, withoutURL(err)
	case resp.StatusCode != http.StatusOK:
		return nil, nil, &statusError{resp.StatusCode}
	case int64(len(body)) > limit:
		return nil, nil, exporter.Failed(exporter.OutcomeDecode, fmt.Errorf("the answer is larger than %d bytes", limit))
	}
	return resp.Header, body, nil
}

// statusError is an answer with another status than 200.
type statusError struct{ status int }

// Error is one line, without the answer.
func (e *statusError) Error() string {
	return fmt.Sprintf("the answer is %d %s", e.status, http.StatusText(e.status))
}

// withoutURL takes the URL out of an error: that of a bucket may hold a signature.
func withoutURL(err error) error {
	var u interface{ Unwrap() error }
	if errors.As(err, &u) {
		if inner := u.Unwrap(); inner != nil {
			return inner
		}
	}
	return err
}

// answered marks an answer with a status that tells of a fault; anything else stays as it is.
func answered(err error) error {
	var s *statusError
	if errors.As(err, &s) {
		return exporter.Failed(exporter.OutcomeFault, err)
	}
	return err
}
