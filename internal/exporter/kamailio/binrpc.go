package kamailio

import (
	"context"
	"errors"
	"strconv"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/protocol/binrpc"
)

// binrpcClient is the part of the BINRPC client that is used.
type binrpcClient interface {
	Call(ctx context.Context, method string, args ...any) ([]binrpc.Value, error)
}

// binrpcCaller asks over the ctl module's BINRPC.
type binrpcCaller struct{ client binrpcClient }

func (c binrpcCaller) call(ctx context.Context, method string, args ...any) (reply, error) {
	records, err := c.client.Call(ctx, method, args...)
	var fault *binrpc.Fault
	var decode *binrpc.DecodeError
	switch {
	case errors.As(err, &fault):
		return reply{}, (&refusal{code: fault.Code, reason: fault.Reason, err: err}).outcome(method)
	case errors.As(err, &decode):
		return reply{}, exporter.Failed(exporter.OutcomeDecode, err)
	case err != nil:
		return reply{}, err
	}
	return fromRecords(records), nil
}

// fromRecords makes one answer of all records. A single text is a list of one: so come the statistics of a Kamailio that
// has only one.
func fromRecords(records []binrpc.Value) reply {
	if len(records) == 1 && records[0].Kind() != binrpc.String {
		return fromBINRPC(records[0])
	}
	list := reply{items: make([]reply, len(records))}
	for i, r := range records {
		list.items[i] = fromBINRPC(r)
	}
	return list
}

// unset is what the ctl module writes for a text that is not set; over JSON-RPC it is null.
const unset = "<null string>"

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
	if v.Text() == unset {
		return reply{scalar: true}
	}
	return reply{scalar: true, text: v.Text()}
}
