// Package platform says what of the platform around the telephony is asked, counted or received, and which metric family each becomes:
// RabbitMQ's queues and policies, classes of keys in a Redis, the age of backups, and deployments. It changes nothing on any server, reads no
// message, no value and no backup, puts no name of a key into a label, and leaves out what it was not told.
package platform

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
)

// AddressHelp says which forms an address has.
const AddressHelp = "What to observe: rabbitmq://host:15672 or rabbitmqs:// for the management interface of RabbitMQ, redis://host:6379 or rediss://, " +
	"backup:/folder or backup:/file, backup+https://host/path for a file or, ending in / or with a query, the listing of a bucket, deploys:/file for what the CI posts to /deploys."

// The kinds of targets, which are the schemes of addresses.
const (
	kindRabbit  = "rabbitmq"
	kindRedis   = "redis"
	kindBackup  = "backup"
	kindDeploys = "deploys"
)

// Options say what to observe, and how.
type Options struct {
	// Name is the target's in logs, and for the CI.
	Name string
	// Address has one of the forms of AddressHelp.
	Address     string
	Credentials exporter.Credentials
	// Collectors are the names of those that run; see Collectors. Those that the address has none of are passed over.
	Collectors []string
	Module     Module
	Receiver   *Receiver
	Logger     *slog.Logger
	Now        func() time.Time
}

// Collectors lists the collectors. Which of them a target has depends on its address.
func Collectors() []exporter.CollectorInfo {
	return []exporter.CollectorInfo{
		{Name: "rabbitmq", Help: "nodes, partitions, queues and messages of a RabbitMQ", Default: true},
		{Name: "mirrors", Help: "mirrors and members of queues that are missing or behind", Default: true},
		{Name: "policies", Help: "policies of a RabbitMQ, whether they take effect, and queues without one", Default: true},
		{Name: "delayed", Help: "messages held back by delayed exchanges", Default: true},
		{Name: "redis", Help: "keys, memory and time to live by class of keys of a Redis", Default: true},
		{Name: "backup", Help: "age and size of the newest backup", Default: true},
		{Name: "deploys", Help: "deployments that the CI told of", Default: true},
	}
}

// NewTarget returns what is at an address, ready to be scraped. It connects to nothing yet.
func NewTarget(o Options) (*exporter.Target, error) {
	kind, u, err := parseAddress(o.Address)
	if err != nil {
		return nil, err
	}
	switch kind {
	case kindRabbit:
		return newRabbit(o, u)
	case kindRedis:
		return newSampler(o, u)
	case kindBackup:
		return newBackup(o, u)
	}
	return newDeploys(o, u)
}

// AlwaysOn reports whether a target works between scrapes: the sampler of a Redis, and the receiver of deployments.
func AlwaysOn(address string) bool {
	kind, _, err := parseAddress(address)
	return err == nil && (kind == kindRedis || kind == kindDeploys)
}

// parseAddress finds the kind of an address and checks its form.
func parseAddress(address string) (string, *url.URL, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", nil, errors.New("an address is a URL such as rabbitmq://host:15672 or backup:/folder")
	}
	host := func(kind, port string) (string, *url.URL, error) {
		if u.Hostname() == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil {
			return "", nil, fmt.Errorf("an address of this kind is %s://host:%s, without more", u.Scheme, port)
		}
		if u.Port() == "" {
			u.Host = net.JoinHostPort(u.Hostname(), port)
		}
		_, text, err := net.SplitHostPort(u.Host)
		if n, bad := strconv.ParseUint(text, 10, 16); err != nil || bad != nil || n == 0 {
			return "", nil, errors.New("the port is not a number from 1 to 65535, or an IPv6 address is not in brackets")
		}
		return kind, u, nil
	}
	switch u.Scheme {
	case "rabbitmq", "rabbitmqs":
		return host(kindRabbit, "15672")
	case "redis", "rediss":
		return host(kindRedis, "6379")
	case "backup", "deploys":
		if !strings.HasPrefix(u.Path, "/") || u.Host != "" || u.RawQuery != "" {
			return "", nil, fmt.Errorf("an address of this kind is %s:/path, with the whole path", u.Scheme)
		}
		return u.Scheme, u, nil
	case "backup+http", "backup+https":
		if u.Host == "" || u.User != nil {
			return "", nil, errors.New("an address of this kind is backup+https://host/path, without credentials")
		}
		u.Scheme = strings.TrimPrefix(u.Scheme, "backup+")
		return kindBackup, u, nil
	}
	return "", nil, fmt.Errorf("scheme %q is not known: take rabbitmq, rabbitmqs, redis, rediss, backup, backup+http, backup+https or deploys", u.Scheme)
}

// pick keeps those scrapers that are switched on.
func pick(all []exporter.Scraper, names []string) []exporter.Scraper {
	return slices.DeleteFunc(all, func(s exporter.Scraper) bool { return !slices.Contains(names, s.Name()) })
}

// part is a scraper made of a function.
type part struct {
	name   string
	scrape func(ctx context.Context, b *emit.Batch) error
}

// Name is the collector's name.
func (p part) Name() string { return p.name }

// Scrape adds what the function knows.
func (p part) Scrape(ctx context.Context, b *emit.Batch) error { return p.scrape(ctx, b) }
