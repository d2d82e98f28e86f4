package rules

import (
	"fmt"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// portAlert tells when a port of a service cannot be connected to by its address in the cluster.
func (v *services) portAlert() {
	const name = "ServicePortClosed"
	rule := v.rule(name, healthBoard, slo.Ticket, fmt.Sprintf("max by (instance) (%s{job=%q}) == 0", metric.ProbeSuccess.Name, spec.PortsJob), v.limits.WaitingFor,
		"{{ $labels.instance }} cannot be connected to", "A prober in the cluster gets no connection at the service's address.")
	c := gauged(v.limits.WaitingFor)
	o := v.first()
	whose := map[string]string{"instance": v.spec.PortAddress(o, o.Ports[0])}
	answers := func(values string) TestSeries {
		return series(metric.ProbeSuccess.Name, merge(whose, map[string]string{"job": spec.PortsJob}), values)
	}
	v.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary: "A port of a service takes no connections",
		Meaning: fmt.Sprintf("For %s a prober in the cluster could not connect to a port that spec/services.yaml lists, at the service's address in the cluster: no pod listens there, none is ready, or the service leads to another port. The port for metrics is scraped and not probed.", slo.FormatDuration(v.limits.WaitingFor)),
		Impact:  "What the port is for does not work: requests to the API, audio of calls that a program speaks in, or checks of health by whoever asks the service.",
		Look: []string{
			fmt.Sprintf("`kubectl -n %s get endpointslices -l kubernetes.io/service-name=SERVICE`: are there addresses, and with which port?", v.spec.Namespace),
			fmt.Sprintf("`kubectl -n %s exec deploy/SERVICE -- ss -tln`, or `netstat -tln`: does the program listen?", v.spec.Namespace),
		},
		Do: []string{
			"No addresses: see ServicePodsNotReady; else the service's selector fits no pod.",
			fmt.Sprintf("Addresses and no listener: the program was started without it, or in a newer version listens elsewhere: `kubectl -n %s rollout undo deployment/SERVICE`, or change ports in spec/services.yaml.", v.spec.Namespace),
			"All ports of all services at once: the prober, or a NetworkPolicy that does not let it.",
		},
		FalsePositives: []string{"A service without an object of kind Service, which nobody connects to: take its port out of spec/services.yaml."},
	},
		c.fires(name, "nobody listens", one(firing(rule, whose, "0", nil)), answers(c.gauge(1, 0))),
		c.quiet(name, "it answers", Holds, answers(c.steady(1))),
		c.quiet(name, "nobody asks", Silent, series(metric.KubeDeploymentReplicas.Name, v.deployment(), c.steady(1))))
}
