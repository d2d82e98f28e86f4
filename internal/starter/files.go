package starter

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/voipbin/observability/internal/slo"
)

// Files are the files of the spec folder, by name.
func (p Proposal) Files() map[string]string {
	return map[string]string{"platform.yaml": p.platform(), "slos.yaml": p.objectives(), "alerts.yaml": p.alerts()}
}

// quoted writes a text so that YAML takes it for a text, whatever is in it.
func quoted(s string) string { return strconv.Quote(s) }

// list writes texts as a list in one line.
func list(texts []string) string {
	all := make([]string, len(texts))
	for i, t := range texts {
		all[i] = quoted(t)
	}
	return "[" + strings.Join(all, ", ") + "]"
}

// platform is platform.yaml.
func (p Proposal) platform() string {
	var b strings.Builder
	fmt.Fprintf(&b, `# What the platform is made of. "obsgen check" says what is wrong, "obsgen generate" writes what follows from it.

name: %s

# Each alert links to a runbook: this prefix, the alert's name and ".md".
runbook_url: %s

# One region carries the traffic; others stand by.
regions:
  - {name: %s, role: primary}

prometheus:
  # From 3.16 on increases are counted exactly; before, they are extrapolated.
  version: %s
  scrape_interval: %s
  # No objective may have a longer period than this.
  retention: %s
  storage: %s
  alertmanagers: %s
`, quoted(p.Name), quoted(p.RunbookURL), quoted(p.Region), quoted(p.Version), p.ScrapeInterval, slo.FormatDuration(p.Retention), p.Storage, list(p.Alertmanagers))
	p.tier(&b, "sip_proxies", "Kamailio nodes, each with kamailio_exporter beside it. Capacity alerts speak of what is left when one node is lost.", "calls_per_node", "", p.SIPProxies)
	p.tier(&b, "media_proxies", "RTPEngine nodes, each with rtpengine_exporter. A call between two parties has two streams.", "streams_per_node", "", p.MediaProxies)
	p.tier(&b, "media_servers", "Asterisk nodes, each with asterisk_exporter, in farms that cannot stand in for each other.", "calls_per_node", ", farm: call", p.MediaServers)
	return b.String()
}

// tier writes one tier. What a node is sized for nobody can measure from outside.
func (p Proposal) tier(b *strings.Builder, key, about, size, more string, t Tier) {
	if len(t.Nodes) == 0 {
		return
	}
	fmt.Fprintf(b, "\n# %s\n%s:\n  # A guess until you replace it: what one node is sized for.\n  %s: %d\n  nodes:\n", about, key, size, t.PerNode)
	for _, n := range t.Nodes {
		address := ""
		if n.Address != "" && n.Address != n.Name {
			address = ", address: " + quoted(n.Address)
		}
		fmt.Fprintf(b, "    - {name: %s, region: %s%s%s}\n", quoted(n.Name), quoted(p.Region), address, more)
	}
}

// objectives is slos.yaml: the one objective that every platform has.
func (p Proposal) objectives() string {
	counted := "A guess until you replace it by your own counts."
	if p.Measured > 0 {
		counted = fmt.Sprintf("Call attempts in the busiest and in the quietest hour of the last %s, as Prometheus counted them.", slo.FormatDuration(p.Measured))
	}
	return fmt.Sprintf(`# What is promised, one objective an entry: docs/slo.md says how to write more.

slos:
  - name: call_setup
    title: Call setup success
    description: A call that a caller starts is not failed by the platform
    owner: %s
    tier: sip_proxy
    objective: %s%%
    period: %s
    sli:
      errors: sum(voipbin:call_setup_failures:increase$window)
      total: sum(voipbin:call_setup_attempts:increase$window)
    # %s
    traffic: {peak_per_hour: %d, trough_per_hour: %d}
    # No alert below this many failed calls, however large a share they are at night.
    min_failures: 5
    dashboard: kamailio
`, quoted(p.Owner), p.Objective, p.period(), counted, p.PeakPerHour, p.TroughPerHour)
}

// alerts is alerts.yaml. What it leaves out has usual values.
func (p Proposal) alerts() string {
	return fmt.Sprintf(`# When to speak up, and to whom. Every further threshold has a usual value; spec/alerts.yaml of the project shows them all.

kamailio:
  # A proxy that has not answered for this long pages.
  down_for: 1m
  # Concurrent calls as a share of what the tier carries with one node lost.
  capacity: {warn: 70%%, page: 85%%, for: 5m}

# Slack-format webhooks. The address is a secret: it stands in a file that only Alertmanager can read.
receivers:
  - {name: page, slack_url_file: %s}
  - {name: ticket, slack_url_file: %s}

# A page wakes somebody; a ticket waits for the working day.
routes: {page: page, ticket: ticket}
`, quoted(p.PageURLFile), quoted(p.TicketURLFile))
}
