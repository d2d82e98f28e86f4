package grafana

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// The bounds of one exchange with a server.
const (
	maxAnswer   = 32 << 20 // bytes; boards of a few MB are known
	tries       = 5
	firstPause  = 500 * time.Millisecond
	longestWait = time.Minute // that a server may ask for
)

// StatusError is an answer that is no success.
type StatusError struct {
	// Code is the HTTP status.
	Code int
	// Message is what Grafana says, and Status its word for it, such as version-mismatch; both empty for answers that are not Grafana's.
	Message, Status string
}

// Error is the status, and Grafana's own words where it has any.
func (e *StatusError) Error() string {
	text := fmt.Sprintf("%d %s", e.Code, http.StatusText(e.Code))
	switch {
	case e.Message != "":
		text += ": " + e.Message
	case e.Code >= http.StatusInternalServerError:
		text += ", without a word of Grafana's: a proxy, perhaps"
	}
	return text
}

// transport adds the token, tries again what may pass, and turns an answer that is no success into an error, so that nobody takes it for one.
// What a server says beyond Grafana's own message is not repeated: it may be anything.
type transport struct {
	next  http.RoundTripper
	token string
	host  string // that the token is for
	limit time.Duration
	sleep func(context.Context, time.Duration) error
	now   func() time.Time
}

// RoundTrip implements http.RoundTripper. It reads the whole answer.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Host != t.host {
		return nil, fmt.Errorf("the server leads to %s: give that address", req.URL.Host)
	}
	pause := firstPause
	for n := 1; ; n++ {
		resp, err := t.once(req)
		wait, again := t.again(resp, err, pause)
		if !again || n == tries || req.Context().Err() != nil {
			return finished(resp, err)
		}
		if wait > longestWait {
			return nil, fmt.Errorf("the server asks to come back in %s: %w", wait.Round(time.Second), statusOf(resp))
		}
		if err := t.sleep(req.Context(), wait); err != nil {
			return nil, err
		}
		pause *= 2
	}
}

// answer is a response that was read whole.
type answer struct {
	*http.Response
	body []byte
}

// once sends the request once. A request's body can be sent again: the client made it from memory.
func (t *transport) once(req *http.Request) (*answer, error) {
	ctx, cancel := context.WithTimeout(req.Context(), t.limit)
	defer cancel()
	r := req.Clone(ctx)
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return nil, err
		}
		r.Body = body
	}
	r.Header.Set("User-Agent", "obsgen")
	if t.token != "" {
		r.Header.Set("Authorization", "Bearer "+t.token)
	}
	resp, err := t.next.RoundTrip(r)
	if err != nil {
		if errors.Is(ctx.Err(), context.DeadlineExceeded) && req.Context().Err() == nil {
			err = fmt.Errorf("no answer within %s", t.limit)
		}
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	err = errors.Join(err, resp.Body.Close())
	switch {
	case err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) && req.Context().Err() == nil:
		return nil, fmt.Errorf("no whole answer within %s", t.limit)
	case err != nil:
		return nil, fmt.Errorf("the answer was cut: %w", err)
	case len(body) > maxAnswer:
		return nil, fmt.Errorf("the answer has more than %d MB", maxAnswer>>20)
	}
	return &answer{resp, body}, nil
}

// again says whether to try once more, and after which pause: an answer that was lost, a proxy that has no server, a server that is busy.
func (t *transport) again(a *answer, err error, pause time.Duration) (time.Duration, bool) {
	if err != nil {
		return pause, true
	}
	switch a.StatusCode {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
	default:
		return 0, false
	}
	asked := a.Header.Get("Retry-After") // RFC 9110, 10.2.3: seconds, or a date
	if seconds, err := strconv.Atoi(asked); err == nil && seconds >= 0 {
		return time.Duration(seconds) * time.Second, true
	}
	if at, err := http.ParseTime(asked); err == nil {
		return max(at.Sub(t.now()), 0), true
	}
	return pause, true
}

// finished hands an answer on: a success with its body, anything else as an error.
func finished(a *answer, err error) (*http.Response, error) {
	if err != nil {
		return nil, err
	}
	if a.StatusCode < 200 || a.StatusCode > 299 {
		return nil, statusOf(a)
	}
	a.Body = io.NopCloser(strings.NewReader(string(a.body)))
	return a.Response, nil
}

// statusOf reads Grafana's error, of which message and status are optional.
func statusOf(a *answer) error {
	if a == nil {
		return errors.New("no answer")
	}
	if location := a.Header.Get("Location"); a.StatusCode >= 300 && a.StatusCode < 400 && location != "" {
		if u, err := url.Parse(location); err == nil {
			return fmt.Errorf("the server leads to %s://%s%s: give the address that it is at", u.Scheme, u.Host, u.Path)
		}
	}
	var said struct {
		Message string `json:"message"`
		Status  string `json:"status"`
	}
	_ = json.Unmarshal(a.body, &said) // a page of a proxy says nothing that could be told
	const most = 200
	if len(said.Message) > most {
		said.Message = said.Message[:most] + "..."
	}
	return &StatusError{Code: a.StatusCode, Message: strings.Join(strings.Fields(said.Message), " "), Status: said.Status}
}

// code is the HTTP status of an error, 0 for none.
func code(err error) int {
	var s *StatusError
	if errors.As(err, &s) {
		return s.Code
	}
	return 0
}

// plainError takes away what net/http puts around an error: method and address are said by the caller.
func plainError(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
