package platform

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
)

// maxMessage bounds what the CI posts, in bytes.
const maxMessage = 4096

// Receiver takes what the CI posts about deployments and hands it to the target that it names by the parameter target, which it may leave
// out where there is one only. A message wants the target's token as "Authorization: Bearer".
type Receiver struct {
	mu      sync.Mutex
	targets map[string]*deploys
}

// NewReceiver returns a receiver without targets.
func NewReceiver() *Receiver { return &Receiver{targets: map[string]*deploys{}} }

// open begins to hand messages to a target; one of the same name that is about to end takes no more.
func (r *Receiver) open(d *deploys) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.targets[d.Name] = d
}

// close ends it, unless another target has taken its name.
func (r *Receiver) close(d *deploys) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.targets[d.Name] == d {
		delete(r.targets, d.Name)
	}
}

// target is the one that a message is for.
func (r *Receiver) target(name string) *deploys {
	r.mu.Lock()
	defer r.mu.Unlock()
	if name == "" && len(r.targets) == 1 {
		for _, d := range r.targets {
			return d
		}
	}
	return r.targets[name]
}

// ServeHTTP takes one message and answers 204, or in one line what is wrong with it. Who has no token learns nothing of targets.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	d := r.target(req.URL.Query().Get("target"))
	if !d.allows(req.Header.Get("Authorization")) {
		http.Error(w, "token refused, or no such target", http.StatusUnauthorized)
		return
	}
	m, err := decodeDeployment(http.MaxBytesReader(w, req.Body, maxMessage))
	if err == nil {
		err = m.check(d.Now())
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	switch err := d.take(m); {
	case errors.Is(err, errTooMany):
		http.Error(w, err.Error(), http.StatusInsufficientStorage)
	case err != nil:
		d.log().Error("deployment not kept", "target", d.Name, "service", m.Service, "err", err)
		http.Error(w, "not kept, see the exporter's log", http.StatusInternalServerError)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

func (d *deploys) log() *slog.Logger {
	if d.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return d.Logger
}

// allows reports whether the header holds the token, in a time that does not depend on how much of it is right.
func (d *deploys) allows(header string) bool {
	given, bearer := strings.CutPrefix(header, "Bearer ")
	if d == nil || !bearer {
		return false
	}
	token, err := d.Credentials.Password()
	if err != nil {
		d.log().Error("token cannot be read", "target", d.Name, "err", err)
		return false
	}
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(token))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// decodeDeployment reads one object and nothing after it.
func decodeDeployment(r io.Reader) (deployment, error) {
	var m deployment
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&m); err != nil {
		return m, fmt.Errorf("want an object with service and version, and result and at if you like, of %d bytes at most", maxMessage)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return m, errors.New("want one object and nothing after it")
	}
	return m, nil
}
