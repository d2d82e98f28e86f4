package kamailio

import (
	"context"
	"errors"
	"strings"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/protocol/jsonrpc"
)

// jsonrpcClient is the part of the JSON-RPC client that is used.
type jsonrpcClient interface {
	Call(ctx context.Context, method string, args ...any) (jsonrpc.Value, error)
}

// jsonrpcCaller asks over the jsonrpcs module's HTTP.
type jsonrpcCaller struct{ client jsonrpcClient }

func (c jsonrpcCaller) call(ctx context.Context, method string, args ...any) (reply, error) {
	result, err := c.client.Call(ctx, method, args...)
	var fault *jsonrpc.Fault
	var decode *jsonrpc.DecodeError
	switch {
	case errors.As(err, &fault):
		return reply{}, (&refusal{code: fault.Code, reason: fault.Reason, err: err}).outcome(method)
	case errors.As(err, &decode):
		return reply{}, exporter.Failed(exporter.OutcomeDecode, err)
	case err != nil:
		return reply{}, err
	}
	return fromJSONRPC(result), nil
}

// fromJSONRPC gives the shape that BINRPC's answers have: truth is 1 or 0, a text that is not set is empty. Texts are
// copied, since those that become label values outlive the reply.
func fromJSONRPC(v jsonrpc.Value) reply {
	switch v.Kind() {
	case jsonrpc.Object:
		r := reply{members: make([]replyMember, len(v.Members()))}
		for i, m := range v.Members() {
			r.members[i] = replyMember{name: m.Name, value: fromJSONRPC(m.Value)}
		}
		return r
	case jsonrpc.Array:
		r := reply{items: make([]reply, len(v.Items()))}
		for i, item := range v.Items() {
			r.items[i] = fromJSONRPC(item)
		}
		return r
	case jsonrpc.Bool:
		if v.Bool() {
			return reply{scalar: true, text: "1"}
		}
		return reply{scalar: true, text: "0"}
	case jsonrpc.Number:
		return reply{scalar: true, text: strings.Clone(string(v.Number()))}
	}
	return reply{scalar: true, text: strings.Clone(v.Text())}
}
