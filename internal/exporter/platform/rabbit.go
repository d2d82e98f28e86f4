package platform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

// The bounds of one scrape of a broker: queues a page (the interface's own limit is 500), bytes an answer, and queues in all.
const (
	pageSize    = 500
	answerBytes = 8 << 20
	maxQueues   = 20_000
)

// queueColumns are what is read of a queue; without them a page is ten times as long.
const queueColumns = "name,vhost,type,policy,auto_delete,exclusive,arguments,messages_ready,messages_unacknowledged,slave_nodes,synchronised_slave_nodes,members,online"

// rabbit is a broker, asked over its management interface. The numbers are of its own statistics, which are up to five seconds old.
type rabbit struct {
	Options
	base string
	web  *web

	version string  // as of the last Check
	queues  []queue // of the scrape under way, once read
	nodes   []node
}

func newRabbit(o Options, u *url.URL) (*exporter.Target, error) {
	scheme := "http"
	if u.Scheme == "rabbitmqs" {
		scheme = "https"
	}
	r := &rabbit{Options: o, base: scheme + "://" + u.Host, web: newWeb(o.Credentials)}
	all := []exporter.Scraper{part{"rabbitmq", r.broker}, part{"mirrors", r.mirrors}, part{"policies", r.policies}, part{"delayed", r.delayed}}
	return &exporter.Target{Name: o.Name, Check: r.check, Scrapers: pick(all, o.Collectors), Forget: r.forget, Close: r.web.close}, nil
}

// forget lets go of what the scrapers shared.
func (r *rabbit) forget() { r.queues, r.nodes = nil, nil }

// get reads one answer of the interface.
func (r *rabbit) get(ctx context.Context, path string, into any) error {
	_, body, err := r.web.ask(ctx, http.MethodGet, r.base+path, answerBytes)
	if err != nil {
		return answered(err)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return exporter.Failed(exporter.OutcomeDecode, fmt.Errorf("%s: not the JSON of the management interface", strings.SplitN(path, "?", 2)[0]))
	}
	return nil
}

// check asks for the version. A broker that refuses the credentials has answered as well, but nothing can be read of it.
func (r *rabbit) check(ctx context.Context) error {
	r.forget()
	var overview struct {
		Version string `json:"rabbitmq_version"`
	}
	if err := r.get(ctx, "/api/overview", &overview); err != nil {
		return err
	}
	if overview.Version == "" {
		return exporter.Failed(exporter.OutcomeDecode, errors.New("/api/overview: no version of RabbitMQ"))
	}
	r.version = overview.Version
	return nil
}

// node is a node of the cluster.
type node struct {
	Name       string   `json:"name"`
	Running    bool     `json:"running"`
	Partitions []string `json:"partitions"`
}

// queue is a queue as the interface shows it. What it does not know, because the queue's node is down or its statistics are off, is missing.
type queue struct {
	Name       string         `json:"name"`
	Vhost      string         `json:"vhost"`
	Type       string         `json:"type"`
	Policy     string         `json:"policy"`
	AutoDelete bool           `json:"auto_delete"`
	Exclusive  bool           `json:"exclusive"`
	Arguments  map[string]any `json:"arguments"`
	Ready      *float64       `json:"messages_ready"`
	Unacked    *float64       `json:"messages_unacknowledged"`
	Mirrors    []string       `json:"slave_nodes"`
	Synced     []string       `json:"synchronised_slave_nodes"`
	Members    []string       `json:"members"`
	Online     []string       `json:"online"`
}

// allNodes reads the nodes once a scrape.
func (r *rabbit) allNodes(ctx context.Context) ([]node, error) {
	if r.nodes != nil {
		return r.nodes, nil
	}
	var all []node
	if err := r.get(ctx, "/api/nodes?columns=name,running,partitions", &all); err != nil {
		return nil, err
	}
	r.nodes = all
	return all, nil
}

// allQueues reads the queues once a scrape. More than the bound are an error: what is said of a part would be taken for the whole.
func (r *rabbit) allQueues(ctx context.Context) ([]queue, error) {
	if r.queues != nil {
		return r.queues, nil
	}
	all := []queue{}
	for n := 1; ; n++ {
		var page struct {
			Pages int     `json:"page_count"`
			Total int     `json:"filtered_count"`
			Items []queue `json:"items"`
		}
		query := url.Values{"page": {strconv.Itoa(n)}, "page_size": {strconv.Itoa(pageSize)}, "columns": {queueColumns}}
		err := r.get(ctx, "/api/queues?"+query.Encode(), &page)
		var status *statusError
		if n > 1 && errors.As(err, &status) && status.status == http.StatusBadRequest {
			break // queues went while the pages were read, and this page with them
		}
		if err != nil {
			return nil, err
		}
		if page.Total > maxQueues {
			return nil, exporter.Failed(exporter.OutcomeFault, fmt.Errorf("%d queues, at most %d are read", page.Total, maxQueues))
		}
		all = append(all, page.Items...)
		if n >= page.Pages {
			break
		}
	}
	r.queues = all
	return all, nil
}

// volatile reports whether a queue comes and goes with its consumer.
func (r *rabbit) volatile(q queue) bool {
	_, expires := q.Arguments["x-expires"]
	for _, re := range r.Module.Volatile {
		if re.MatchString(q.Name) {
			return true
		}
	}
	return q.AutoDelete || q.Exclusive || expires
}

// broker shows the cluster, and what its queues hold.
func (r *rabbit) broker(ctx context.Context, b *emit.Batch) error {
	b.Add(metric.PlatformRabbitBuild, 1, r.version)
	nodes, err := r.allNodes(ctx)
	if err != nil {
		return err
	}
	running := runningOf(nodes)
	b.Add(metric.PlatformRabbitNodes, float64(running), "running")
	b.Add(metric.PlatformRabbitNodes, float64(len(nodes)-running), "down")
	for _, n := range nodes {
		if n.Running {
			b.Add(metric.PlatformRabbitPartitions, float64(len(n.Partitions)), n.Name)
		}
	}
	queues, err := r.allQueues(ctx)
	if err != nil {
		return err
	}
	showSums(b, queues)
	return nil
}

func runningOf(nodes []node) int {
	running := 0
	for _, n := range nodes {
		if n.Running {
			running++
		}
	}
	return running
}

// vhostSum is what the queues of a virtual host hold.
type vhostSum struct {
	types          map[string]int
	ready, unacked float64
	unread         bool
}

func showSums(b *emit.Batch, queues []queue) {
	sums := map[string]*vhostSum{}
	for _, q := range queues {
		s := sums[q.Vhost]
		if s == nil {
			s = &vhostSum{types: map[string]int{}}
			sums[q.Vhost] = s
		}
		s.types[q.Type]++
		if q.Ready == nil || q.Unacked == nil {
			s.unread = true
			continue
		}
		s.ready += *q.Ready
		s.unacked += *q.Unacked
	}
	for vhost, s := range sums {
		for _, t := range []string{"classic", "quorum", "stream"} {
			b.Add(metric.PlatformRabbitQueues, float64(s.types[t]), vhost, t)
		}
		if s.unread {
			continue
		}
		b.Add(metric.PlatformRabbitMessages, s.ready, vhost, "ready")
		b.Add(metric.PlatformRabbitMessages, s.unacked, vhost, "unacked")
	}
}

// mirrors shows the copies of queues that there are more than one of.
func (r *rabbit) mirrors(ctx context.Context, b *emit.Batch) error {
	queues, err := r.allQueues(ctx)
	if err != nil {
		return err
	}
	for _, q := range queues {
		if r.volatile(q) {
			continue
		}
		if len(q.Mirrors) > 0 {
			unsynced := slices.DeleteFunc(slices.Clone(q.Mirrors), func(m string) bool { return slices.Contains(q.Synced, m) })
			b.Add(metric.PlatformRabbitMirrors, float64(len(q.Mirrors)), q.Vhost, q.Name)
			b.Add(metric.PlatformRabbitUnsynced, float64(len(unsynced)), q.Vhost, q.Name)
		}
		if len(q.Members) > 0 {
			b.Add(metric.PlatformRabbitOffline, float64(max(len(q.Members)-len(q.Online), 0)), q.Vhost, q.Name)
		}
	}
	if b.Len() == 0 {
		return exporter.Empty(nil)
	}
	return nil
}

// delayed shows what delayed exchanges hold back; without the plugin there are none.
func (r *rabbit) delayed(ctx context.Context, b *emit.Batch) error {
	var exchanges []struct {
		Name    string   `json:"name"`
		Vhost   string   `json:"vhost"`
		Type    string   `json:"type"`
		Delayed *float64 `json:"messages_delayed"`
	}
	if err := r.get(ctx, "/api/exchanges?columns=name,vhost,type,messages_delayed", &exchanges); err != nil {
		return err
	}
	for _, e := range exchanges {
		if e.Type == "x-delayed-message" && e.Delayed != nil {
			b.Add(metric.PlatformRabbitDelayed, *e.Delayed, e.Vhost, e.Name)
		}
	}
	if b.Len() == 0 {
		return exporter.Empty(nil)
	}
	return nil
}
