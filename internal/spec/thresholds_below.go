package spec

import (
	"cmp"
	"time"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/diag"
)

// HostsThresholds are the limits at which the machines below the daemons alert.
type HostsThresholds struct {
	CPU            float64       // share of the time of all processors that may be used
	CPUFor         time.Duration // how long more must be used
	SoftIRQ        float64       // share of one processor's time that packets may take: beyond it they are lost
	SoftIRQFor     time.Duration // how long packets must take more
	Memory         Floor         // what programs can still have
	Disk           Floor         // of the root file system
	DiskFullWithin time.Duration // as it fills now
	Clock          time.Duration // how far off the kernel may take its clock to be
	ClockFor       time.Duration // how long it must be further off
	Bandwidth      float64       // share of the machine's that may be used
	BandwidthFor   time.Duration // how long more must be used
	DiffersFor     time.Duration // how long a machine may have another size than the spec says
	MissingFor     time.Duration // how long a machine of the spec may not be watched
	Pos            diag.Position
}

// MonitoringThresholds are the limits at which Prometheus, Alertmanager and the exporters alert about themselves.
type MonitoringThresholds struct {
	Storage           Limits        // share of the server's storage
	ConfigRejectedFor time.Duration // how long a configuration that cannot be loaded may lie there
	RulesFailingFor   time.Duration // how long rules of a group must fail
	SlowRules         float64       // share of the time until a group's next evaluation that one may take
	SlowRulesFor      time.Duration // how long one must take more
	ScrapesRefusedFor time.Duration // how long scrapes must be thrown away whole
	Notifications     Limits        // share that is lost
	TargetsFor        time.Duration // how long targets of a job may be down
	ExportersFor      time.Duration // how long an exporter may not tell everything
	DiffersFor        time.Duration // how long what runs may differ from the spec
	Pos               diag.Position
}

// NetworkThresholds are the limits at which the edge alerts.
type NetworkThresholds struct {
	UnreachableFor  time.Duration // of a public address
	CertificatesFor time.Duration // how long a certificate must be near its end, by the times of the SIP edge
	Errors          Limits        // answers of the load balancer that are the server's errors, as a share of all
	PathErrors      float64       // of one path alone
	PathErrorsFor   time.Duration // how long they must be more
	Latency         time.Duration // that one request in twenty may exceed
	LatencyFor      time.Duration // how long one in twenty must take longer
	BucketErrors    float64       // requests to a bucket that fail, as a share of all
	BucketErrorsFor time.Duration // how long they must be more
	OpenPortFor     time.Duration // how long a port that must be closed must answer the world
	LeastShare      float64       // of the calls of the average proxy that each should have
	LeastShareFor   time.Duration // how long one must have less
	NATPortsFor     time.Duration // how long connections to the outside must fail for want of ports
	Subnet          float64       // share of a subnet's addresses that may be taken
	SubnetFor       time.Duration // how long more must be taken
	Pos             diag.Position
}

// StoresThresholds are the limits at which what holds data alerts.
type StoresThresholds struct {
	DownFor    time.Duration // a server that does not answer
	WrongFor   time.Duration // a state that a reload or a resynchronisation may pass through
	DiffersFor time.Duration // what runs and is not what the spec says
	Used       Limits        // share of connections or memory
	ReadersLag time.Duration // how far a replica may be behind: longer than any request, so that a caller does not meet what it wrote

	PrimaryReadOnlyFor time.Duration // how long the database's primary must refuse writes
	BrokerAlarmFor     time.Duration // how long a node of the message queue must stop its publishers
	BrokerPartedFor    time.Duration // how long nodes of the message queue must not see each other
	DrainSlowFor       time.Duration // how long a queue must need longer than its callers wait
	UnattendedFor      time.Duration // how long a queue that stays must have no consumer
	ManagedCPU         float64       // share of a managed database's processors that may be used
	ManagedDisk        float64       // share of its disk
	ManagedFor         time.Duration // how long what the cloud tells of a managed database must hold: it is minutes late

	Pos diag.Position
}

func usualHosts() HostsThresholds {
	return HostsThresholds{
		CPU: 0.85, CPUFor: 10 * time.Minute, SoftIRQ: 0.5, SoftIRQFor: 10 * time.Minute,
		Memory: Floor{Free: 0.1, For: 5 * time.Minute}, Disk: Floor{Free: 0.1, For: 15 * time.Minute}, DiskFullWithin: 4 * 24 * time.Hour,
		Clock: 50 * time.Millisecond, ClockFor: 10 * time.Minute, Bandwidth: 0.8, BandwidthFor: 10 * time.Minute,
		DiffersFor: 15 * time.Minute, MissingFor: 10 * time.Minute,
	}
}

func usualMonitoring() MonitoringThresholds {
	return MonitoringThresholds{
		Storage:           Limits{Warn: 0.8, Page: 0.95, For: 15 * time.Minute},
		ConfigRejectedFor: 5 * time.Minute, RulesFailingFor: 5 * time.Minute, SlowRules: 0.8, SlowRulesFor: 5 * time.Minute, ScrapesRefusedFor: time.Minute,
		Notifications: Limits{Warn: 0.01, Page: 0.5, For: 5 * time.Minute},
		TargetsFor:    10 * time.Minute, ExportersFor: 15 * time.Minute, DiffersFor: 15 * time.Minute,
	}
}

func usualNetwork() NetworkThresholds {
	return NetworkThresholds{
		UnreachableFor: 2 * time.Minute, CertificatesFor: 10 * time.Minute, Errors: Limits{Warn: 0.01, Page: 0.05, For: 5 * time.Minute},
		PathErrors: 0.05, PathErrorsFor: 10 * time.Minute, Latency: time.Second, LatencyFor: 10 * time.Minute,
		BucketErrors: 0.01, BucketErrorsFor: 10 * time.Minute, OpenPortFor: time.Minute, LeastShare: 0.1, LeastShareFor: 10 * time.Minute,
		NATPortsFor: 5 * time.Minute, Subnet: 0.8, SubnetFor: 5 * time.Minute,
	}
}

func usualStores() StoresThresholds {
	return StoresThresholds{
		DownFor: time.Minute, WrongFor: 5 * time.Minute, DiffersFor: 15 * time.Minute, Used: Limits{Warn: 0.8, Page: 0.95, For: 5 * time.Minute},
		ReadersLag: 30 * time.Second, PrimaryReadOnlyFor: time.Minute, BrokerAlarmFor: 30 * time.Second, BrokerPartedFor: time.Minute,
		DrainSlowFor: 2 * time.Minute, UnattendedFor: 2 * time.Minute, ManagedCPU: 0.8, ManagedDisk: 0.8, ManagedFor: 15 * time.Minute,
	}
}

// hostsThresholds decodes the limits of machines. Each has a usual value, as have those of the three below.
func hostsThresholds(v config.Value) HostsThresholds {
	usual := usualHosts()
	if !v.Present() {
		return usual
	}
	return config.Object(v, func(m *config.Map) HostsThresholds {
		return HostsThresholds{
			Pos: m.Pos(), CPU: shareOr(m.Optional("cpu"), usual.CPU), CPUFor: lasting(m, "cpu_for", usual.CPUFor),
			SoftIRQ: shareOr(m.Optional("softirq"), usual.SoftIRQ), SoftIRQFor: lasting(m, "softirq_for", usual.SoftIRQFor),
			Memory: floorOr(m.Optional("memory"), usual.Memory), Disk: floorOr(m.Optional("disk"), usual.Disk),
			DiskFullWithin: cmp.Or(m.Optional("disk_full_within").Duration(time.Hour, maxHorizon), usual.DiskFullWithin),
			Clock:          cmp.Or(m.Optional("clock").Duration(time.Millisecond, time.Minute), usual.Clock),
			ClockFor:       lasting(m, "clock_for", usual.ClockFor),
			Bandwidth:      shareOr(m.Optional("bandwidth"), usual.Bandwidth),
			BandwidthFor:   lasting(m, "bandwidth_for", usual.BandwidthFor),
			DiffersFor:     lasting(m, "differs_for", usual.DiffersFor),
			MissingFor:     lasting(m, "missing_for", usual.MissingFor),
		}
	})
}

func monitoringThresholds(v config.Value) MonitoringThresholds {
	usual := usualMonitoring()
	if !v.Present() {
		return usual
	}
	return config.Object(v, func(m *config.Map) MonitoringThresholds {
		return MonitoringThresholds{
			Pos:               m.Pos(),
			Storage:           limitsOr(m.Optional("storage"), usual.Storage),
			ConfigRejectedFor: lasting(m, "config_rejected_for", usual.ConfigRejectedFor),
			RulesFailingFor:   lasting(m, "rules_failing_for", usual.RulesFailingFor),
			SlowRules:         shareOr(m.Optional("slow_rules"), usual.SlowRules),
			SlowRulesFor:      lasting(m, "slow_rules_for", usual.SlowRulesFor),
			ScrapesRefusedFor: lasting(m, "scrapes_refused_for", usual.ScrapesRefusedFor),
			Notifications:     limitsOr(m.Optional("notifications"), usual.Notifications),
			TargetsFor:        wait(m, "targets_for", usual.TargetsFor),
			ExportersFor:      wait(m, "exporters_for", usual.ExportersFor),
			DiffersFor:        wait(m, "differs_for", usual.DiffersFor),
		}
	})
}

func networkThresholds(v config.Value) NetworkThresholds {
	usual := usualNetwork()
	if !v.Present() {
		return usual
	}
	return config.Object(v, func(m *config.Map) NetworkThresholds {
		path := m.Optional("path_errors")
		n := NetworkThresholds{
			Pos:             m.Pos(),
			UnreachableFor:  wait(m, "unreachable_for", usual.UnreachableFor),
			CertificatesFor: lasting(m, "certificates_for", usual.CertificatesFor),
			Errors:          limitsOr(m.Optional("errors"), usual.Errors),
			PathErrors:      shareOr(path, usual.PathErrors),
			PathErrorsFor:   lasting(m, "path_errors_for", usual.PathErrorsFor),
			Latency:         cmp.Or(m.Optional("latency").Duration(time.Millisecond, time.Hour), usual.Latency),
			LatencyFor:      lasting(m, "latency_for", usual.LatencyFor),
			BucketErrors:    shareOr(m.Optional("bucket_errors"), usual.BucketErrors),
			BucketErrorsFor: lasting(m, "bucket_errors_for", usual.BucketErrorsFor),
			OpenPortFor:     lasting(m, "open_port_for", usual.OpenPortFor),
			LeastShare:      shareOr(m.Optional("least_share"), usual.LeastShare),
			LeastShareFor:   lasting(m, "least_share_for", usual.LeastShareFor),
			NATPortsFor:     lasting(m, "nat_ports_for", usual.NATPortsFor),
			Subnet:          shareOr(m.Optional("subnet"), usual.Subnet),
			SubnetFor:       lasting(m, "subnet_for", usual.SubnetFor),
		}
		if n.PathErrors > 0 && n.Errors.Warn > 0 && n.PathErrors < n.Errors.Warn {
			path.Reject("one path alerts sooner than all of them together (errors.warn)", "a single path has few requests: give it the larger share")
		}
		return n
	})
}

// HalfFull is the share of a disk from which on its growth is looked at.
const HalfFull = 0.5

func storesThresholds(v config.Value) StoresThresholds {
	usual := usualStores()
	if !v.Present() {
		return usual
	}
	return config.Object(v, func(m *config.Map) StoresThresholds {
		disk := m.Optional("managed_disk")
		t := StoresThresholds{
			Pos:                m.Pos(),
			DownFor:            wait(m, "down_for", usual.DownFor),
			WrongFor:           wait(m, "wrong_for", usual.WrongFor),
			DiffersFor:         wait(m, "differs_for", usual.DiffersFor),
			Used:               limitsOr(m.Optional("used"), usual.Used),
			ReadersLag:         cmp.Or(m.Optional("readers_lag").Duration(time.Second, time.Hour), usual.ReadersLag),
			PrimaryReadOnlyFor: lasting(m, "primary_read_only_for", usual.PrimaryReadOnlyFor),
			BrokerAlarmFor:     lasting(m, "broker_alarm_for", usual.BrokerAlarmFor),
			BrokerPartedFor:    lasting(m, "broker_parted_for", usual.BrokerPartedFor),
			DrainSlowFor:       lasting(m, "drain_slow_for", usual.DrainSlowFor),
			UnattendedFor:      lasting(m, "unattended_for", usual.UnattendedFor),
			ManagedCPU:         shareOr(m.Optional("managed_cpu"), usual.ManagedCPU),
			ManagedDisk:        shareOr(disk, usual.ManagedDisk),
			ManagedFor:         lasting(m, "managed_for", usual.ManagedFor),
		}
		if t.ManagedDisk <= HalfFull {
			disk.Reject("a disk is forecast from half full on, and alerts at once from this on", "write more than 50%")
		}
		return t
	})
}
