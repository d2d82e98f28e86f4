package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"time"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/mysql"
	"github.com/voipbin/observability/internal/rto/probe"
	"github.com/voipbin/observability/internal/rto/probe/dns"
	httpprobe "github.com/voipbin/observability/internal/rto/probe/http"
	"github.com/voipbin/observability/internal/rto/probe/rabbit"
	"github.com/voipbin/observability/internal/rto/probe/redis"
	sipadapter "github.com/voipbin/observability/internal/rto/probe/sip"
	"github.com/voipbin/observability/internal/rto/probe/sql"
	"github.com/voipbin/observability/internal/secretfile"
	"github.com/voipbin/observability/internal/sipprobe"
	"github.com/voipbin/observability/internal/tracker"
)

// parts are what looks at servers and paths, made of the configuration.
type parts struct {
	now     func() rto.Instant
	vantage string
	logger  *slog.Logger
	pulse   *probe.Pulse
	// prometheus is the base URL of the server that has providers' metrics.
	prometheus string
	lags       []*providerLag
	sip        map[string]*sipprobe.Prober // by the DNS server that they ask

	stores  []tracker.StoreWatch
	stocks  []tracker.StockWatch
	paths   []tracker.PathWatch
	pairs   []examination
	closers []func() error
}

// wire makes the parts; it dials nothing.
func wire(c tracker.Config, now func() rto.Instant, logger *slog.Logger) (*parts, error) {
	p := &parts{now: now, vantage: c.Vantage, logger: logger, pulse: probe.NewPulse(now), prometheus: c.Alerts.Prometheus, sip: map[string]*sipprobe.Prober{}}
	for _, s := range c.Stores {
		if err := p.store(s); err != nil {
			return nil, errors.Join(err, p.close())
		}
	}
	for _, s := range c.Stocks {
		if err := p.stock(s); err != nil {
			return nil, errors.Join(err, p.close())
		}
	}
	for _, path := range c.Paths {
		prober, err := p.path(path)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("path %s: %w", path.Name, err), p.close())
		}
		p.paths = append(p.paths, tracker.PathWatch{Path: path.Path, Prober: prober})
	}
	return p, nil
}

// close lets all connections go.
func (p *parts) close() error {
	var all error
	for _, c := range p.closers {
		all = errors.Join(all, c())
	}
	p.closers = nil
	return all
}

// password reads a password where one is configured.
func password(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	return secretfile.Read(file, "password file")
}

func (p *parts) store(s tracker.StoreConfig) error {
	source, err := p.sampler(s, s.Source)
	if err != nil {
		return err
	}
	w := tracker.StoreWatch{
		Name: s.Name, Server: s.Source.Name, Source: source, Replicas: map[string]tracker.Replica{}, Interval: s.Interval, Timeout: s.Timeout,
	}
	for _, r := range s.Replicas {
		replica, err := p.sampler(s, r)
		if err != nil {
			return err
		}
		if w.Replicas[r.Name], err = p.compared(r, replica); err != nil {
			return err
		}
		if err := p.examined(s, r); err != nil {
			return err
		}
	}
	if s.Canary != nil {
		if w.Canary, err = p.canary(s); err != nil {
			return err
		}
		w.CanaryName = s.Canary.Name
	}
	p.stores = append(p.stores, w)
	return nil
}

// examined remembers a pair for the doctor, who has connections of his own: an examination takes longer than a look, and must not be in its way.
func (p *parts) examined(s tracker.StoreConfig, r tracker.ServerConfig) error {
	slow := s
	slow.Timeout = tracker.SlowLook
	source, err := p.sampler(slow, s.Source)
	if err != nil {
		return err
	}
	replica, err := p.sampler(slow, r)
	if err != nil {
		return err
	}
	p.pairs = append(p.pairs, examination{store: s.Name, source: s.Source.Name, replica: r.Name, sourceSampler: source, replicaSampler: replica})
	return nil
}

func (p *parts) sampler(s tracker.StoreConfig, c tracker.ServerConfig) (*mysql.Sampler, error) {
	secret, err := password(c.PasswordFile)
	if err != nil {
		return nil, fmt.Errorf("server %s: %w", c.Name, err)
	}
	account := mysql.Account{Address: c.Address, User: c.User, Password: secret}
	sampler, err := mysql.New(account, p.now, mysql.Options{Store: s.Name, Name: c.Name, Channel: c.Channel, Heartbeat: c.Heartbeat, Limit: s.Timeout})
	if err != nil {
		return nil, fmt.Errorf("server %s: %w", c.Name, err)
	}
	p.closers = append(p.closers, sampler.Close)
	return sampler, nil
}

func (p *parts) path(c tracker.PathConfig) (tracker.Prober, error) {
	target := probe.Target{Path: c.Name, Vantage: p.vantage, Want: c.Want, Region: c.Region, Now: p.now, Held: p.pulse.Held}
	switch c.Kind {
	case "http":
		step := httpprobe.Step{URL: c.URL, Holds: c.Contains}
		return httpprobe.New(httpprobe.Config{Target: target, Steps: []httpprobe.Step{step}, RegionHeader: c.RegionHeader})
	case "dns":
		return dns.New(dnsConfig(target, c))
	case "sip":
		return p.sipPath(target, c)
	case "sql":
		return p.sqlPath(target, c)
	case "redis":
		return closing(p, func() (*redis.Prober, error) {
			return redis.New(redis.Config{Target: target, Server: redis.Server{Address: c.Address, Credentials: account(c.User, c.PasswordFile)}, RegionKey: c.RegionKey})
		})
	case "rabbitmq":
		return closing(p, func() (*rabbit.Prober, error) {
			return rabbit.New(rabbit.Config{Target: target, Broker: rabbit.Broker{Address: c.Address, Credentials: account(c.User, c.PasswordFile)}, Regions: c.Identities})
		})
	}
	return nil, fmt.Errorf("a path of kind %s cannot be probed", c.Kind)
}

// account reads a password whenever a connection is made, so that a new one counts from then on; nil is no account.
func account(user, file string) func(context.Context) (string, string, error) {
	if user == "" && file == "" {
		return nil
	}
	return func(context.Context) (string, string, error) {
		secret, err := password(file)
		return user, secret, err
	}
}

// closer is a prober or stock with a connection.
type closer interface{ Close() error }

// closing makes something and has it closed with the parts.
func closing[T closer](p *parts, make func() (T, error)) (T, error) {
	made, err := make()
	if err == nil {
		p.closers = append(p.closers, made.Close)
	}
	return made, err
}

// stock is a store of which nothing is replicated.
func (p *parts) stock(c tracker.StockConfig) error {
	w := tracker.StockWatch{Name: c.Name, Interval: c.Interval, Timeout: c.Timeout}
	var err error
	switch c.System {
	case "redis":
		w.Stock, err = closing(p, func() (*redis.Stock, error) {
			return redis.NewStock(redis.StockConfig{Store: c.Name, Node: c.Name, Server: redis.Server{Address: c.Address, Credentials: account(c.User, c.PasswordFile)}, Kinds: c.Kinds, Now: p.now})
		})
	case "rabbitmq":
		w.Stock, err = closing(p, func() (*rabbit.Stock, error) {
			return rabbit.NewStock(rabbit.StockConfig{Store: c.Name, Node: c.Name, URL: c.Address, Credentials: account(c.User, c.PasswordFile), Now: p.now})
		})
	}
	if err != nil {
		return err
	}
	p.stocks = append(p.stocks, w)
	return nil
}

// sqlPath writes a row of the tracker's own and reads it back.
func (p *parts) sqlPath(target probe.Target, c tracker.PathConfig) (tracker.Prober, error) {
	secret, err := password(c.PasswordFile)
	if err != nil {
		return nil, err
	}
	account := mysql.Account{Address: c.Address, User: c.User, Password: secret}
	canary, err := mysql.NewCanary(account, p.now, mysql.CanaryOptions{Store: c.Name, Vantage: p.vantage, Limit: c.Timeout})
	if err != nil {
		return nil, err
	}
	p.closers = append(p.closers, canary.Close)
	return sql.New(sql.Config{Target: target, Regions: c.Identities, Canary: func(ctx context.Context) sql.Answer {
		w := canary.Write(ctx)
		return sql.Answer{Outcome: w.Outcome, Server: w.Server, Read: w.ReadBack, ReadBack: w.ReadBack}
	}})
}

func dnsConfig(target probe.Target, c tracker.PathConfig) dns.Config {
	out := dns.Config{Target: target, Name: c.Query, Type: dns.Type(c.Type)}
	for _, s := range c.Servers {
		out.Servers = append(out.Servers, dns.Server{Address: s.Address, Authoritative: s.Authoritative})
	}
	for _, pl := range c.Places {
		out.Places = append(out.Places, dns.Place{Region: pl.Region, Prefixes: pl.Networks, Names: pl.Names})
	}
	return out
}

func (p *parts) sipPath(target probe.Target, c tracker.PathConfig) (tracker.Prober, error) {
	sip, ok := p.sip[c.Resolver]
	if !ok {
		sip = sipprobe.New(sipprobe.Config{Now: func() time.Time { return p.now().Time() }, Resolver: c.Resolver})
		p.sip[c.Resolver] = sip
		p.closers = append(p.closers, sip.Close)
	}
	host, port, err := net.SplitHostPort(c.Address)
	if err != nil {
		return nil, err
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, err
	}
	pr := sipprobe.Probe{
		Method: sipprobe.Method(orOPTIONS(c.Method)), Transport: sipprobe.Transport(orUDP(c.Transport)), Host: host, Port: uint16(number), Domain: c.Domain, User: c.Extension,
		TLS: sipprobe.TLSOptions{SkipVerify: c.Insecure},
	}
	if c.User != "" {
		pr.Account = sipprobe.Account{Username: c.User, Password: func() (string, error) { return password(c.PasswordFile) }}
	}
	return sipadapter.New(sipadapter.Config{Target: target, Probe: pr, RegionHeader: c.RegionHeader}, sip)
}

func orOPTIONS(m string) string {
	if m == "" {
		return string(sipprobe.Options)
	}
	return m
}

func orUDP(t string) string {
	if t == "" {
		return string(sipprobe.UDP)
	}
	return t
}
