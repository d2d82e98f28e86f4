package kamailio

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/protocol/binrpc"
)

var (
	errNothingListed = errors.New("kamailio listed nothing")
	errNoUptime      = errors.New("core.uptime: no uptime in the answer")
)

// caller asks Kamailio one question. Its errors carry the outcome that they mean for a collector.
type caller interface {
	call(ctx context.Context, method string, args ...any) (reply, error)
}

// binrpcClient is the part of the BINRPC client that is used.
type binrpcClient interface {
	Call(ctx context.Context, method string, args ...any) ([]binrpc.Value, error)
}

// binrpcCaller asks over the ctl module's BINRPC.
type binrpcCaller struct{ client binrpcClient }

func (c binrpcCaller) call(ctx context.Context, method string, args ...any) (reply, error) {
	records, err := c.client.Call(ctx, method, args...)
	if err != nil {
		return reply{}, binrpcOutcome(method, err)
	}
	if len(records) == 1 && records[0].Kind() != binrpc.String {
		return fromBINRPC(records[0]), nil
	}
	list := reply{items: make([]reply, len(records))}
	for i, r := range records {
		list.items[i] = fromBINRPC(r)
	}
	return list, nil
}

// binrpcOutcome says what an error of the client means. Kamailio answers an unknown command with fault 500 "command X not
// found": the module that has it is not loaded.
func binrpcOutcome(method string, err error) error {
	var fault *binrpc.Fault
	var decode *binrpc.DecodeError
	switch {
	case errors.As(err, &fault) && strings.HasPrefix(fault.Reason, "command ") && strings.HasSuffix(fault.Reason, " not found"):
		return exporter.Absent(fmt.Errorf("kamailio has no command %s: its module is not loaded", method))
	case errors.As(err, &fault):
		return exporter.Failed("fault", fmt.Errorf("%s: %w", method, err))
	case errors.As(err, &decode):
		return exporter.Failed("decode", fmt.Errorf("%s: %w", method, err))
	}
	return fmt.Errorf("%s: %w", method, err)
}

// isFault reports whether Kamailio answered with an error.
func isFault(err error) bool {
	var fault *binrpc.Fault
	return errors.As(err, &fault)
}

// isFaultText reports whether Kamailio answered with an error that says this.
func isFaultText(err error, text string) bool {
	var fault *binrpc.Fault
	return errors.As(err, &fault) && strings.Contains(fault.Reason, text)
}

// fromBINRPC keeps numbers as text, integers read as signed: none of the fields in use outgrows 31 bits.
func fromBINRPC(v binrpc.Value) reply {
	switch v.Kind() {
	case binrpc.Struct:
		r := reply{members: make([]replyMember, len(v.Members()))}
		for i, m := range v.Members() {
			r.members[i] = replyMember{name: m.Name, value: fromBINRPC(m.Value)}
		}
		return r
	case binrpc.Array:
		r := reply{items: make([]reply, len(v.Members()))}
		for i, m := range v.Members() {
			r.items[i] = fromBINRPC(m.Value)
		}
		return r
	case binrpc.Int:
		return reply{scalar: true, text: strconv.FormatInt(v.Int(), 10)}
	case binrpc.Double:
		return reply{scalar: true, text: strconv.FormatFloat(v.Float(), 'f', -1, 64)}
	}
	return reply{scalar: true, text: v.Text()}
}
