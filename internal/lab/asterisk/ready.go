package asterisk

import (
	"context"
	"time"

	"github.com/voipbin/observability/internal/lab/sipp"
	"github.com/voipbin/observability/internal/protocol/ami"
)

// askWithin bounds one look; a login and FullyBooted take a millisecond (measured, 22.10).
const askWithin = time.Second

// Connect logs in as Admin, with events of class system only.
func (c Config) Connect(ctx context.Context) (*ami.Conn, error) {
	address, err := ami.ParseAddress(c.AMI())
	if err != nil {
		return nil, err
	}
	return ami.Dial(ctx, address, ami.Options{Username: Admin, Secret: Secret, Events: "system"})
}

// Ready is nil once Asterisk has said that all its modules are loaded and, where it has SIP, has answered an OPTIONS: the manager takes
// logins before either.
func (c Config) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	conn, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.WaitBooted(ctx); err != nil || !c.hasSIP() {
		return err
	}
	return sipp.Ping(ctx, c.SIP())
}

func (c Config) hasSIP() bool {
	for _, m := range c.Without {
		if m == "res_pjsip.so" || m == "chan_pjsip.so" {
			return false
		}
	}
	return true
}

// Version is what Asterisk says it is, such as 22.10.1.
func (c Config) Version(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	conn, err := c.Connect(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	answer, err := conn.Do(ctx, ami.NewAction("CoreSettings"))
	return answer.Response.Get("AsteriskVersion"), err
}
