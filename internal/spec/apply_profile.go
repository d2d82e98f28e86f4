package spec

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/diag"
)

// layer makes the changes of profiles, each on top of the one before.
func (l *loader) layer(chain []overlay) {
	signals := map[string]Signal{}
	var p Profile
	for _, o := range chain {
		for _, s := range o.profile.Signals {
			signals[s.Name] = s
		}
		without, accepted := slices.Concat(p.Without, o.profile.Without), slices.Concat(o.profile.Accepted, p.Accepted)
		objectives := slices.Concat(p.WithoutObjectives, o.profile.WithoutObjectives)
		lacks := slices.Concat(p.Lacks, o.profile.Lacks)
		p = o.profile
		p.Without, p.Accepted, p.WithoutObjectives, p.Lacks = without, accepted, objectives, lacks
		for _, change := range o.changes {
			change(l)
		}
	}
	p.Signals = nil
	for _, kind := range SignalKinds() {
		if s, ok := signals[kind.Name]; ok {
			p.Signals = append(p.Signals, s)
		}
	}
	l.spec.Profile = p
	last := chain[len(chain)-1]
	l.everySignal(last, signals)
	l.spec.remove(p.Without)
	l.spec.SLOs = slices.DeleteFunc(slices.Clone(l.spec.SLOs), func(o SLO) bool { return slices.ContainsFunc(p.WithoutObjectives, o.Called) })
	l.regionsOfNodes()
	l.servicesOfSignals()
	l.lacking(p.Lacks)
	for _, o := range l.spec.Services.List {
		if b := o.Bounds; b.Max > 0 && (o.Replicas < b.Min || o.Replicas > b.Max) {
			l.reject(p.Pos, fmt.Sprintf("service %q has %d replicas, outside the bounds %d to %d", o.Name, o.Replicas, b.Min, b.Max), "without: [autoscaling], or replicas within the bounds")
		}
	}
}

// lacking notes at the rows of the inventory why the profile does not cover them. Of two reasons the later one holds, which is the profile's own.
func (l *loader) lacking(lacks []Lack) {
	if !l.spec.Inventory.Described() {
		return
	}
	rows := map[string]*InventoryRow{}
	l.spec.Inventory.Sections = slices.Clone(l.spec.Inventory.Sections)
	for i := range l.spec.Inventory.Sections {
		section := &l.spec.Inventory.Sections[i]
		section.Rows = slices.Clone(section.Rows)
		for j := range section.Rows {
			rows[section.Rows[j].ID] = &section.Rows[j]
		}
	}
	for _, lack := range lacks {
		for _, id := range lack.Rows {
			if row, ok := rows[id.Name]; ok {
				row.Lacking = lack.Reason
			} else {
				l.reject(id.Pos, fmt.Sprintf("there is no row %q", id.Name), "inventory.yaml has them: "+strings.Join(slices.Sorted(maps.Keys(rows)), ", "))
			}
		}
	}
}

// dropped reports an objective that a profile cannot be without, as it is a part of another, which is not gone as well. One that there is not is none
// to be without.
func (l *loader) dropped(v config.Value, gone []string) {
	meant := l.spec.Called(v.Raw())
	for _, o := range l.spec.SLOs {
		if slices.ContainsFunc(gone, o.Called) {
			continue
		}
		if slices.ContainsFunc(o.SLI.Parts, func(p Part) bool { return slices.Contains(meant, p.Name) }) {
			v.Reject(fmt.Sprintf("%q is a part of objective %q", v.Raw(), o.Name), "be without that one as well")
		}
	}
}

// everySignal reports what a profile maps to nothing without saying why.
func (l *loader) everySignal(last overlay, signals map[string]Signal) {
	if len(signals) == 0 {
		last.pos.Reject("the profile maps nothing", "name the series by which services are measured: signals")
		return
	}
	for _, kind := range SignalKinds() {
		if _, ok := signals[kind.Name]; !ok {
			last.pos.Reject(fmt.Sprintf("the profile does not map %s: %s", kind.Name, kind.Help), `name the series, or say why there is none: {name: `+kind.Name+`, absent: "..."}`)
		}
	}
}

// servicesOfSignals reports signals of services that are not there.
func (l *loader) servicesOfSignals() {
	if !l.spec.Services.Described() {
		return
	}
	check := func(s Signal, service string, at diag.Position) {
		if _, ok := l.spec.Services.Find(service); !ok && service != "" && !slices.Contains(l.spec.Services.Elsewhere, service) {
			l.reject(at, fmt.Sprintf("signal %s is of service %q, which is not there", s.Name, service), l.spec.Services.hint(service))
		}
	}
	for _, s := range l.spec.Profile.Signals {
		check(s, s.Of, s.Pos)
		for _, e := range s.Exceptions {
			check(s, e.Service, e.Pos)
		}
	}
}

// remove takes away what is not there.
func (s *Spec) remove(without []string) {
	p := &s.Platform
	actions := map[string]func(){
		PartAutoscaling: func() {
			s.Services.Autoscaling = Autoscaling{}
			for i := range s.Services.List {
				s.Services.List[i].Bounds, s.Services.List[i].Class = Bounds{}, ""
			}
		},
		PartLoadBalancers: func() { s.Network.LoadBalancers = nil },
		PartNAT:           func() { s.Network.NAT = false },
		PartSubnets:       func() { s.Network.Subnets, s.Network.Firewall, s.Network.Flows = nil, nil, nil },
		PartStandby: func() {
			s.Recovery, s.Stores.MySQL.DR = Recovery{}, DatabaseNode{}
			p.Regions = slices.DeleteFunc(slices.Clone(p.Regions), func(r Region) bool { return r.Role == standbyRole })
		},
		PartBuckets:      func() { s.Stores.Buckets = nil },
		PartMySQL:        func() { s.Stores.MySQL = MySQL{} },
		PartRedis:        func() { s.Stores.Redis = Redis{} },
		PartRabbitMQ:     func() { s.Stores.RabbitMQ = RabbitMQ{} },
		PartMediaServers: func() { p.MediaServers = MediaServerTier{} },
		PartMediaProxies: func() { p.MediaProxies = MediaProxyTier{} },
		PartSIPProber:    func() { p.SIPProber = SIPProber{} },
		PartResources: func() {
			for i := range s.Services.List {
				s.Services.List[i].Requests, s.Services.List[i].Limits = Resources{}, Resources{}
			}
		},
		PartImages: func() {
			for i := range s.Services.List {
				s.Services.List[i].Image = ""
			}
		},
		PartProbes: func() {
			for i := range s.Services.List {
				s.Services.List[i].Liveness, s.Services.List[i].Readiness = HealthCheck{}, HealthCheck{}
			}
		},
	}
	if slices.Contains(without, PartKubernetes) {
		s.withoutCluster()
		without = slices.Concat(without, []string{PartAutoscaling, PartProbes, PartResources, PartImages})
	}
	for _, part := range slices.Sorted(maps.Keys(actions)) {
		if slices.Contains(without, part) {
			actions[part]()
		}
	}
}

// withoutCluster takes away what scrapes a cluster, and its machines. The services stay: they run elsewhere.
func (s *Spec) withoutCluster() {
	s.Services.NodePool, s.Scrape.Kubernetes = NodePool{}, Kubernetes{}
	s.Scrape.Jobs = slices.DeleteFunc(slices.Clone(s.Scrape.Jobs), func(j ScrapeJob) bool { return j.Kind == KubeStateJob })
}

// regionsOfNodes reports machines in regions that a profile took away.
func (l *loader) regionsOfNodes() {
	s := &l.spec
	regions := make([]string, len(s.Platform.Regions))
	for i, r := range s.Platform.Regions {
		regions[i] = r.Name
	}
	check := func(kind, name, region string, at diag.Position) {
		if name != "" && region != "" && !slices.Contains(regions, region) {
			l.reject(at, fmt.Sprintf("%s %q is in region %q, which profile %s does not have", kind, name, region, s.Profile.Name), "the profile must place it elsewhere, or be without it")
		}
	}
	for _, t := range []Tier{s.Platform.SIPProxies.Tier, s.Platform.MediaServers.Tier, s.Platform.MediaProxies.Tier, s.Recovery.Trackers} {
		for _, n := range t.Nodes {
			check("node", n.Name, n.Region, n.Pos)
		}
	}
	for _, n := range s.Stores.MySQL.Nodes() {
		check("node", n.Name, n.Region, n.Pos)
	}
	for _, n := range s.Stores.RabbitMQ.Nodes {
		check("node", n.Name, n.Region, n.Pos)
	}
}
