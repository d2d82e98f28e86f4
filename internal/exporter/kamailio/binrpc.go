package kamailio

import (
	"context"
	"errors"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/protocol/binrpc"
)

// binrpcClient is the part of the BINRPC client that is used.
type binrpcClient interface {
	CallList(ctx context.Context, method string, args ...any) (binrpc.Value, error)
}

// binrpcCaller asks over the ctl module's BINRPC.
type binrpcCaller struct{ client binrpcClient }

func (c binrpcCaller) call(ctx context.Context, method string, args ...any) (reply, error) {
	records, err := c.client.CallList(ctx, method, args...)
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

// fromRecords makes one answer of all records, which come as an array. A single text is a list of one: so come the statistics of a
// Kamailio that has only one.
func fromRecords(records binrpc.Value) reply {
	if list := records.Members(); len(list) == 1 && list[0].Value.Kind() != binrpc.String {
		return reply{list[0].Value}
	}
	return reply{records}
}
