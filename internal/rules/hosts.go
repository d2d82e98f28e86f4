package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// nodeJob is the job label of node_exporter, as the scrape configuration sets it.
const nodeJob = "node"

// hostsBoard is the end of the uid of the board that shows the machines below the daemons.
const hostsBoard = "hosts"

// Windows over which a host is looked at, and what is a property of Linux: limits stand in spec/alerts.yaml.
const (
	hostWindow   = 5 * time.Minute
	hostDiskHalf = 0.4 // what is emptier than this is not said to fill up
	diskHistory  = 6 * time.Hour
	// machineSlack is what the kernel keeps of memory for itself, and file systems of a disk.
	machineSlack = 0.15
)

// rootDisk selects the file system that daemons and their logs fill.
const rootDisk = `mountpoint="/"`

// fleetOf is a tier of machines of one size.
type fleetOf struct {
	name    string
	machine spec.Machine
	nodes   []spec.Node
}

// machines are those of the spec: of the VoIP tiers, of brokers and databases that have some of their own, and those that several parts share. Only
// the last may be of a size that nobody states.
func machines(s *spec.Spec) []fleetOf {
	return slices.Concat(voipMachines(s.Platform), storeMachines(s), sharedMachines(s))
}

// sharedMachines are those on which several parts run, as far as node_exporter watches them.
func sharedMachines(s *spec.Spec) []fleetOf {
	var fleets []fleetOf
	for _, h := range s.Network.Hosts {
		if watchedHost(s, h.Name) {
			fleets = append(fleets, fleetOf{name: strings.ReplaceAll(h.Name, "-", "_"), machine: h.Machine, nodes: []spec.Node{{Name: h.Name}}})
		}
	}
	return fleets
}

// voipMachines are those of the VoIP tiers.
func voipMachines(p spec.Platform) []fleetOf {
	all := []fleetOf{
		{"sip_proxies", p.SIPProxies.Machine, p.SIPProxies.Nodes},
		{"media_servers", p.MediaServers.Machine, p.MediaServers.Nodes},
		{"media_proxies", p.MediaProxies.Machine, p.MediaProxies.Nodes},
	}
	return slices.DeleteFunc(all, func(f fleetOf) bool { return f.machine.CPUs == 0 || len(f.nodes) == 0 })
}

// scraped reports whether the spec has a job.
func scraped(s *spec.Spec, name string) bool {
	return slices.ContainsFunc(s.Scrape.Jobs, func(j spec.ScrapeJob) bool { return j.Name == name })
}

// hosts returns the alerts about the machines of the VoIP tiers, brokers and databases, or nothing where nobody scrapes them.
func hosts(s *spec.Spec, l links) *signs {
	h := &signs{links: l, limits: s.Alerts}
	fleets := machines(s)
	if !scraped(s, nodeJob) || len(fleets) == 0 {
		return h
	}
	first := fleets[0].nodes[0].Name
	h.hostCPU(first)
	h.hostSoftIRQ(first)
	h.hostMemory(first)
	h.hostDisk(first)
	h.hostClock(first)
	if sized := slices.DeleteFunc(slices.Clone(fleets), func(f fleetOf) bool { return f.machine.CPUs == 0 }); len(sized) > 0 {
		h.hostSize(sized)
	}
	h.hostNetwork(fleets)
	h.hostCount(fleets)
	return h
}

// ofHost is a selector of a host's series.
func ofHost(f *metric.Family, more string) string {
	if more != "" {
		more = ", " + more
	}
	return fmt.Sprintf("%s{job=%q%s}", f.Name, nodeJob, more)
}

// nodeSeries is a series of a host.
func nodeSeries(f *metric.Family, instance string, more map[string]string, values string) TestSeries {
	return series(f.Name, merge(map[string]string{"job": nodeJob, "instance": instance}, more), values)
}

func hostLabels(instance string) map[string]string { return map[string]string{"instance": instance} }

// host is a host's labels with its job.
func hostWithJob(instance string) map[string]string {
	return map[string]string{"instance": instance, "job": nodeJob}
}

func (s *signs) hostCPU(node string) {
	mode := func(m string, values string) TestSeries {
		return nodeSeries(metric.NodeCPU, node, map[string]string{"cpu": "0", "mode": m}, values)
	}
	step := storyStep.Seconds()
	s.add(sign{
		Alert: Alert{
			Name:    "HostCPUBusy",
			Summary: "A machine has hardly any processor time left",
			Meaning: fmt.Sprintf("Over %s more than %s of the time of all its processors was used for something, waiting for disks and time taken by the hypervisor among it.", slo.FormatDuration(hostWindow), percent(s.limits.Hosts.CPU)),
			Impact:  "Media that is handled in programs is late: callers hear gaps. SIP answers become slow, and INVITEs are sent again, which makes more load.",
			Look: []string{
				"the Hosts board: which mode is it? user and system are the daemon, softirq packets, steal a neighbour on the same hardware, iowait the disk",
				"`top -H -b -n 1 | head -30` on the machine",
			},
			Do: []string{
				"user of RTPEngine: find out why streams are not in the kernel (alert RTPEngineOffloadLost), or spread them over more engines.",
				"user of Asterisk: stop recording or transcoding that nobody needs, or add a server to the farm.",
				"steal: move the machine when it has no calls: `gcloud compute instances stop NAME --zone=ZONE`, then `gcloud compute instances start NAME --zone=ZONE`.",
			},
			FalsePositives: []string{"A backup or an upgrade that runs at the time: look for it in `top`."},
		},
		board: hostsBoard, wait: s.limits.Hosts.CPUFor, window: hostWindow, late: 16 * storyStep, whose: hostLabels(node), value: "100%",
		fault: func(c lapse) []TestSeries {
			n := counterValues(c.step, phase{length: c.before, rise: step}, phase{length: c.fault}, phase{length: c.after, rise: step})
			return []TestSeries{mode("idle", n)}
		},
		well: func(c lapse) []TestSeries {
			return []TestSeries{mode("idle", counterValues(c.step, phase{length: c.length(), rise: step}))}
		},
	}, clause{slo.Ticket, "", fmt.Sprintf("1 - avg by (instance) (rate(%s[%s])) > %g", ofHost(metric.NodeCPU, `mode="idle"`), slo.FormatDuration(hostWindow), s.limits.Hosts.CPU),
		"{{ $labels.instance }} has no processor time left", "Of all processors {{ $value | humanizePercentage }} are busy."})
}

func (s *signs) hostSoftIRQ(node string) {
	soft := func(values string) []TestSeries {
		return []TestSeries{nodeSeries(metric.NodeCPU, node, map[string]string{"cpu": "0", "mode": "softirq"}, values)}
	}
	s.add(sign{
		Alert: Alert{
			Name:    "HostSoftIRQHigh",
			Summary: "One processor is busy with nothing but packets",
			Meaning: fmt.Sprintf("Over %s one processor handled packets for more than %s of its time. The network card gives it more than its share.", slo.FormatDuration(hostWindow), percent(s.limits.Hosts.SoftIRQ)),
			Impact:  "At the whole of a processor packets are dropped before any program sees them: media has gaps, and SIP over UDP is sent again.",
			Look: []string{
				"`mpstat -P ALL 1 5` on the machine: one processor alone, or all?",
				"`cat /proc/interrupts | grep -E 'virtio|eth'` and `cat /proc/net/softnet_stat`: the second column is what was dropped",
				"the Hosts board: packets by machine, and drops",
			},
			Do: []string{
				"One alone: spread the card's queues (`ethtool -L`, irqbalance) or turn receive packet steering on.",
				"All of them: there are more packets than the machine carries. Spread calls over more machines, and look for an attack in the packets' sources.",
			},
			FalsePositives: []string{"A large copy over the network, such as a backup."},
		},
		board: hostsBoard, wait: s.limits.Hosts.SoftIRQFor, window: hostWindow, late: 10 * storyStep, whose: merge(hostLabels(node), map[string]string{"cpu": "0"}), value: "100%",
		fault: func(c lapse) []TestSeries { return soft(c.counter(c.step.Seconds())) },
		well:  func(c lapse) []TestSeries { return soft(counterValues(c.step, phase{length: c.length(), rise: 1})) },
	}, clause{slo.Ticket, "", fmt.Sprintf("max by (instance, cpu) (rate(%s[%s])) > %g", ofHost(metric.NodeCPU, `mode="softirq"`), slo.FormatDuration(hostWindow), s.limits.Hosts.SoftIRQ),
		"Processor {{ $labels.cpu }} of {{ $labels.instance }} does little but packets", "They take {{ $value | humanizePercentage }} of its time."})
}

func (s *signs) hostMemory(node string) {
	memory := func(total, free string) []TestSeries {
		return []TestSeries{nodeSeries(metric.NodeMemoryTotal, node, nil, total), nodeSeries(metric.NodeMemoryAvailable, node, nil, free)}
	}
	s.add(sign{
		Alert: Alert{
			Name:    "HostMemoryLow",
			Summary: "A machine has hardly any memory left",
			Meaning: fmt.Sprintf("Less than %s of its memory could still be had by programs; caches that the kernel would give up count as free.", percent(s.limits.Hosts.Memory.Free)),
			Impact:  "The kernel soon kills a process, and the largest is the daemon: all calls on the machine end at once.",
			Look: []string{
				"`ps -eo pid,rss,comm --sort=-rss | head` on the machine: who has it?",
				"`dmesg -T | grep -i 'killed process'`: has it happened already?",
				"`promtool query instant http://localhost:9090 'predict_linear(node_memory_MemAvailable_bytes{instance=\"HOST\"}[1h], 14400)'`: what is left in four hours as it goes now?",
			},
			Do: []string{
				"The daemon grows without growing traffic: it leaks. Take it out of rotation, let its calls end, and start it anew: `gcore $(pidof DAEMON)` keeps a core for its makers, `systemctl restart DAEMON`.",
				"It grows with traffic: the machine is too small for what it is given.",
			},
			FalsePositives: []string{"A shared memory pool that a daemon claims whole at its start, and that leaves less than that by design: lower it with -m."},
		},
		board: hostsBoard, wait: s.limits.Hosts.Memory.For, whose: hostWithJob(node), value: "5%",
		fault: func(c lapse) []TestSeries { return memory(c.steady(1000), c.gauge(500, 50)) },
		well:  func(c lapse) []TestSeries { return memory(c.steady(1000), c.steady(500)) },
	}, clause{slo.Ticket, "", fmt.Sprintf("%s / %s < %g", ofHost(metric.NodeMemoryAvailable, ""), ofHost(metric.NodeMemoryTotal, ""), s.limits.Hosts.Memory.Free),
		"{{ $labels.instance }} has hardly any memory left", "Only {{ $value | humanizePercentage }} of it could still be had."})
}

func (s *signs) hostDisk(node string) {
	disk := map[string]string{"device": "/dev/sda1", "fstype": "ext4", "mountpoint": "/"}
	size := func(values string) TestSeries { return nodeSeries(metric.NodeFilesystemSize, node, disk, values) }
	free := func(values string) TestSeries { return nodeSeries(metric.NodeFilesystemAvail, node, disk, values) }
	share := fmt.Sprintf("%s / %s", ofHost(metric.NodeFilesystemAvail, rootDisk), ofHost(metric.NodeFilesystemSize, rootDisk))
	s.add(sign{
		Alert: Alert{
			Name:    "HostDiskFilling",
			Summary: "The disk of a machine is full, or will be in days",
			Meaning: fmt.Sprintf("Less than %s of the root file system is free (cause low), or less than %s is, and growing as in the last %s it would be full within %s (cause forecast).",
				percent(s.limits.Hosts.Disk.Free), percent(hostDiskHalf), slo.FormatDuration(diskHistory), slo.FormatDuration(s.limits.Hosts.DiskFullWithin)),
			Impact: "On a full disk logs, recordings and call records are lost, and Asterisk cannot store voicemail. Daemons that must write do not start again.",
			Look: []string{
				"`df -h /` and `du -xh --max-depth=3 / | sort -h | tail -20` on the machine",
				"`journalctl --disk-usage`, and core files in /var/lib/systemd/coredump",
			},
			Do: []string{
				"Logs: `journalctl --vacuum-size=500M` and `logrotate --force /etc/logrotate.conf` make room at once; rotate sooner, and turn off debug logging that somebody left on.",
				"Recordings that are not uploaded: see whether their upload fails before you delete any.",
				"Otherwise make the disk larger, `gcloud compute disks resize DISK --size=GB --zone=ZONE`, then `growpart /dev/sda 1` and `resize2fs /dev/sda1` on the machine: spec/platform.yaml says what it was meant to be.",
			},
			FalsePositives: []string{"One large copy makes a steep forecast that ends with the copy."},
		},
		board: hostsBoard, wait: s.limits.Hosts.Disk.For, whose: merge(hostWithJob(node), disk), value: "30%",
		fault: func(c lapse) []TestSeries { return []TestSeries{size(c.steady(1000)), free(c.gauge(900, 300))} },
		well:  func(c lapse) []TestSeries { return []TestSeries{size(c.steady(1000)), free(c.steady(600))} },
		others: []shown{{whose: merge(hostWithJob(node), disk), value: "5%", fault: func(c lapse) []TestSeries {
			return []TestSeries{size(c.gauge(100, 1000)), free(c.steady(50))}
		}}},
	}, clause{slo.Ticket, "forecast", fmt.Sprintf("%s < %g and predict_linear(%s[%s], %d) < 0", share, hostDiskHalf, ofHost(metric.NodeFilesystemAvail, rootDisk), slo.FormatDuration(diskHistory), int(s.limits.Hosts.DiskFullWithin.Seconds())),
		"The disk of {{ $labels.instance }} will be full in days", "{{ $value | humanizePercentage }} of it is free, and it fills."},
		clause{slo.Ticket, "low", fmt.Sprintf("%s < %g", share, s.limits.Hosts.Disk.Free),
			"The disk of {{ $labels.instance }} is nearly full", "{{ $value | humanizePercentage }} of it is free."})
}

func (s *signs) hostClock(node string) {
	offset := func(values string) []TestSeries {
		return []TestSeries{nodeSeries(metric.NodeClockOffset, node, nil, values)}
	}
	s.add(sign{
		Alert: Alert{
			Name:    "HostClockOff",
			Summary: "The clock of a machine is wrong, or nobody sets it",
			Meaning: fmt.Sprintf("The kernel takes its clock to be more than %s off (cause offset), or no server sets it (cause unset).", s.limits.Hosts.Clock),
			Impact:  "Times of calls are wrong in bills and logs, certificates and tokens fail, and proofs of what a replica has lose their worth.",
			Look:    []string{"`timedatectl` and `chronyc tracking` (or `ntpq -p`) on the machine", "`chronyc sources -v`: are there any that it reaches?"},
			Do: []string{
				"Start chronyd, or let it reach its servers: the provider's own, such as metadata.google.internal, need no way outside.",
				"A large offset is corrected slowly: `chronyc makestep` does it at once; do that while the machine carries no calls.",
			},
			FalsePositives: []string{"A machine whose clock the hypervisor sets and that reports no synchronisation: install chrony all the same."},
		},
		board: hostsBoard, wait: s.limits.Hosts.ClockFor, whose: hostWithJob(node), value: "0.2",
		fault: func(c lapse) []TestSeries { return offset(c.gauge(0, 0.2)) },
		well:  func(c lapse) []TestSeries { return offset(c.steady(0.001)) },
		others: []shown{{whose: hostWithJob(node), fault: func(c lapse) []TestSeries {
			return []TestSeries{nodeSeries(metric.NodeClockSynced, node, nil, c.gauge(1, 0))}
		}}},
	}, clause{slo.Ticket, "offset", fmt.Sprintf("abs(%s) > %g", ofHost(metric.NodeClockOffset, ""), s.limits.Hosts.Clock.Seconds()),
		"The clock of {{ $labels.instance }} is off", "It is off by {{ $value }} seconds."},
		clause{slo.Ticket, "unset", ofHost(metric.NodeClockSynced, "") + " == 0",
			"Nobody sets the clock of {{ $labels.instance }}", "It runs by itself and goes wrong."})
}
