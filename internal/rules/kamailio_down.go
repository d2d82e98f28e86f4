package rules

import "fmt"

// downAlert pages when a proxy is down.
func (k *kamailioTier) downAlert() {
	k.watched.downAlert(k.limits.DownFor, Alert{
		Summary: "A SIP proxy is down or cannot be watched",
		Impact: fmt.Sprintf("Calls in set-up on the node fail; the load balancer sends new ones to the other nodes, which together carry %d calls. With cause \"exporter\" or \"missing\" calls may be well: nobody knows.",
			k.capacity()),
		Look: []string{
			"`kamcmd core.uptime` on the node: an answer means that Kamailio lives and the exporter cannot reach its control socket",
			"`kamailio -c -f /etc/kamailio/kamailio.cfg`: a wrong configuration keeps it from starting",
		},
		Do: []string{
			"Cause \"daemon\": keep the core file and the last log lines, then `systemctl restart kamailio`. If it stops again, take the node out of the load balancer.",
			"Watch that the other nodes stay below their capacity: alert KamailioCapacityHigh.",
		},
		FalsePositives: []string{"A Kamailio that is busy reloading a large table answers late: the exporter's deadline is the scrape timeout."},
	})
}
