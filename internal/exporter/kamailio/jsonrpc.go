package kamailio

import (
	"context"
	"errors"
	"strings"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/protocol/binrpc"
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
func fromJSONRPC(v jsonrpc.Value) reply { return reply{binrpcOf(v)} }

func binrpcOf(v jsonrpc.Value) binrpc.Value {
	switch v.Kind() {
	case jsonrpc.Object:
		members := make([]binrpc.Member, len(v.Members()))
		for i, m := range v.Members() {
			members[i] = binrpc.Member{Name: m.Name, Value: binrpcOf(m.Value)}
		}
		return binrpc.Adopt(binrpc.Struct, members)
	case jsonrpc.Array:
		items := make([]binrpc.Member, len(v.Items()))
		for i, item := range v.Items() {
			items[i].Value = binrpcOf(item)
		}
		return binrpc.Adopt(binrpc.Array, items)
	case jsonrpc.Bool:
		if v.Bool() {
			return binrpc.StringOf("1")
		}
		return binrpc.StringOf("0")
	case jsonrpc.Number:
		return binrpc.StringOf(strings.Clone(string(v.Number())))
	}
	return binrpc.StringOf(strings.Clone(v.Text()))
}
