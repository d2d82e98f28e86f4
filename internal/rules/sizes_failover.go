package rules

import (
	"fmt"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// failoverImpossible tells when no other zone could take the database over, or when nothing is told of that any more.
func (s *signs) failoverImpossible(m spec.MySQL) {
	n := m.Primary
	could := func(c lapse, values string) []TestSeries {
		return []TestSeries{databaseSeries(metric.CloudSQLFailover, n.Name, values), databaseSeries(metric.CloudSQLUp, n.Name, c.steady(1))}
	}
	whose := map[string]string{"database_id": "voipbin:" + n.Name}
	s.add(sign{
		Alert: Alert{
			Name:    "MySQLFailoverImpossible",
			Summary: "No other zone could take the database over",
			Meaning: fmt.Sprintf("The spec says that another zone takes the primary over by itself (high_availability). For %s Cloud Monitoring has said that it could not (cause impossible), or has told of the primary and not of that, as of an instance that is in one zone only (cause untold).", slo.FormatDuration(s.limits.Stores.ManagedFor)),
			Impact:  "None yet. If the zone fails now, the database is down until it is back or somebody restores a backup or promotes a replica: an hour or more instead of a minute.",
			Look: []string{
				"`gcloud sql instances describe NAME --format='value(settings.availabilityType,state,gceZone,secondaryGceZone)'`: REGIONAL, and both zones?",
				"`gcloud sql operations list --instance=NAME --limit=5`: was it changed, or is something under way?",
			},
			Do: []string{
				"ZONAL: `gcloud sql instances patch NAME --availability-type=REGIONAL`, which restarts it: in a maintenance window.",
				"REGIONAL and impossible: the standby is being made anew; if it stays, a case with the provider.",
			},
			FalsePositives: []string{"Some minutes after a failover, until there is a standby again."},
		},
		board: mysqlBoard, wait: s.limits.Stores.ManagedFor, whose: whose, value: "0",
		fault: func(c lapse) []TestSeries { return could(c, c.gauge(1, 0)) },
		well:  func(c lapse) []TestSeries { return could(c, c.steady(1)) },
		others: []shown{{whose: whose, value: "1", fault: func(c lapse) []TestSeries {
			return could(c, gauge(c.step, phase{length: c.before, value: 1}, phase{length: c.fault, gone: true}, phase{length: c.after, value: 1}))
		}}},
	}, clause{slo.Ticket, "impossible", ofDatabase(metric.CloudSQLFailover, n.Name) + " == 0", "{{ $labels.database_id }} could not fail over", "No other zone could take it over."},
		clause{slo.Ticket, "untold", fmt.Sprintf("%s unless on (database_id) %s", ofDatabase(metric.CloudSQLUp, n.Name), ofDatabase(metric.CloudSQLFailover, n.Name)),
			"Nothing tells whether {{ $labels.database_id }} could fail over", "An instance that is in one zone only does not tell it."})
}
