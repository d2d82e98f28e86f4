package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The bounds of the control interface.
const (
	controlWithin = 30 * time.Second // mending a fault may start a daemon
	maxAnswer     = 1 << 16
)

// Control lets other processes of the same user look at a laboratory and change it: HTTP on a unix socket in the run folder, which only
// its owner can open.
type Control struct {
	server localServer
	down   chan struct{}
}

// The servers whose addresses a laboratory tells to other programs.
const (
	WherePrometheus   = "prometheus"
	WhereAlertmanager = "alertmanager"
)

// StartControl listens for commands.
func (l *Lab) StartControl() (*Control, error) {
	path := filepath.Join(l.run.folder.Sockets, controlName)
	listener, err := net.Listen("unix", path) //nolint:noctx // does not block
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	c := &Control{down: make(chan struct{}, 1)}
	c.server = serveLocal(listener, c.routes(l))
	l.run.onClose(c.server.close)
	return c, nil
}

// Down tells that somebody asked for the end.
func (c *Control) Down() <-chan struct{} { return c.down }

// routes are the commands. A handler returns what to print, or why not.
func (c *Control) routes(l *Lab) http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, h func(*http.Request) (string, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			text, err := h(r)
			if err != nil {
				http.Error(w, err.Error(), http.StatusUnprocessableEntity)
				return
			}
			_, _ = io.WriteString(w, text) // the asker is gone: nobody to tell
		})
	}
	handle("GET /status", func(r *http.Request) (string, error) {
		s, err := l.Summary(r.Context())
		return fmt.Sprintf("up for %v\n%s%s", l.Age(), l.Places(), s.Screen()), err
	})
	handle("GET /where/{name}", func(r *http.Request) (string, error) {
		name := r.PathValue("name")
		url, ok := map[string]string{WherePrometheus: l.PrometheusURL, WhereAlertmanager: l.AlertmanagerURL}[name]
		if !ok {
			return "", fmt.Errorf("no server %q: there are %s and %s", name, WherePrometheus, WhereAlertmanager)
		}
		return url + "\n", nil
	})
	handle("POST /load", func(r *http.Request) (string, error) {
		leg, err := legOf(r.URL.Query())
		if err != nil {
			return "", err
		}
		_, err = l.StartCalls(r.Context(), []Leg{leg})
		return fmt.Sprintf("calling %s\n", leg.User), err
	})
	handle("POST /fault/{name}", func(r *http.Request) (string, error) {
		name, mend := r.PathValue("name"), r.URL.Query().Has("mend")
		return map[bool]string{true: "mended ", false: "injected "}[mend] + name + "\n", l.Break(r.Context(), name, mend)
	})
	handle("POST /down", func(*http.Request) (string, error) {
		select {
		case c.down <- struct{}{}:
		default: // asked for already
		}
		return "stopping\n", nil
	})
	return mux
}

// legOf reads the parameters of a load command.
func legOf(q url.Values) (Leg, error) {
	rate, rateErr := strconv.ParseFloat(q.Get("rate"), 64)
	calls, callsErr := strconv.Atoi(q.Get("calls"))
	hold, holdErr := time.ParseDuration(q.Get("hold"))
	if err := errors.Join(rateErr, callsErr, holdErr); err != nil {
		return Leg{}, err
	}
	if !(rate >= 0.001 && rate <= 1000) { // refuses NaN as well
		return Leg{}, fmt.Errorf("rate %v: want 0.001 to 1000 calls per second", rate)
	}
	if calls < 0 || hold < 0 {
		return Leg{}, errors.New("calls and hold cannot be negative")
	}
	return Leg{User: q.Get("user"), Rate: rate, Calls: calls, Hold: hold}, nil
}

// Command sends a command to a running laboratory below dir: the one whose run folder has the number, or the first that answers for 0.
// It returns what the laboratory says.
func Command(ctx context.Context, dir string, number int, method, path string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, controlWithin)
	defer cancel()
	sockets := controlSockets(dir)
	for _, n := range slices.Sorted(maps.Keys(sockets)) {
		if number != 0 && number != n {
			continue
		}
		text, err := ask(ctx, sockets[n], method, path)
		var op *net.OpError
		if errors.As(err, &op) && op.Op == "dial" { // a socket that a killed laboratory left
			continue
		}
		return text, err
	}
	if number != 0 {
		return "", fmt.Errorf("run %d below %s is not running", number, dir)
	}
	return "", fmt.Errorf("no laboratory is running below %s: start one with \"lab up\"", dir)
}

func ask(ctx context.Context, socket, method, path string) (string, error) {
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", socket)
		},
	}}
	req, err := http.NewRequestWithContext(ctx, method, "http://lab"+path, nil)
	if err != nil {
		return "", err
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusOK {
		return "", errors.New(strings.TrimSpace(string(text)))
	}
	return string(text), nil
}
