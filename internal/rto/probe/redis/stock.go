package redis

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"strconv"
	"strings"

	client "github.com/redis/go-redis/v9"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/probe"
)

// StockConfig is a Redis whose contents would be lost with its region.
type StockConfig struct {
	// Store and Node name it in samples.
	Store, Node string
	Server      Server
	// Kinds are patterns of keys by what they stand for, such as calls: call:*. A pattern has * and ? only.
	Kinds map[string]string
	// MaxKeys is how many keys are walked over at a time to count the kinds; 0 is 100,000. Beyond, the counts say "at least".
	MaxKeys int
	Now     func() rto.Instant
}

// defaultMaxKeys walks over the keys of one Redis in about 30 ms of its time, in steps of scanStep keys.
const (
	defaultMaxKeys = 100_000
	scanStep       = 1000
)

// Stock looks at one Redis. Close it after use.
type Stock struct {
	StockConfig
	link  *link
	kinds map[string]*regexp.Regexp
}

// NewStock checks the configuration and does not connect yet.
func NewStock(c StockConfig) (*Stock, error) {
	if err := c.Server.check(); err != nil {
		return nil, fmt.Errorf("store %s: %w", c.Store, err)
	}
	if c.Store == "" || c.Now == nil || c.MaxKeys < 0 {
		return nil, errors.New("redis: a stock needs a name and a clock, and a bound that is not negative")
	}
	if c.MaxKeys == 0 {
		c.MaxKeys = defaultMaxKeys
	}
	s := &Stock{StockConfig: c, kinds: map[string]*regexp.Regexp{}}
	for kind, pattern := range c.Kinds {
		if pattern == "" || strings.ContainsAny(pattern, `[]\`) {
			return nil, fmt.Errorf("store %s: pattern of %s: want * and ? only", c.Store, kind)
		}
		text := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(pattern))
		s.kinds[kind] = regexp.MustCompile("(?s)^" + text + "$")
	}
	s.link = &link{server: c.Server}
	return s, nil
}

// Close lets the connection go.
func (s *Stock) Close() error {
	s.link.close()
	return nil
}

// Look counts what would be lost now. What could not be read is left out.
func (s *Stock) Look(ctx context.Context) rto.StockSample {
	ctx, cancel := probe.Bounded(ctx)
	defer cancel()
	sample := rto.StockSample{Store: s.Store, Node: s.Node, Send: s.Now()}
	var (
		risk, facts map[string]float64
		role        string
	)
	err := s.link.with(ctx, func(c *client.Client) (err error) {
		risk, facts, role, err = s.look(ctx, c)
		return err
	})
	sample.Recv, sample.Outcome = s.Now(), outcomeOf(ctx, err)
	if err == nil {
		sample.AtRisk, sample.Facts, sample.Role = risk, facts, role
	}
	return sample
}

func (s *Stock) look(ctx context.Context, c *client.Client) (risk, facts map[string]float64, role string, err error) {
	about, err := ask(ctx, c, "replication")
	if err != nil {
		return nil, nil, "", err
	}
	keys, err := c.DBSize(ctx).Result()
	if err != nil {
		return nil, nil, "", err
	}
	risk = map[string]float64{"keys": float64(keys)}
	facts = about.replication()
	if behind, ok := about.behind(); ok {
		risk["bytes_behind"] = behind
	}
	if len(s.kinds) > 0 {
		counts, err := s.count(ctx, c)
		if err != nil {
			return nil, nil, "", err
		}
		maps.Copy(risk, counts)
	}
	return risk, facts, about.role(), nil
}

// count walks over the keys once. SCAN may show a key twice, so that keys are told apart by name as long as the walk lasts.
func (s *Stock) count(ctx context.Context, c *client.Client) (map[string]float64, error) {
	seen := map[string]map[string]struct{}{}
	for kind := range s.kinds {
		seen[kind] = map[string]struct{}{}
	}
	cursor, walked := uint64(0), 0
	for {
		keys, next, err := c.Scan(ctx, cursor, "", scanStep).Result()
		if err != nil {
			return nil, err
		}
		for _, key := range keys {
			s.sort(key, seen)
		}
		cursor = next
		walked += scanStep // and not len(keys): an empty step is work for the server all the same
		if cursor == 0 || walked >= s.MaxKeys {
			break
		}
	}
	counts := map[string]float64{}
	for kind, keys := range seen {
		if cursor != 0 {
			kind += "_at_least"
		}
		counts[kind] = float64(len(keys))
	}
	return counts, nil
}

// sort notes a key under each kind that it is of.
func (s *Stock) sort(key string, seen map[string]map[string]struct{}) {
	for kind, pattern := range s.kinds {
		if pattern.MatchString(key) {
			seen[kind][key] = struct{}{}
		}
	}
}

// behind is how many bytes the replica that is farthest behind has not acknowledged, as the master sees it; not known to a replica, and not
// without one. Replicas acknowledge once a second, so that it is up to a second old; and a replica that was cut off without a word counts
// as online until repl-timeout (60 s unless configured), with an offset that stands still: behind then grows, as it must.
func (i info) behind() (float64, bool) {
	own, err := strconv.ParseFloat(i["master_repl_offset"], 64)
	if err != nil || i.role() != "master" {
		return 0, false
	}
	worst, known := 0.0, false
	for name, value := range i {
		if !isReplica(name) {
			continue
		}
		offset, err := strconv.ParseFloat(field(value, "offset"), 64)
		if err != nil || field(value, "state") != "online" {
			return 0, false // it has to be given everything again, which no offset tells
		}
		worst, known = max(worst, own-offset), true
	}
	return worst, known
}

// isReplica tells slave0, slave1 and so on from slave_repl_offset.
func isReplica(name string) bool {
	number, ok := strings.CutPrefix(name, "slave")
	_, err := strconv.Atoi(number)
	return ok && err == nil
}

// field is one of the values in ip=..,port=..,state=..,offset=..,lag=...
func field(list, name string) string {
	for part := range strings.SplitSeq(list, ",") {
		if value, ok := strings.CutPrefix(part, name+"="); ok {
			return value
		}
	}
	return ""
}

// replication is what it says of its own replication. A link that is up was so when something last came: link_silent_s says how long ago
// that was, and only a value below the master's ping period (10 s) is a sign of life. A replica's idea of its master's offset is its
// own offset: it does not know how far behind it is.
func (i info) replication() map[string]float64 {
	facts := map[string]float64{}
	for from, to := range map[string]string{
		"connected_slaves": "replicas", "master_last_io_seconds_ago": "link_silent_s", "master_link_down_since_seconds": "link_down_s",
		"master_sync_in_progress": "sync_in_progress",
	} {
		if v, err := strconv.ParseFloat(i[from], 64); err == nil && v >= 0 { // -1 is its word for "not known"
			facts[to] = v
		}
	}
	offset := "master_repl_offset"
	if i.role() == "replica" {
		offset = "slave_repl_offset"
		facts["link_up"] = 0
		if i["master_link_status"] == "up" {
			facts["link_up"] = 1
		}
	}
	if v, err := strconv.ParseFloat(i[offset], 64); err == nil {
		facts["offset_bytes"] = v
	}
	return facts
}
