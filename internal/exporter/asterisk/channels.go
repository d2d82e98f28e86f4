package asterisk

import (
	"context"
	"strconv"
	"strings"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/ami"
)

// channels reads the list of channels, and tells numbers only.
type channels struct{ session *session }

// Name is that of the collector in its flag and in its outcome: channels.
func (channels) Name() string { return "channels" }

// channelKind is what channels are counted by.
type channelKind struct{ technology, state string }

// Scrape sends the AMI action CoreShowChannels.
func (s channels) Scrape(ctx context.Context, b *emit.Batch) error {
	answer, err := s.session.ask(ctx, ami.NewAction("CoreShowChannels"))
	if err != nil {
		return err
	}
	kinds, running, oldest := map[channelKind]float64{}, tally{}, tally{}
	calls := map[string]bool{}
	for _, m := range answer.Events {
		tech := technology(m.Get("Channel"))
		kinds[channelKind{tech, m.Get("ChannelStateDesc")}]++
		if app := m.Get("Application"); app != "" {
			running[app]++
		}
		if age, ok := age(m.Get("Duration")); ok {
			oldest[tech] = max(oldest[tech], age)
		}
		calls[m.Get("Linkedid")] = true
	}
	b.Add(metric.AsteriskActiveCalls, float64(len(calls)))
	for kind, n := range kinds {
		b.Add(metric.AsteriskChannels, n, kind.technology, kind.state)
	}
	running.add(b, metric.AsteriskChannelApplications)
	oldest.add(b, metric.AsteriskChannelOldest)
	return emptyList(answer)
}

// age reads hours:minutes:seconds, with any number of hours.
func age(text string) (seconds float64, ok bool) {
	parts := strings.Split(text, ":")
	if len(parts) != 3 {
		return 0, false
	}
	for _, p := range parts {
		n, err := strconv.ParseUint(p, 10, 32)
		if err != nil {
			return 0, false
		}
		seconds = seconds*60 + float64(n)
	}
	return seconds, true
}
