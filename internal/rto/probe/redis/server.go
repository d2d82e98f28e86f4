// Package redis asks a Redis: as a customer, by a key that is set and read back, and as an auditor, for all that would be lost with it. It
// refuses to touch keys that are not its own, to walk a keyspace without bound, and to put a key's name, a value or a server's words into
// what it returns.
package redis

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"time"

	client "github.com/redis/go-redis/v9"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/probe"
)

// Server is one Redis and who asks it.
type Server struct {
	// Address is host:port.
	Address string
	// Credentials are asked for whenever a connection is made, so that they live nowhere else; nil is none. The error must not hold them.
	Credentials func(context.Context) (username, password string, err error)
	// TLS is nil for none.
	TLS *tls.Config
	// DB is the number of the database.
	DB int
}

// dialTimeout ends an attempt to connect whose asker is gone already.
const dialTimeout = 3 * time.Second

// connect returns a client that connects when first used and keeps its connection. It never repeats a command: a probe that only works
// the second time has failed.
func (s Server) connect() *client.Client {
	return client.NewClient(&client.Options{
		Addr: s.Address, CredentialsProviderContext: s.Credentials, TLSConfig: s.TLS, DB: s.DB, Protocol: 2, DisableIdentity: true,
		MaxRetries: -1, DialerRetries: 1, DialTimeout: dialTimeout, ReadTimeout: time.Minute, WriteTimeout: time.Minute, // less by the context
		ContextTimeoutEnabled: true, PoolSize: 2, PipelinePoolSize: -1, PoolTimeout: time.Minute,
	})
}

func (s Server) check() error {
	if host, port, err := net.SplitHostPort(s.Address); err != nil || host == "" || port == "" {
		return errors.New("redis: want host:port as the address")
	}
	return nil
}

// outcomeOf sorts an error of the client. A reply of Redis that is an error is its refusal.
func outcomeOf(ctx context.Context, err error) rto.Outcome {
	var reply client.Error
	switch {
	case err == nil:
		return rto.OK
	case errors.As(err, &reply):
		return rto.Denied
	case errors.Is(err, client.ErrPoolTimeout):
		return rto.TimedOut
	case strings.HasPrefix(err.Error(), "redis: can't parse"), strings.HasPrefix(err.Error(), "redis: invalid reply"), errors.Is(err, bufio.ErrBufferFull):
		return rto.Malformed
	}
	return probe.OutcomeOf(ctx, err)
}

// refusal names the usual reasons by the error's code, which is Redis' own word and no data.
func refusal(err error) string {
	code, _, _ := strings.Cut(err.Error(), " ")
	switch code {
	case "NOAUTH", "WRONGPASS", "NOPERM":
		return "the account was refused"
	case "READONLY":
		return "it is a replica that takes no writes"
	case "LOADING":
		return "it still loads its data"
	case "MASTERDOWN", "CLUSTERDOWN":
		return "it has lost its master"
	case "OOM", "MISCONF", "NOREPLICAS":
		return "it takes no writes"
	case "BUSY":
		return "it is busy with a script"
	}
	return "it refused"
}

// info is a part of what INFO says.
type info map[string]string

// maxInfo bounds how much of an INFO reply is looked at, in bytes.
const maxInfo = 64 << 10

// ask asks for sections of INFO, one at a time because older servers take one only.
func ask(ctx context.Context, c *client.Client, sections ...string) (info, error) {
	all := info{}
	for _, s := range sections {
		text, err := c.Info(ctx, s).Result()
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(text[:min(len(text), maxInfo)]) {
			if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok && !strings.HasPrefix(name, "#") {
				all[name] = value
			}
		}
	}
	return all, nil
}

// role is the role in today's words; empty if it is none that is known.
func (i info) role() string {
	switch i["role"] {
	case "master":
		return "master"
	case "slave", "replica":
		return "replica"
	}
	return ""
}
