package rules

import (
	"fmt"
	"slices"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// These alerts compare the machines that run with those that the spec states.

// bitsAByte are the bits of a byte: interfaces are sold by bits and measured by bytes.
const bitsAByte = 8

// instances matches the machines of a tier.
func (f fleetOf) instances() string {
	names := make([]string, len(f.nodes))
	for i, n := range f.nodes {
		names[i] = n.Name
	}
	return among("instance", names...)
}

// processors are the series by which those of the tier's first machine are counted.
func (f fleetOf) processors(of func(i int) string) []TestSeries {
	var list []TestSeries
	for i := range f.machine.CPUs {
		list = append(list, nodeSeries(metric.NodeCPU, f.nodes[0].Name, map[string]string{"cpu": fmt.Sprint(i), "mode": "idle"}, of(i)))
	}
	return list
}

// sizes are the rules about the size of a tier's machines, with a fault that proves each.
func (f fleetOf) sizes() ([]clause, []shown) {
	var clauses []clause
	var faults []shown
	node := f.nodes[0].Name
	add := func(what, expr, is string, proof shown) {
		clauses = append(clauses, clause{slo.Ticket, f.name + "_" + what, expr, "{{ $labels.instance }} is not the machine that the spec has", is})
		faults = append(faults, proof)
	}
	add("cpus", fmt.Sprintf(`count by (instance) (%s) != %d`, ofHost(metric.NodeCPU, f.instances()+`, mode="idle"`), f.machine.CPUs),
		fmt.Sprintf("It has {{ $value }} processors instead of %d.", f.machine.CPUs), shown{whose: hostLabels(node), value: "1", fault: func(c lapse) []TestSeries {
			return f.processors(func(i int) string {
				return gauge(c.step, phase{length: c.before, value: 1}, phase{length: c.fault, value: 1, gone: i > 0}, phase{length: c.after, value: 1})
			})
		}})
	becomes := func(family *metric.Family, labels map[string]string, whole int64, factor float64) shown {
		return shown{whose: merge(hostWithJob(node), labels), value: fmt.Sprint(float64(whole) * factor), fault: func(c lapse) []TestSeries {
			return []TestSeries{nodeSeries(family, node, labels, c.gauge(float64(whole), float64(whole)*factor))}
		}}
	}
	// Smaller and larger are two rules, so that each is proven: one that is larger than planned is paid for, and hides that the others are not.
	size := func(what, is, selector string, family *metric.Family, labels map[string]string, whole int64) {
		add(what, fmt.Sprintf("%s < %s", selector, slo.FormatNumber((1-machineSlack)*float64(whole))), is, becomes(family, labels, whole, 0.5))
		add(what+"_more", fmt.Sprintf("%s > %s", selector, slo.FormatNumber((1+machineSlack)*float64(whole))), is, becomes(family, labels, whole, 2))
	}
	size("memory", fmt.Sprintf("It has {{ $value }} bytes of memory instead of %d.", f.machine.MemoryBytes), ofHost(metric.NodeMemoryTotal, f.instances()), metric.NodeMemoryTotal, nil, f.machine.MemoryBytes)
	if f.machine.DiskBytes > 0 {
		root := map[string]string{"device": "/dev/sda1", "fstype": "ext4", "mountpoint": "/"}
		size("disk", fmt.Sprintf("Its root file system has {{ $value }} bytes; the disk should have %d.", f.machine.DiskBytes), ofHost(metric.NodeFilesystemSize, f.instances()+", "+rootDisk), metric.NodeFilesystemSize, root, f.machine.DiskBytes)
	}
	if speed := f.machine.NetworkBitsPS / bitsAByte; speed > 0 {
		device := map[string]string{"device": "ens4"}
		fault := becomes(metric.NodeNetworkSpeed, device, speed, 0.1)
		fault.whose = hostLabels(node)
		// Below 0 the driver does not know, as those of some virtual machines.
		add("network", fmt.Sprintf(`max by (instance) (%s > 0) != %d`, ofHost(metric.NodeNetworkSpeed, f.instances()+`, device!~"lo|veth.*|docker.*"`), speed),
			fmt.Sprintf("Its fastest interface is made for {{ $value }} bytes a second instead of %d.", speed), fault)
	}
	return clauses, faults
}

// hostSize tells of a machine that is not of the size that its tier is planned with.
func (s *signs) hostSize(fleets []fleetOf) {
	var clauses []clause
	var faults []shown
	for _, f := range fleets {
		more, proven := f.sizes()
		clauses, faults = append(clauses, more...), append(faults, proven...)
	}
	node := fleets[0].nodes[0].Name
	s.add(sign{
		Alert: Alert{
			Name:    "HostSizeDiffers",
			Summary: "A machine is not of the size that its tier is planned with",
			Meaning: fmt.Sprintf("Processors are counted; memory and the root file system may be %s smaller or larger than spec/platform.yaml or spec/stores.yaml says, as the kernel and file systems keep some. What the interface is made for is compared where its driver tells it.", percent(machineSlack)),
			Impact:  "Every capacity limit of the tier reckons with machines of the planned size: a smaller one fails before any alert about capacity. A larger one costs more, and its traffic cannot move to the others.",
			Look:    []string{"`nproc`, `free -b` and `df -B1 /` on the machine, and its type in the provider's console"},
			Do:      []string{"Make the machine what the spec says. If another size is meant, change machine and the load of a node in the spec, and run `obsgen generate`."},
			FalsePositives: []string{
				"A disk with several file systems: the root is then smaller than the disk.",
			},
		},
		board: hostsBoard, wait: s.limits.Hosts.DiffersFor, whose: hostLabels(node), value: "1", fault: faults[0].fault, others: faults[1:],
		well: func(c lapse) []TestSeries { return fleets[0].processors(func(int) string { return c.steady(1) }) },
	}, clauses...)
}

// hostNetwork tells of a machine that uses most of the bandwidth that the spec states.
func (s *signs) hostNetwork(fleets []fleetOf) {
	var clauses []clause
	var faults []shown
	sent := func(f fleetOf, values string) []TestSeries {
		return []TestSeries{nodeSeries(metric.NodeTransmitBytes, f.nodes[0].Name, map[string]string{"device": "ens4"}, values)}
	}
	known := slices.DeleteFunc(slices.Clone(fleets), func(f fleetOf) bool { return f.machine.NetworkBitsPS == 0 })
	if len(known) == 0 {
		return
	}
	for _, f := range known {
		full := float64(f.machine.NetworkBitsPS / bitsAByte)
		expr := fmt.Sprintf("sum by (instance) (rate(%s[%s])) / %d > %g", ofHost(metric.NodeTransmitBytes, f.instances()+`, device!="lo"`), slo.FormatDuration(hostWindow), f.machine.NetworkBitsPS/bitsAByte, s.limits.Hosts.Bandwidth)
		clauses = append(clauses, clause{slo.Ticket, f.name, expr, "{{ $labels.instance }} sends nearly as much as it can", "{{ $value | humanizePercentage }} of its bandwidth is used."})
		faults = append(faults, shown{whose: hostLabels(f.nodes[0].Name), value: "100%", window: hostWindow, late: 16 * storyStep, fault: func(c lapse) []TestSeries { return sent(f, c.counter(full*c.step.Seconds())) }})
	}
	full := float64(known[0].machine.NetworkBitsPS / bitsAByte)
	s.add(sign{
		Alert: Alert{
			Name:    "HostNetworkBusy",
			Summary: "A machine sends nearly as much as its bandwidth allows",
			Meaning: fmt.Sprintf("Over %s it sent more than %s of the bandwidth that spec/platform.yaml states for its tier.", slo.FormatDuration(hostWindow), percent(s.limits.Hosts.Bandwidth)),
			Impact:  "Beyond its bandwidth the provider drops packets: all media through the machine has gaps. Voice alone does not get there: 2,000 streams of G.711 need less than 2 % of 10 Gbit/s.",
			Look:    []string{"`nload` or `sar -n DEV 1 5` on the machine, and `ss -tin | sort -k5 | tail`: who sends?", "the Hosts board: is it one machine or all?"},
			Do: []string{
				"A backup or an upload of recordings: limit its rate (`rsync --bwlimit=10M`), or put it off.",
				"Many small packets to few addresses: the machine is used to attack others. Block them (`iptables -I OUTPUT -d ADDRESS -j DROP`), and look for what answers to forged requests.",
			},
			FalsePositives: []string{"A copy between machines that is meant to be fast."},
		},
		board: hostsBoard, wait: s.limits.Hosts.BandwidthFor, window: hostWindow, late: 16 * storyStep, whose: faults[0].whose, value: "100%", fault: faults[0].fault, others: faults[1:],
		well: func(c lapse) []TestSeries {
			return sent(known[0], counterValues(c.step, phase{length: c.length(), rise: full}))
		},
	}, clauses...)
}

// hostCount tells when there are not as many machines as the spec says.
func (s *signs) hostCount(fleets []fleetOf) {
	var clauses []clause
	var faults []shown
	up := func(f fleetOf, c lapse, first string) []TestSeries {
		list := []TestSeries{nodeSeries(metric.Up, f.nodes[0].Name, nil, first)}
		for _, n := range f.nodes[1:] {
			list = append(list, nodeSeries(metric.Up, n.Name, nil, c.steady(1)))
		}
		return list
	}
	for _, f := range fleets {
		clauses = append(clauses, clause{slo.Ticket, f.name, fmt.Sprintf("sum(%s{job=%q, %s}) != %d", metric.Up.Name, nodeJob, f.instances(), len(f.nodes)),
			"There are not as many machines of " + f.name + " as the spec has", fmt.Sprintf("{{ $value }} of %d are seen.", len(f.nodes))})
		faults = append(faults, shown{value: fmt.Sprint(len(f.nodes) - 1), fault: func(c lapse) []TestSeries { return up(f, c, c.gauge(1, 0)) }})
	}
	s.add(sign{
		Alert: Alert{
			Name:    "HostMissing",
			Summary: "A tier has fewer machines than the spec says",
			Meaning: "Of the machines of a tier in spec/platform.yaml or spec/stores.yaml some do not answer for node_exporter. Whether their daemon answers is told by another alert.",
			Impact:  "The machine is gone, or nobody sees its processors, disk and clock. If it is gone, the tier carries one node less.",
			Look:    []string{"`promtool query instant http://localhost:9090 'up{job=\"node\"} == 0'` on the Prometheus server: which?", "`systemctl status prometheus-node-exporter` on the machine"},
			Do:      []string{"Start the exporter, or the machine. If it was taken away for good, take it out of spec/platform.yaml or spec/stores.yaml and of spec/scrape.yaml, and run `obsgen generate`."},
			FalsePositives: []string{
				"A firewall between Prometheus and port 9100: `obsgen check` says whether the page's own rules let it through.",
			},
		},
		board: hostsBoard, wait: s.limits.Hosts.MissingFor, value: faults[0].value, fault: faults[0].fault, others: faults[1:],
		well: func(c lapse) []TestSeries { return up(fleets[0], c, c.steady(1)) },
	}, clauses...)
}
