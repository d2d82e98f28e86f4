package tracker

import (
	"net/netip"
	"time"

	"github.com/voipbin/observability/internal/rto"
)

// Config is the tracker's own configuration file: where servers, paths and alerts are, and who may change something. What is promised stands in
// the spec.
type Config struct {
	// Vantage is this tracker's name in the spec.
	Vantage string
	// Data is the folder of the evidence.
	Data      string
	Stores    []StoreConfig
	Stocks    []StockConfig
	Paths     []PathConfig
	Stability rto.Stability
	Alerts    AlertConfig
	// Objectives is where error budgets are recorded; without an address none are shown.
	Objectives ObjectivesConfig
	Operators  []Operator
	Hooks      map[string]Hook
	// Looks is for how long every look is kept in the evidence; 0 for ever. Drills, and hours and days of everything, are kept for ever.
	Looks time.Duration
}

// ServerConfig is how one database server is reached. It takes an account that may do almost nothing: see docs/recovery.md.
type ServerConfig struct {
	Name         string
	Address      string
	User         string
	PasswordFile string
	Channel      string
	Heartbeat    string // schema.table, empty where there is none
	// ProviderLag is an expression for the provider's own metric of this replica's lag, asked of Alerts.Prometheus; empty for none.
	ProviderLag string
}

// StoreConfig is a replicated store of the spec.
type StoreConfig struct {
	Name     string
	Interval time.Duration
	Timeout  time.Duration
	Source   ServerConfig
	Replicas []ServerConfig
	// Canary writes to the source; nil writes nothing.
	Canary *ServerConfig
}

// StockConfig is a store of the spec that is not replicated.
type StockConfig struct {
	Name         string
	System       string // of the spec
	Address      string // host:port of Redis, base URL of RabbitMQ's management
	User         string
	PasswordFile string
	Interval     time.Duration
	Timeout      time.Duration
	// Kinds are patterns of Redis keys by what each such key stands for, such as calls.
	Kinds map[string]string
}

// PathConfig is a critical path.
type PathConfig struct {
	rto.Path
	Kind string // http, dns, sip, sql, redis or rabbitmq
	// URL of http, Address host:port of the others.
	URL, Address string
	// RegionHeader is the header of HTTP or SIP that tells who answered.
	RegionHeader string
	// Contains is what the body must hold (http).
	Contains string
	// Query and Type are what the Servers of dns are asked for; Places say by what an answer points to a region.
	Query, Type string
	Servers     []NameServer
	Places      []Place
	// Transport and Method of sip: udp, tcp or tls; OPTIONS, REGISTER or INVITE. Extension is who is called.
	Transport, Method, Extension, Domain string
	User, PasswordFile                   string
	// Resolver is host:port of the DNS server that the name in Address is asked of (sip); empty is what the host asks.
	Resolver string
	// RegionKey is the key in which each region's Redis has the region's name.
	RegionKey string
	// Identities say in which region a server is, by its server_uuid (MySQL), server_id (MariaDB) or cluster's name (RabbitMQ).
	Identities map[string]string
	Insecure   bool // certificates are not checked
}

// NameServer is one DNS server.
type NameServer struct {
	Address       string
	Authoritative bool
}

// Place is a region and what answers that point to it hold: networks such as 10.2.0.0/16, or names.
type Place struct {
	Region   string
	Networks []netip.Prefix
	Names    []string
}

// AlertConfig is where alerts come from.
type AlertConfig struct {
	Alertmanager string // base URL, empty for none
	Prometheus   string // base URL, empty for none
	// WebhookTokenFile holds the token that Alertmanager sends along.
	WebhookTokenFile string
	Expected         []rto.ExpectedAlert
	// Mute are label matchers that a drill silences, by label and value.
	Mute map[string]string
	Poll time.Duration
}

// Operator is a person or program that may change something, known by a token of their own, so that every change has an author.
type Operator struct {
	Name      string
	TokenFile string
	// ReadOnly operators see what is not public and change nothing.
	ReadOnly bool
}

// ObjectivesConfig is where the records of error budgets are read: any server with Prometheus' HTTP API.
type ObjectivesConfig struct {
	Prometheus string // base URL
	// HTTPConfigFile has TLS and credentials in the form of promtool's --http.config.file; empty for none.
	HTTPConfigFile string
	// QueryPage is where readers see what a query finds, as objectives.query_page has it; empty for the server's own, as Prometheus has it.
	QueryPage string
	Interval  time.Duration
}
