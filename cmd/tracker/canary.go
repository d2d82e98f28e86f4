package main

import (
	"context"
	"fmt"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/mysql"
	"github.com/voipbin/observability/internal/tracker"
)

// storeCanary is the canary of a store. It is looked for on a replica with the account that wrote it, which replicates as everything does.
type storeCanary struct {
	writer    *mysql.Canary
	survivors map[string]mysql.Account // by the replica's name
}

// canary makes the canary of a store that has one.
func (p *parts) canary(s tracker.StoreConfig) (tracker.Canary, error) {
	secret, err := password(s.Canary.PasswordFile)
	if err != nil {
		return nil, fmt.Errorf("canary of store %s: %w", s.Name, err)
	}
	at := func(address string) mysql.Account {
		return mysql.Account{Address: address, User: s.Canary.User, Password: secret}
	}
	c := storeCanary{survivors: map[string]mysql.Account{}}
	for _, r := range s.Replicas {
		c.survivors[r.Name] = at(r.Address)
	}
	c.writer, err = mysql.NewCanary(at(s.Canary.Address), p.now, mysql.CanaryOptions{Store: s.Name, Vantage: p.vantage, Limit: s.Timeout})
	if err != nil {
		return nil, fmt.Errorf("canary of store %s: %w", s.Name, err)
	}
	p.closers = append(p.closers, c.writer.Close)
	return c, nil
}

// Write writes one row.
func (c storeCanary) Write(ctx context.Context) rto.Outcome { return c.writer.Write(ctx).Outcome }

// Compare looks for the rows on a replica.
func (c storeCanary) Compare(ctx context.Context, replica string, until rto.Instant) (rto.Canaries, error) {
	survivor, ok := c.survivors[replica]
	if !ok {
		return rto.Canaries{}, fmt.Errorf("canary: no replica %q is configured", replica)
	}
	return c.writer.Compare(ctx, survivor, until)
}
