package kamailio

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/lab/sipp"
	"github.com/voipbin/observability/internal/protocol/binrpc"
)

// askWithin bounds one question; an answer takes a tenth of a millisecond (measured, 5.6.3).
const askWithin = time.Second

// Ready asks over both of its interfaces, and is nil once a worker has answered on each.
func (c Config) Ready(ctx context.Context) error {
	if _, err := c.Version(ctx); err != nil {
		return err
	}
	return sipp.Ping(ctx, c.SIP())
}

// Version is what Kamailio says it is, such as "kamailio 5.6.3 (x86_64/linux)".
func (c Config) Version(ctx context.Context) (string, error) {
	addr, err := binrpc.ParseAddress(c.Unix())
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	client := binrpc.NewClient(addr, binrpc.Options{})
	reply, err := client.Call(ctx, "core.version")
	if err := errors.Join(err, client.Close()); err != nil {
		return "", err
	}
	if len(reply) != 1 {
		return "", fmt.Errorf("core.version: want one value, got %d", len(reply))
	}
	return strings.TrimSpace(reply[0].Text()), nil
}
