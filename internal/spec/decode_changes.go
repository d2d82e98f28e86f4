package spec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/config"
	"github.com/voipbin/observability/internal/diag"
)

// changesOf decodes what a profile changes of the description.
func (l *loader) changesOf(m *config.Map, o *overlay) {
	change := func(v config.Value, f func(*loader)) {
		if v.Present() {
			o.changes = append(o.changes, f)
		}
	}
	regions, services, hosts := m.Optional("regions"), m.Optional("services"), m.Optional("hosts")
	if regions.Present() {
		list := l.regions(regions)
		change(regions, func(l *loader) { l.spec.Platform.Regions = list })
	}
	if services.Present() {
		adjust := config.Object(services, serviceChanges)
		change(services, adjust)
	}
	if hosts.Present() {
		list := config.Objects(hosts, l.host)
		change(hosts, func(l *loader) { l.spec.Network.Hosts = list })
	}
	if objectives := m.Optional("objectives"); objectives.Present() {
		list := config.Objects(objectives, l.objectiveChange)
		change(objectives, func(l *loader) {
			for _, adjust := range list {
				adjust(l, true)
			}
			for _, adjust := range list { // what is said of one group holds for it, wherever it stands
				adjust(l, false)
			}
		})
	}
	if jobs := m.Optional("jobs"); jobs.Present() {
		list := config.Objects(jobs, l.scrapeJob)
		change(jobs, func(l *loader) { l.spec.Scrape.Jobs = list })
	}
	l.tierChanges(m, change)
	l.storeChanges(m, change)
}

// tierChanges decodes tiers that a profile has instead of those described. Capacities that it does not state stay.
func (l *loader) tierChanges(m *config.Map, change func(config.Value, func(*loader))) {
	proxies, servers, engines := m.Optional("sip_proxies"), m.Optional("media_servers"), m.Optional("media_proxies")
	if proxies.Present() {
		t := config.Object(proxies, l.sipProxies)
		change(proxies, func(l *loader) { l.spec.Platform.SIPProxies = t })
	}
	if servers.Present() {
		t := config.Object(servers, l.mediaServers)
		change(servers, func(l *loader) { l.spec.Platform.MediaServers = t })
	}
	if engines.Present() {
		t := config.Object(engines, l.mediaProxies)
		change(engines, func(l *loader) { l.spec.Platform.MediaProxies = t })
	}
}

// storeChanges decodes stores that a profile has instead of those described.
func (l *loader) storeChanges(m *config.Map, change func(config.Value, func(*loader))) {
	mysql, redis, rabbit := m.Optional("mysql"), m.Optional("redis"), m.Optional("rabbitmq")
	if mysql.Present() {
		v := config.Object(mysql, l.mysql)
		change(mysql, func(l *loader) { l.spec.Stores.MySQL = v })
	}
	if redis.Present() {
		v := config.Object(redis, l.redis)
		change(redis, func(l *loader) { l.spec.Stores.Redis = v })
	}
	if rabbit.Present() {
		v := config.Object(rabbit, l.rabbitmq)
		change(rabbit, func(l *loader) {
			if v.Queues == nil {
				v.Queues = l.spec.Stores.RabbitMQ.Queues // the queues are the services', whatever the broker
			}
			v.QueueDepth = cmp.Or(v.QueueDepth, l.spec.Stores.RabbitMQ.QueueDepth) // so is what may wait in them
			l.spec.Stores.RabbitMQ = v
		})
	}
}

// serviceChanges decodes how services differ.
func serviceChanges(m *config.Map) func(*loader) {
	namespace, label, strip, replicas := dnsLabel(m.Optional("namespace")), identifier(m.Optional("label")), m.Optional("strip_prefix").String(), m.Optional("replicas").Int(1, maxReplicas)
	elsewhere := config.List(m.Optional("elsewhere"), func(v config.Value) config.Value { return v })
	requests, limits := m.Optional("requests"), m.Optional("limits")
	var own [2]Resources
	own[0], own[1] = config.Object(requests, resources), config.Object(limits, resources)
	each := map[string]int{}
	exceptions := labelEntries(m.Optional("replicas_of"))
	for _, e := range exceptions {
		each[e.Key.Raw()] = e.Value.Int(1, maxReplicas)
	}
	return func(l *loader) {
		services := &l.spec.Services
		services.Namespace, services.Label = cmp.Or(namespace, services.Namespace), cmp.Or(label, services.Label)
		services.List = slices.Clone(services.List)
		for i := range services.List {
			o := &services.List[i]
			o.Name, o.Attribution = strings.TrimPrefix(o.Name, strip), strings.TrimPrefix(o.Attribution, strip)
			o.Replicas = cmp.Or(each[o.Name], replicas, o.Replicas)
			if requests.Present() {
				o.Requests = own[0]
			}
			if limits.Present() {
				o.Limits = own[1]
			}
		}
		for _, e := range exceptions {
			if _, ok := services.Find(e.Key.Raw()); !ok {
				e.Key.Reject(fmt.Sprintf("there is no service %q", e.Key.Raw()), services.hint(e.Key.Raw()))
			}
		}
		for _, v := range elsewhere {
			services.drop(v)
		}
		balancers := slices.Clone(l.spec.Network.LoadBalancers)
		for i := range balancers {
			balancers[i].Backend = strings.TrimPrefix(balancers[i].Backend, strip)
		}
		l.spec.Network.LoadBalancers = balancers
	}
}

// drop takes a service away that runs where the profile does not reach. What is promised of their number is then promised of the others.
func (s *Services) drop(name config.Value) {
	if _, ok := s.Find(name.Raw()); !ok {
		name.Reject(fmt.Sprintf("there is no service %q", name.Raw()), s.hint(name.Raw()))
		return
	}
	s.Elsewhere = append(slices.Clone(s.Elsewhere), name.Raw())
	s.List = slices.DeleteFunc(s.List, func(o Service) bool { return o.Name == name.Raw() })
	s.AtLeast = min(s.AtLeast, len(s.List))
}

// hint guesses which service was meant.
func (s Services) hint(name string) string {
	names := make([]string, len(s.List))
	for i, o := range s.List {
		names[i] = o.Name
	}
	return cmp.Or(diag.DidYouMean(name, names), "name a service as this profile calls it")
}
