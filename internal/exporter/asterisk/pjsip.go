package asterisk

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/ami"
)

// mostAsked is how many endpoints with configured contacts are asked about in a scrape, each by a question of its own: a quarter of a
// millisecond (measured, 22.10).
const mostAsked = 100

func refusalReason(err error) (ami.Reason, bool) {
	var refusal *ami.Refusal
	if errors.As(err, &refusal) {
		return refusal.Reason, true
	}
	return "", false
}

// endpoints reads the endpoints' states.
type endpoints struct{ session *session }

// Name is that of the collector in its flag and in its outcome: endpoints.
func (endpoints) Name() string { return "endpoints" }

// Scrape sends the AMI action PJSIPShowEndpoints.
func (s endpoints) Scrape(ctx context.Context, b *emit.Batch) error {
	answer, err := s.session.ask(ctx, ami.NewAction("PJSIPShowEndpoints"))
	if err != nil {
		return err
	}
	states := tally{}
	for _, m := range answer.Events {
		states[word(m.Get("DeviceState"))]++
	}
	states.add(b, metric.AsteriskEndpoints)
	for _, m := range answer.Events {
		name := m.Get("ObjectName")
		switch word(m.Get("DeviceState")) {
		case "unavailable", "invalid":
			b.Add(metric.AsteriskEndpointUp, 0, name)
		case "not_in_use", "in_use", "busy", "ringing", "ring+inuse", "on_hold":
			b.Add(metric.AsteriskEndpointUp, 1, name)
		}
		value(b, metric.AsteriskEndpointChannels, m, "ActiveChannels", name)
	}
	return emptyList(answer)
}

// contacts reads what qualification found. Contacts are named by their address of record only: the rest of their names is of callers.
type contacts struct{ session *session }

// Name is that of the collector in its flag and in its outcome: contacts.
func (contacts) Name() string { return "contacts" }

// contactSums are sums over contacts.
type contactSums struct {
	states    tally
	up        tally // by address of record
	roundTrip tally // by address of record, in seconds
}

// Scrape sends the AMI action PJSIPShowContacts.
func (s contacts) Scrape(ctx context.Context, b *emit.Batch) error {
	sums := contactSums{tally{}, tally{}, tally{}}
	registered, err := s.session.ask(ctx, ami.NewAction("PJSIPShowContacts"))
	if err != nil && exporter.OutcomeOf(err) != exporter.OutcomeEmpty { // only registered ones are listed: there may be configured ones
		return err
	}
	known := map[string]bool{}
	for _, m := range registered.Events {
		aor, _, _ := strings.Cut(m.Get("ObjectName"), ";@")
		known[aor+"/"+m.Get("Uri")] = true
		sums.count(aor, m)
	}
	err = s.configured(ctx, b, sums, known)
	sums.add(b)
	return err
}

// configured asks about endpoints whose contacts are not all registered ones.
func (s contacts) configured(ctx context.Context, b *emit.Batch, sums contactSums, known map[string]bool) error {
	list, err := s.session.ask(ctx, ami.NewAction("PJSIPShowEndpoints"))
	if err != nil {
		if len(known) > 0 && exporter.OutcomeOf(err) == exporter.OutcomeEmpty {
			return nil
		}
		return err
	}
	asked, skipped := 0, 0
	for _, m := range list.Events {
		if !hasMore(m.Get("Contacts"), known) {
			continue
		}
		if asked == mostAsked {
			skipped++
			continue
		}
		asked++
		if err := s.endpoint(ctx, m.Get("ObjectName"), sums, known); err != nil {
			return err
		}
	}
	if skipped > 0 {
		b.Add(metric.AsteriskContactsSkipped, float64(skipped))
	}
	if len(sums.states) == 0 {
		return exporter.Empty(nil)
	}
	return nil
}

// hasMore tells whether a list of contacts, aor/uri with commas between, has one that is not known.
func hasMore(list string, known map[string]bool) bool {
	return slices.ContainsFunc(strings.Split(list, ","), func(c string) bool { return c != "" && !known[c] })
}

// endpoint counts the contacts of one endpoint that are not known yet. An endpoint that is gone meanwhile is no error.
func (s contacts) endpoint(ctx context.Context, name string, sums contactSums, known map[string]bool) error {
	detail, err := s.session.ask(ctx, ami.NewAction("PJSIPShowEndpoint", "Endpoint", name))
	if _, refused := refusalReason(err); refused {
		return nil
	}
	for _, m := range detail.Events {
		aor := m.Get("AOR")
		key := aor + "/" + m.Get("URI")
		if m.Event() == "ContactStatusDetail" && !known[key] {
			known[key] = true
			sums.count(aor, m)
		}
	}
	return err
}

func (c contactSums) count(aor string, m ami.Message) {
	state := contactState(m.Get("Status"))
	c.states[state]++
	switch state {
	case "unreachable", "removed":
		c.up[aor] += 0
	default:
		c.up[aor]++
	}
	if usec, ok := number(m, "RoundtripUsec"); ok && state == "reachable" && usec > 0 {
		c.roundTrip[aor] = max(c.roundTrip[aor], usec/1e6)
	}
}

// contactState is the word for a state (res/res_pjsip/pjsip_configuration.c); 16 says NonQualified where 22 does too, and both know
// Created and Updated only in events.
func contactState(text string) string {
	state := strings.ToLower(text)
	if state == "nonqualified" {
		return "unqualified"
	}
	if !slices.Contains(metric.AsteriskContactStates(), state) {
		return "unknown"
	}
	return state
}

func (c contactSums) add(b *emit.Batch) {
	c.states.add(b, metric.AsteriskContacts)
	c.up.add(b, metric.AsteriskAORContacts)
	c.roundTrip.add(b, metric.AsteriskAORRoundTrip)
}

// registrations reads how registrations elsewhere stand.
type registrations struct{ session *session }

// Name is that of the collector in its flag and in its outcome: registrations.
func (registrations) Name() string { return "registrations" }

// Scrape sends the AMI action PJSIPShowRegistrationsOutbound.
func (s registrations) Scrape(ctx context.Context, b *emit.Batch) error {
	answer, err := s.session.ask(ctx, ami.NewAction("PJSIPShowRegistrationsOutbound"))
	if err != nil {
		return err
	}
	states := tally{}
	for _, m := range answer.Events {
		if m.Event() != "OutboundRegistrationDetail" {
			continue // AuthDetail holds a password
		}
		state := word(m.Get("Status"))
		states[state]++
		name := m.Get("ObjectName")
		b.Add(metric.AsteriskRegistrationUp, boolean(state == "registered"), name)
		if next, ok := number(m, "NextReg"); ok && next > 0 {
			b.Add(metric.AsteriskRegistrationNext, next, name)
		}
	}
	states.add(b, metric.AsteriskRegistrations)
	return emptyList(answer)
}
