package kamailio

import (
	"context"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
)

// uac reads the registrations that Kamailio keeps at other servers. The answer to uac.reg_dump holds user names, passwords
// and their hashes in clear, and there is no other command that lists registrations (the statistic uac:regactive is 0
// while one is online, in 5.4 to 6.1). So the collector is off by default, and looks at four members of each.
type uac struct{ rpc caller }

// Name is that of the collector in its flag and in its outcome: uac.
func (uac) Name() string { return "uac" }

// Scrape asks uac.reg_dump.
func (u uac) Scrape(ctx context.Context, b *emit.Batch) error {
	answer, err := u.rpc.call(ctx, "uac.reg_dump")
	if err != nil {
		return err
	}
	if len(answer.list()) == 0 {
		return exporter.Empty(errNothingListed)
	}
	count := map[string]int{}
	for _, registration := range answer.list() {
		flags, ok := registration.number("flags")
		if !ok {
			return exporter.Failed(exporter.OutcomeDecode, errNoFlags) // the numbers by state would be short
		}
		state := registrationState(uint32(flags))
		count[state]++
		id, domain := registration.str("l_uuid"), registration.str("r_domain")
		b.Add(metric.KamailioUACRegistrationUp, truth(state == "online"), id, domain)
		for _, s := range metric.UACStates() {
			b.Add(metric.KamailioUACRegistrationState, truth(s == state), id, domain, s)
		}
		if state == "online" {
			emitFields(b, registration, []field{{metric.KamailioUACRegistrationExpires, "timer_expires", 1}}, id, domain)
		}
	}
	for _, s := range metric.UACStates() {
		b.Add(metric.KamailioUACRegistrations, float64(count[s]), s)
	}
	return nil
}

// registrationState reads the member flags by the bits of the uac module: disabled, ongoing, online, credentials sent,
// initialised.
func registrationState(flags uint32) string {
	const disabled, ongoing, online, authSent = 1 << 0, 1 << 1, 1 << 2, 1 << 3
	switch {
	case flags&disabled != 0:
		return "disabled"
	case flags&online != 0:
		return "online"
	case flags&(ongoing|authSent) != 0:
		return "ongoing"
	}
	return "offline"
}
