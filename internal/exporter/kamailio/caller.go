package kamailio

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/voipbin/observability/internal/exporter"
)

var (
	errNothingListed = errors.New("kamailio listed nothing")
	errNoFlags       = errors.New("uac.reg_dump: a registration without flags")
	errNoRecords     = errors.New("dispatcher.list: no sets in the answer")
	errNoUptime      = errors.New("core.uptime: no uptime in the answer")
)

// caller asks Kamailio one question. Its errors carry the outcome that they mean for a collector.
type caller interface {
	call(ctx context.Context, method string, args ...any) (reply, error)
}

// refusal is Kamailio's own error for a call, whichever transport brought it.
type refusal struct {
	code   int
	reason string
	err    error
}

// Error is the transport's message about the refusal.
func (r *refusal) Error() string { return r.err.Error() }

// Unwrap returns the transport's error.
func (r *refusal) Unwrap() error { return r.err }

// outcome says what a refusal means for a collector. A command that is unknown, in the words of either transport, belongs to a module that is not loaded.
func (r *refusal) outcome(method string) error {
	binary := strings.HasPrefix(r.reason, "command ") && strings.HasSuffix(r.reason, " not found")
	if binary || strings.EqualFold(r.reason, "Method Not Found") {
		return exporter.Absent(fmt.Errorf("kamailio has no command %s: its module is not loaded", method))
	}
	return exporter.Failed(exporter.OutcomeFault, r)
}

// isRefusal reports whether Kamailio answered with an error that says this, in whatever case.
func isRefusal(err error, text string) bool {
	var r *refusal
	return errors.As(err, &r) && strings.Contains(strings.ToLower(r.reason), strings.ToLower(text))
}

// withoutTCP says of an answer about TCP whether it is that there is none: "tcp support disabled" in 5.6 and 6.1.
func withoutTCP(err error) error {
	if isRefusal(err, "tcp support disabled") {
		return exporter.Disabled(errors.New("kamailio runs without TCP (disable_tcp)"))
	}
	return err
}

// outOfRoom reports whether the answer did not fit into a BINRPC reply: 32 KB in all and 8 KB for each level of a
// structure (ctl module). Kamailio 5.4 to 6.1 refuse with 500 "Internal error creating ..." or "Internal error ...
// structure" then.
func outOfRoom(err error) bool { return isRefusal(err, "Internal error") }

// widened asks over BINRPC, which occupies no SIP worker, and over JSON-RPC what has no room there.
type widened struct {
	caller
	wide caller
}

func (w widened) call(ctx context.Context, method string, args ...any) (reply, error) {
	answer, err := w.caller.call(ctx, method, args...)
	if !outOfRoom(err) {
		return answer, err
	}
	return w.wide.call(ctx, method, args...)
}
