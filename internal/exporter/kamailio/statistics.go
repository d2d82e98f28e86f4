package kamailio

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/protocol/binrpc"
)

// statistics reads Kamailio's internal statistics, once for all collectors of a scrape. It uses stats.get_statistics,
// which prints every value in full as text; core.shmmem, tm.stats and cnt.get cut values to 32 bits in the versions or
// always (measured on 5.4.4 to 6.1.5).
type statistics struct {
	rpc caller

	mu     sync.Mutex
	loaded bool
	groups map[string]map[string]uint64
	err    error
}

// forget makes the next reader ask Kamailio again.
func (s *statistics) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loaded, s.groups, s.err = false, nil, nil
}

// group returns the statistics of one group by name, for example core. A group that Kamailio does not have ends in the
// outcome absent, with the module that would bring it.
func (s *statistics) group(ctx context.Context, group, module string) (map[string]uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.loaded {
		s.groups, s.err = s.read(ctx)
		// A collector whose share of time ran out must not decide for the next one. The error tells, not ctx: the socket's
		// deadline can pass a moment before the context's.
		s.loaded = exporter.OutcomeOf(s.err) != exporter.OutcomeTimeout
	}
	if s.err != nil {
		return nil, s.err
	}
	values, ok := s.groups[group]
	if !ok {
		return nil, exporter.Absent(fmt.Errorf("kamailio has no statistics of group %q: module %s is not loaded", group, module))
	}
	return values, nil
}

func (s *statistics) read(ctx context.Context) (map[string]map[string]uint64, error) {
	answer, err := s.rpc.call(ctx, "stats.get_statistics", "all")
	if err != nil {
		return nil, err
	}
	groups := map[string]map[string]uint64{}
	lines := answer.items()
	for i, line := range lines {
		group, name, value, err := parseStatistic(line.Value.Text())
		if err != nil {
			return nil, exporter.Failed("decode", fmt.Errorf("stats.get_statistics: line %d: %w", i+1, err))
		}
		if groups[group] == nil {
			groups[group] = make(map[string]uint64, together(lines[i:], group))
		}
		groups[group][name] = value
	}
	return groups, nil
}

// together counts the lines of a group that lines begin with, which as a rule are all of it: so its map need not grow.
func together(lines []binrpc.Member, group string) int {
	for i, line := range lines {
		if rest, ok := strings.CutPrefix(line.Value.Text(), group); !ok || !strings.HasPrefix(rest, ":") {
			return i
		}
	}
	return len(lines)
}

// parseStatistic reads "group:name = value". The value is an unsigned long of the daemon; a gauge that underflowed shows
// as a number near 2^64 (kamailio issue 1591). The error does not repeat the line, which is the daemon's raw answer.
func parseStatistic(line string) (group, name string, value uint64, err error) {
	key, text, ok := strings.Cut(line, "=")
	if !ok {
		return "", "", 0, fmt.Errorf("statistic%s: no value", named(line))
	}
	group, name, ok = strings.Cut(strings.TrimSpace(key), ":")
	if !ok || group == "" || name == "" {
		return "", "", 0, errors.New("statistic: not group:name")
	}
	text = strings.TrimSpace(text)
	if value, err = strconv.ParseUint(text, 10, 64); err == nil {
		return group, name, value, nil
	}
	signed, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return "", "", 0, fmt.Errorf("statistic%s: value is not a whole number", named(key))
	}
	return group, name, uint64(signed), nil
}

// statisticName is how the modules of Kamailio name their statistics.
var statisticName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,31}:[A-Za-z0-9_-]{1,63}$`)

// named returns the name of a statistic for a message, or nothing of a text that does not look like one.
func named(s string) string {
	if s = strings.TrimSpace(s); statisticName.MatchString(s) {
		return fmt.Sprintf(" %q", s)
	}
	return ""
}
