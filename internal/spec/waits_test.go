package spec_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/spec"
)

// TestWaits states how long each fault must last, another time each, and reads it where the rules take it from: a key that fills its
// neighbour's field would page too early or too late, and no rule would look wrong.
func TestWaits(t *testing.T) {
	t.Parallel()
	keys := map[string][]string{
		"kamailio":   {"private_memory_leak_for", "collector_failing_for", "calls_uncounted_for"},
		"hosts":      {"cpu_for", "softirq_for", "clock_for", "bandwidth_for", "differs_for", "missing_for"},
		"stores":     {"primary_read_only_for", "broker_alarm_for", "broker_parted_for", "drain_slow_for", "unattended_for", "managed_for"},
		"network":    {"certificates_for", "path_errors_for", "latency_for", "bucket_errors_for", "open_port_for", "least_share_for", "nat_ports_for", "subnet_for"},
		"monitoring": {"config_rejected_for", "rules_failing_for", "slow_rules_for", "scrapes_refused_for"},
		"capacity":   {"ends_for", "busy_hour_for", "quota_short_for"},
		"objectives": {"data_missing_for", "scrape_down_for", "group_unknown_for"},
		"alerts_for": {"proof_missing", "unseen", "errant", "tracker_down", "evidence_unwritable", "drill_overdue", "drill_failed"},
	}
	folder := withRecovery(t)
	alerts := string(folder["alerts.yaml"].Data)
	recovery, _, _ := strings.Cut(string(folder["recovery.yaml"].Data), "\nalerts_for:")
	_, plan, _ := strings.Cut(string(folder["recovery.yaml"].Data), "\nplan:")
	recovery += "\nplan:" + plan
	for section, list := range keys {
		var lines []string
		for i, key := range list {
			lines = append(lines, fmt.Sprintf("  %s: %s", key, config.FormatDuration(stated(i))))
		}
		text := strings.Join(lines, "\n") + "\n"
		switch section {
		case "kamailio":
			alerts = strings.Replace(alerts, "kamailio:\n", "kamailio:\n"+text, 1)
		case "alerts_for":
			recovery += section + ":\n" + text
		default:
			alerts += section + ":\n" + text
		}
	}
	folder["alerts.yaml"] = &fstest.MapFile{Data: []byte(alerts)}
	folder["recovery.yaml"] = &fstest.MapFile{Data: []byte(recovery)}
	s, problems := spec.Load(folder, "spec")
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	k, h, st, n, m := s.Alerts.Kamailio, s.Alerts.Hosts, s.Alerts.Stores, s.Alerts.Network, s.Alerts.Monitoring
	c, o, r := s.Alerts.Capacity, s.Alerts.Objectives, s.Recovery.For
	got := map[string][]time.Duration{
		"kamailio":   {k.LeakFor, k.CollectorFailingFor, k.CallsUncountedFor},
		"hosts":      {h.CPUFor, h.SoftIRQFor, h.ClockFor, h.BandwidthFor, h.DiffersFor, h.MissingFor},
		"stores":     {st.PrimaryReadOnlyFor, st.BrokerAlarmFor, st.BrokerPartedFor, st.DrainSlowFor, st.UnattendedFor, st.ManagedFor},
		"network":    {n.CertificatesFor, n.PathErrorsFor, n.LatencyFor, n.BucketErrorsFor, n.OpenPortFor, n.LeastShareFor, n.NATPortsFor, n.SubnetFor},
		"monitoring": {m.ConfigRejectedFor, m.RulesFailingFor, m.SlowRulesFor, m.ScrapesRefusedFor},
		"capacity":   {c.EndsFor, c.BusyHourFor, c.QuotaShortFor},
		"objectives": {o.DataMissingFor, o.ScrapeDownFor, o.GroupUnknownFor},
		"alerts_for": {r.ProofMissing, r.Unseen, r.Errant, r.TrackerDown, r.EvidenceUnwritable, r.DrillOverdue, r.DrillFailed},
	}
	for section, list := range keys {
		for i, key := range list {
			if got[section][i] != stated(i) {
				t.Errorf("%s.%s is %v, got %v", section, key, stated(i), got[section][i])
			}
		}
	}
	if fields := reflect.TypeFor[spec.RecoveryWaits]().NumField() - 1; fields != len(keys["alerts_for"]) {
		t.Errorf("alerts_for has %d times, and %d are tested", fields, len(keys["alerts_for"]))
	}
}

// stated is the time that the i-th key of a section is given: none is a usual one.
func stated(i int) time.Duration { return time.Duration(i+3)*time.Minute + 7*time.Second }
