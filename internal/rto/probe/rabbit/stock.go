package rabbit

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/probe"
)

// StockConfig is a RabbitMQ whose messages would be lost with its region.
type StockConfig struct {
	// Store and Node name it in samples.
	Store, Node string
	// URL is that of the management interface, such as http://host:15672.
	URL string
	// Credentials need the tag monitoring; they are asked for at each look. The error must not hold them.
	Credentials func(context.Context) (username, password string, err error)
	TLS         *tls.Config
	// MaxQueues is how many queues are read at most; 0 is 5,000. Beyond, the counts say "at least".
	MaxQueues int
	Now       func() rto.Instant
}

// The bounds of one look: queues a page (the interface's own limit is 500), and bytes a page.
const (
	pageSize         = 500
	pageBytes        = 8 << 20
	defaultMaxQueues = 5000
)

// columns are what is read of a queue; without them a page is ten times as long.
const columns = "messages_ready,messages_unacknowledged,head_message_timestamp,slave_nodes,synchronised_slave_nodes,effective_policy_definition,members,online"

// Stock looks at one RabbitMQ. The numbers are those of its own statistics, which are up to five seconds old unless configured otherwise
// (collect_statistics_interval).
type Stock struct {
	StockConfig
	http *http.Client
}

// NewStock checks the configuration and does not connect yet.
func NewStock(c StockConfig) (*Stock, error) {
	u, err := url.Parse(c.URL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil {
		return nil, fmt.Errorf("store %s: rabbitmq: want an http or https URL without credentials", c.Store)
	}
	if c.Store == "" || c.Now == nil || c.Credentials == nil || c.MaxQueues < 0 {
		return nil, errors.New("rabbitmq: a stock needs a name, a clock and an account, and a bound that is not negative")
	}
	if c.MaxQueues == 0 {
		c.MaxQueues = defaultMaxQueues
	}
	c.URL = strings.TrimSuffix(c.URL, "/")
	transport := &http.Transport{DialContext: new(net.Dialer).DialContext, TLSClientConfig: c.TLS, MaxConnsPerHost: 1, IdleConnTimeout: time.Minute}
	refuse := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Stock{c, &http.Client{Transport: transport, CheckRedirect: refuse}}, nil
}

// Close lets the connection go.
func (s *Stock) Close() error {
	s.http.CloseIdleConnections()
	return nil
}

// Look counts what would be lost now. What could not be read is left out.
func (s *Stock) Look(ctx context.Context) rto.StockSample {
	ctx, cancel := probe.Bounded(ctx)
	defer cancel()
	sample := rto.StockSample{Store: s.Store, Node: s.Node, Send: s.Now()}
	t, outcome := s.total(ctx)
	sample.Recv, sample.Outcome = s.Now(), outcome
	if outcome != rto.OK {
		return sample
	}
	sample.AtRisk, sample.Facts = t.counts()
	if t.oldest > 0 {
		// The stamp is the producer's, in whole seconds: one that is ahead of us is not older than now.
		age := max(sample.Recv.Sub(rto.InstantOf(time.Unix(t.oldest, 0))).Seconds(), 0)
		sample.OldestAge = &age
	}
	return sample
}

// queue is a queue as the interface shows it. What it does not know, because the queue's node is down or its statistics are off, is missing.
type queue struct {
	Ready   *float64        `json:"messages_ready"`
	Unacked *float64        `json:"messages_unacknowledged"`
	Head    json.RawMessage `json:"head_message_timestamp"` // a number, or null or "" without one
	Mirrors []string        `json:"slave_nodes"`
	Synced  []string        `json:"synchronised_slave_nodes"`
	Policy  json.RawMessage `json:"effective_policy_definition"` // an object, or an empty list without one
	Members []string        `json:"members"`                     // of a quorum queue
	Online  []string        `json:"online"`
}

// mirroring tells whether the queue's policy wants mirrors.
func (q queue) mirroring() bool {
	var policy struct {
		Mode string `json:"ha-mode"`
	}
	return json.Unmarshal(q.Policy, &policy) == nil && policy.Mode != ""
}

// page is one page of queues.
type page struct {
	Pages int     `json:"page_count"`
	Items []queue `json:"items"`
}

// total is what all queues hold.
type total struct {
	ready, unacked    float64
	queues, unread    int
	unsynced, offline int
	alone             int // queues that should have mirrors and have none
	mirrored, quorum  bool
	oldest            int64 // seconds since the Unix epoch; 0 is none
	cut               bool
}

func (s *Stock) total(ctx context.Context) (*total, rto.Outcome) {
	t := &total{}
	for n := 1; ; n++ {
		var p page
		query := url.Values{"page": {strconv.Itoa(n)}, "page_size": {strconv.Itoa(pageSize)}, "columns": {columns}}
		if o := s.get(ctx, "/api/queues?"+query.Encode(), &p); o != rto.OK {
			return nil, o
		}
		for _, q := range p.Items {
			t.add(q)
		}
		if n >= p.Pages {
			return t, rto.OK
		}
		if t.queues+pageSize > s.MaxQueues {
			t.cut = true
			return t, rto.OK
		}
	}
}

func (t *total) add(q queue) {
	t.queues++
	if q.Ready == nil || q.Unacked == nil {
		t.unread++
	} else {
		t.ready += *q.Ready
		t.unacked += *q.Unacked
	}
	wants := q.mirroring()
	t.mirrored = t.mirrored || wants || len(q.Mirrors) > 0
	if wants && len(q.Mirrors) == 0 {
		t.alone++ // its mirrors' nodes are down: a mirror that is gone is not listed
	}
	t.unsynced += max(len(q.Mirrors)-len(q.Synced), 0)
	t.quorum = t.quorum || len(q.Members) > 0
	t.offline += max(len(q.Members)-len(q.Online), 0)
	if head, err := strconv.ParseInt(string(q.Head), 10, 64); err == nil && head > 0 && (t.oldest == 0 || head < t.oldest) {
		t.oldest = head
	}
}

// counts says "at least" where queues were not read.
func (t *total) counts() (risk, facts map[string]float64) {
	suffix := ""
	if t.cut || t.unread > 0 {
		suffix = "_at_least"
	}
	risk, facts = map[string]float64{}, map[string]float64{"queues" + suffix: float64(t.queues)}
	if t.unread < t.queues || t.queues == 0 {
		risk["messages_ready"+suffix] = t.ready
		risk["messages_unacked"+suffix] = t.unacked
	}
	if t.mirrored {
		risk["unsynced_mirrors"+suffix] = float64(t.unsynced)
		risk["queues_without_mirror"+suffix] = float64(t.alone)
	}
	if t.quorum {
		facts["quorum_members_offline"] = float64(t.offline)
	}
	if t.unread > 0 {
		facts["queues_unread"] = float64(t.unread)
	}
	return risk, facts
}

// get reads one answer.
func (s *Stock) get(ctx context.Context, path string, into any) rto.Outcome {
	username, password, err := s.Credentials(ctx)
	if err != nil {
		return rto.Denied
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+path, nil)
	if err != nil {
		return rto.Malformed
	}
	req.SetBasicAuth(username, password)
	res, err := s.http.Do(req)
	if err != nil {
		return probe.OutcomeOf(ctx, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, pageBytes+1))
	switch {
	case err != nil:
		return probe.OutcomeOf(ctx, err)
	case res.StatusCode == http.StatusUnauthorized, res.StatusCode == http.StatusForbidden, res.StatusCode >= 500:
		return rto.Denied
	case res.StatusCode != http.StatusOK, len(body) > pageBytes, json.Unmarshal(body, into) != nil:
		return rto.Malformed
	}
	return rto.OK
}
