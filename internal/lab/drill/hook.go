package drill

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/sipprobe"
)

// hookWithin bounds a hook's request and what it asks for.
const hookWithin = 25 * time.Second

// serveHook lets the tracker's hook reach the laboratory, which alone may change its databases: POST /promote on loopback. It returns the address.
func (d *Drill) serveHook() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // does not block
	if err != nil {
		return "", err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /promote", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), hookWithin)
		defer cancel()
		if err := d.pair.Promote(ctx, true); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_, _ = io.WriteString(w, "the relay log is drained, the replica takes writes\n") // the asker is gone: nobody to tell
	})
	server := &http.Server{Handler: mux, ReadHeaderTimeout: askWithin}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l) // ends by Close
	}()
	d.onClose(func() error {
		err := server.Close()
		<-done
		return err
	})
	return "http://" + l.Addr().String() + "/promote", nil
}

// Hook is the tracker's hook: it asks a laboratory at an address to do a step, and returns what it says.
func Hook(ctx context.Context, address string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, hookWithin)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, nil)
	if err != nil {
		return "", err
	}
	answer, err := (&http.Client{Timeout: hookWithin}).Do(req)
	if err != nil {
		return "", fmt.Errorf("ask the laboratory: %w", err)
	}
	defer func() { _ = answer.Body.Close() }() // it was read
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<16))
	if err != nil {
		return "", fmt.Errorf("ask the laboratory: %w", err)
	}
	if answer.StatusCode != http.StatusOK {
		return "", errors.New(strings.TrimSpace(string(text)))
	}
	return string(text), nil
}

// regionRule wants an answer from a region.
func regionRule(region string) sipprobe.HeaderRule {
	return sipprobe.HeaderRule{Name: "X-Region", Match: regexp.MustCompile(`^\s*` + regexp.QuoteMeta(region) + `\s*$`)}
}
