package kamailio

import (
	"context"
	"strings"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/metric"
)

// usrloc counts registrations by location table. ul.dump would show who they are, and takes a second for 20,000 of them.
type usrloc struct{ stats *statistics }

// Name is that of the collector in its flag and in its outcome: usrloc.
func (usrloc) Name() string { return "usrloc" }

// Scrape reads the group usrloc of the statistics.
func (u usrloc) Scrape(ctx context.Context, b *emit.Batch) error {
	values, err := u.stats.group(ctx, "usrloc", "usrloc")
	if err != nil {
		return err
	}
	for name, v := range values {
		if name == "registered_users" { // the sum, not a table named registered
			emitLevel(b, metric.KamailioRegisteredUsers, v)
			continue
		}
		switch domain, what := cutLocation(name); what {
		case "users":
			emitLevel(b, metric.KamailioUsrlocUsers, v, domain)
		case "contacts":
			emitLevel(b, metric.KamailioUsrlocContacts, v, domain)
		case "expires":
			b.Add(metric.KamailioUsrlocExpired, float64(v), domain)
		}
	}
	return nil
}

// cutLocation parts a statistic of usrloc into the location table and what is counted in it. Kamailio 5.4 to 6.1 show
// location_users; the module's documentation writes location-users. Both are read; what is neither gives "".
func cutLocation(name string) (domain, what string) {
	for _, what := range []string{"users", "contacts", "expires"} {
		domain, ok := strings.CutSuffix(name, what)
		if !ok || len(domain) < len("x_") {
			continue
		}
		if last := len(domain) - 1; domain[last] == '_' || domain[last] == '-' {
			return domain[:last], what
		}
	}
	return "", ""
}
