package rules

import (
	"fmt"

	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

const (
	redisJob   = "redis" // the job label of the targets, as the scrape configuration sets it
	redisBoard = "redis"
)

// redisStore makes the rules of the cache.
type redisStore struct {
	watched
	spec     spec.Redis
	anchored bool
}

// redis returns the records, alerts and stories of the cache, or nothing where the platform has none.
func redis(s *spec.Spec, l links) *redisStore {
	r := &redisStore{
		watched: storeOf(s, l, watched{
			daemon: "Redis", service: "redis", exporter: "redis_exporter", port: s.Stores.Redis.MetricsPort, job: redisJob, board: redisBoard,
			kit: metric.Kit{Up: metric.RedisUp}, nodes: servers(s.Stores.Redis.Name),
		}),
		spec: s.Stores.Redis, anchored: anchored(s),
	}
	if !r.spec.Described() {
		return r
	}
	r.downAlert(r.stores.DownFor, Alert{
		Summary: "The cache is down or cannot be watched",
		Impact:  "Sessions and states of calls cannot be read: logins end, services fall back to the database and slow it down.",
		Look:    []string{"`redis-cli -h NODE ping` from a service's pod", "the provider's list of operations for the instance: a failover takes a minute"},
		Do:      []string{"Wait for the replica to take over; if it does not, fail over by hand: `gcloud redis instances failover NAME --region=REGION`.", "Watch MySQLConnectionsHigh: all that missed the cache asks the database."},
	})
	r.memoryAlert()
	r.lossAlert("RedisEvicting", metric.RedisEvicted, slo.Ticket, "{{ $labels.instance }} throws keys away", Alert{
		Summary: "The cache throws keys away because its memory is full",
		Meaning: "Keys were evicted in the last five minutes; the page promises that none is.",
		Impact:  "What was evicted is asked of the database again, or is lost where Redis is the only place: sessions end, states of calls vanish.",
		Look:    []string{"panel \"Classes against their budgets\" of the Redis board: who takes more than its share?", "`redis-cli info memory` and `redis-cli --bigkeys`"},
		Do:      []string{"See RedisClassOverBudget and RedisKeysLiveTooLong for whose keys they are; have their owner give them a time to live.", "Enlarge the instance if all classes are inside their budgets: `redis-cli config set maxmemory BYTES` while the machine has room, `gcloud redis instances update NAME --region=REGION --size=GB` where it is managed."},
	})
	r.lossAlert("RedisConnectionsRejected", metric.RedisRejected, slo.Page, "{{ $labels.instance }} refuses connections", Alert{
		Summary: "The cache refuses connections",
		Meaning: "Connections were refused in the last five minutes because there were as many as maxclients.",
		Impact:  "Services cannot reach the cache, at random.",
		Look:    []string{"`redis-cli client list | awk '{print $2}' | cut -d= -f2 | cut -d: -f1 | sort | uniq -c | sort -n | tail`: whose are they?"},
		Do:      []string{"Restart the service that holds most of them, and lower its pool.", "`redis-cli config set timeout 300` closes those that are idle."},
	})
	r.connectionsAlert()
	if r.spec.Replica {
		r.replicaAlert()
	}
	if r.spec.HitRatio > 0 {
		r.hitsAlert()
	}
	r.classAlerts()
	r.driftAlert()
	return r
}

// of is a series of the cache.
func (r *redisStore) of(f *metric.Family, labels map[string]string, values string) TestSeries {
	return r.nth(0, f, labels, values)
}

func (r *redisStore) memoryAlert() {
	r.record(Record{
		Name: redisUsed, Unit: metric.Ratio, Labels: []metric.Label{{Name: "job", Help: "Job of the scrape.", Bound: "one"}, instanceLabel()},
		Help: "Memory that the cache uses as a share of the capacity in the spec.",
	}, fmt.Sprintf("max by (job, instance) (%s{job=%q}) / %d", metric.RedisMemory.Name, redisJob, r.spec.CapacityBytes), nil)
	r.usedAlert(Alert{
		Name:    "RedisMemoryHigh",
		Summary: "The cache is about to be full",
		Meaning: "Memory in use as a share of the capacity that the spec states.",
		Impact:  "None yet. When it is full keys are evicted or writes are refused, by its policy.",
		Look:    []string{"panel \"Classes against their budgets\" of the Redis board", "`redis-cli info memory`: is it the keys, or buffers of slow clients?"},
		Do:      []string{"RedisClassOverBudget and RedisKeysLiveTooLong name the class: mend what writes it.", "If it is all of them, enlarge the instance before it is full: `redis-cli config set maxmemory BYTES` while the machine has room, `gcloud redis instances update NAME --region=REGION --size=GB` where it is managed."},
		FalsePositives: []string{
			"A rewrite or a full resynchronisation takes memory for its time.",
		},
	}, redisUsed, "of its capacity", "{{ $labels.instance }} has little memory left", "{{ $labels.instance }} is about to be full",
		func(c lapse, share float64) []TestSeries {
			size := float64(r.spec.CapacityBytes)
			return []TestSeries{r.of(metric.RedisMemory, nil, c.gauge(size/10, share*size))}
		})
}

func (r *redisStore) connectionsAlert() {
	r.usedAlert(Alert{
		Name:           "RedisConnectionsHigh",
		Summary:        "The cache has few connections left",
		Meaning:        fmt.Sprintf("Clients as a share of the %d that the spec allows.", r.spec.MaxConnections),
		Impact:         "None yet. At the limit new connections are refused: see RedisConnectionsRejected.",
		Look:           []string{"`redis-cli client list | awk '{print $2}' | cut -d= -f2 | cut -d: -f1 | sort | uniq -c | sort -n | tail`: whose are they?"},
		Do:             []string{"Restart the service that leaks them, and lower its pool; `redis-cli config set timeout 300` closes those that are idle."},
		FalsePositives: []string{"A rollout that has both generations of pods connected: it is over within the delay."},
	}, fmt.Sprintf("%s{job=%q} / %d", metric.RedisClients.Name, redisJob, r.spec.MaxConnections), "of the connections that it may have",
		"{{ $labels.instance }} has few connections left", "{{ $labels.instance }} is about to refuse connections",
		func(c lapse, share float64) []TestSeries {
			return []TestSeries{r.of(metric.RedisClients, nil, c.gauge(10, share*float64(r.spec.MaxConnections)))}
		})
}

// lossAlert tells of a counter that must stand still.
func (r *redisStore) lossAlert(name string, f *metric.Family, severity, summary string, a Alert) {
	rule := r.rule(name, severity, fmt.Sprintf("sum by (job, instance) (%s) > 0", increase(fmt.Sprintf("%s{job=%q}", f.Name, redisJob), storeCountWindow, r.anchored)), 0,
		summary, "It did so in the last "+slo.FormatDuration(storeCountWindow)+".")
	c := counted(0, storeCountWindow)
	a.Name, a.Severity, a.Rules, a.FalsePositives = name, severity, []Rule{rule}, []string{"None known."}
	r.alert(a,
		c.fires(name, "it begins and ends", one(firing(rule, r.targetLabels(r.nodes[0]), "", nil)), r.of(f, nil, c.counter(1))),
		c.quiet(name, "it was long ago", Silent, r.of(f, nil, gauge(c.step, phase{length: c.length(), value: 7}))))
}

// replicaAlert tells when nothing would take over.
func (r *redisStore) replicaAlert() {
	const name = "RedisReplicaMissing"
	rule := r.rule(name, slo.Ticket, fmt.Sprintf("%s{job=%q} == 0 and on (job, instance) %s{job=%q, role=\"master\"}", metric.RedisReplicas.Name, redisJob, metric.RedisInstance.Name, redisJob), r.stores.WrongFor,
		"No replica is connected to {{ $labels.instance }}", "If it dies now, nothing takes over.")
	c := gauged(r.stores.WrongFor)
	role := func(role string) TestSeries {
		return r.of(metric.RedisInstance, map[string]string{"role": role, "redis_version": r.spec.Version}, gauge(c.step, c.always()...))
	}
	r.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary:        "The cache has no replica that would take over",
		Meaning:        "No replica is connected to the Redis that takes writes.",
		Impact:         "None yet. If the instance is lost, so is all that it holds.",
		Look:           []string{"`redis-cli info replication` on both: master_link_status, and the log of the replica"},
		Do:             []string{"A replica that starts its copy again and again: `redis-cli config set client-output-buffer-limit 'replica 512mb 256mb 60'` and `redis-cli config set repl-backlog-size 256mb` on the primary, and the same in its configuration.", "Else restart the replica: `systemctl restart redis-server`."},
		FalsePositives: []string{"A managed instance that hides its replica: set replica: false in spec/stores.yaml and watch the provider's own metric."},
	},
		c.fires(name, "it is gone", one(firing(rule, r.targetLabels(r.nodes[0]), "", nil)), r.of(metric.RedisReplicas, nil, c.gauge(1, 0)), role("master")),
		c.quiet(name, "a replica has none of its own", Holds, r.of(metric.RedisReplicas, nil, c.gauge(0, 0)), role("slave")),
		c.quiet(name, "it is connected", Silent, r.of(metric.RedisReplicas, nil, c.gauge(1, 1)), role("master")))
}

// hitsAlert tells when too many reads miss.
func (r *redisStore) hitsAlert() {
	const name = "RedisHitsLow"
	grown := func(f *metric.Family) string {
		return fmt.Sprintf("sum by (job, instance) (%s)", increase(fmt.Sprintf("%s{job=%q}", f.Name, redisJob), storeCountWindow, r.anchored))
	}
	r.record(Record{
		Name: redisHits, Unit: metric.Ratio, Labels: []metric.Label{{Name: "job", Help: "Job of the scrape.", Bound: "one"}, instanceLabel()},
		Help: "Reads that found their key, of all in five minutes; absent without any.",
	}, fmt.Sprintf("%s / (%s + %s > 0)", grown(metric.RedisHits), grown(metric.RedisHits), grown(metric.RedisMisses)), nil)
	rule := r.rule(name, slo.Ticket, fmt.Sprintf("%s < %s", redisHits, slo.FormatNumber(r.spec.HitRatio)), r.stores.DiffersFor,
		"Too many reads of {{ $labels.instance }} miss", "Fewer than "+slo.FormatPercent(r.spec.HitRatio)+" find their key.")
	c := counted(r.stores.DiffersFor, storeCountWindow)
	course := func(f *metric.Family, normal, faulty float64) TestSeries {
		return r.of(f, nil, counterValues(c.step, phase{length: c.before, rise: normal}, phase{length: c.fault, rise: faulty}, phase{length: c.after, rise: normal}))
	}
	r.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary:        "The cache answers too few reads",
		Meaning:        "The share of reads that find their key has been below what the spec asks for " + slo.FormatDuration(r.stores.DiffersFor) + ".",
		Impact:         "Every miss asks the database: it becomes slower for all.",
		Look:           []string{"`redis-cli info stats | grep keyspace`", "panel \"Evicted and expired\" of the Redis board: did keys go, or were they never there?", "what was deployed last: a changed pattern of keys misses all the time"},
		Do:             []string{"After evictions: see RedisEvicting.", "After a deployment: go back (" + r.command("kubectl -n %s rollout undo deployment/SERVICE", "docker compose up -d SERVICE") + "), or let the cache fill if it was emptied."},
		FalsePositives: []string{"Code that asks whether a key is there and expects that it is not.", "The first minutes after the cache was emptied."},
	},
		c.fires(name, "many miss", one(firing(rule, r.targetLabels(r.nodes[0]), "", nil)), course(metric.RedisHits, 99, 1), course(metric.RedisMisses, 1, 1000)),
		c.quiet(name, "few miss", Holds, course(metric.RedisHits, 99, 99), course(metric.RedisMisses, 1, 1)),
		c.quiet(name, "nobody reads", Silent, course(metric.RedisHits, 0, 0), course(metric.RedisMisses, 0, 0)))
}

// driftAlert tells when the cache is not what the spec says.
func (r *redisStore) driftAlert() {
	const name = "RedisNotAsSpecified"
	rule := func(what, expr, summary, description string) Rule {
		rule := r.rule(name, slo.Ticket, expr, r.stores.DiffersFor, summary, description)
		rule.Labels["number"] = what
		return rule
	}
	// A provider may round sizes to powers of two.
	const near = 0.1
	version := rule("version", fmt.Sprintf("max by (job, instance, redis_version) (%s{job=%q, redis_version!~%q})", metric.RedisInstance.Name, redisJob, r.spec.Version+"([.].*)?"),
		"{{ $labels.instance }} is Redis {{ $labels.redis_version }}", "The spec says "+r.spec.Version+".")
	clients := rule("connections", fmt.Sprintf("%s{job=%q} != %d", metric.RedisMaxClients.Name, redisJob, r.spec.MaxConnections),
		"{{ $labels.instance }} takes {{ $value }} connections", fmt.Sprintf("The spec says %d.", r.spec.MaxConnections))
	memory := rule("memory", fmt.Sprintf("abs(%s{job=%q} / %d - 1) > %s", metric.RedisMemoryMax.Name, redisJob, r.spec.CapacityBytes, slo.FormatNumber(near)),
		"{{ $labels.instance }} has another size than the spec says", fmt.Sprintf("The spec says %d bytes; 0 at the server is without a limit.", r.spec.CapacityBytes))
	c, node := gauged(r.stores.DiffersFor), r.targetLabels(r.nodes[0])
	info := func(version string, p ...phase) TestSeries {
		return r.of(metric.RedisInstance, map[string]string{"role": "master", "redis_version": version}, gauge(c.step, p...))
	}
	wrong := []phase{{length: c.before, gap: true}, {length: c.fault, value: 1}, {length: c.after, gone: true}}
	most, size := float64(r.spec.MaxConnections), float64(r.spec.CapacityBytes)
	another := most + 1
	r.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{version, clients, memory},
		Summary:        "The cache is not what the spec says",
		Meaning:        "For " + slo.FormatDuration(r.stores.DiffersFor) + " its version, maxclients or maxmemory has differed from spec/stores.yaml; the label number says which. Sizes may differ by a tenth.",
		Impact:         "None at once. Limits and capacities of other alerts follow from the spec, and are wrong by as much.",
		Look:           []string{"`redis-cli info server | grep redis_version` and `redis-cli config get maxclients maxmemory`"},
		Do:             []string{"If it was changed on purpose, change spec/stores.yaml and run `obsgen generate`.", "Else set it back."},
		FalsePositives: []string{"An upgrade that takes longer than the delay."},
	},
		c.fires(name, "its version is another", one(firing(version, merge(node, map[string]string{"redis_version": "99.1"}), "", nil)), info("99.1", wrong...)),
		c.fires(name, "it takes other numbers of connections", one(firing(clients, node, slo.FormatNumber(another), nil)), r.of(metric.RedisMaxClients, nil, c.gauge(most, another))),
		c.fires(name, "it has no limit of memory", one(firing(memory, node, "", nil)), r.of(metric.RedisMemoryMax, nil, c.gauge(size, 0))),
		c.quiet(name, "it is as it must be", Silent, info(r.spec.Version+".2.1", c.always()...), r.of(metric.RedisMaxClients, nil, c.gauge(most, most)), r.of(metric.RedisMemoryMax, nil, c.gauge(size, size*1.07))))
}

// classAlerts compare what classes of keys take and how long they live with what the spec grants them.
func (r *redisStore) classAlerts() {
	first := -1
	labels := []metric.Label{{Name: "class", Help: "Class of keys.", Bound: "classes in the spec"}}
	for i, k := range r.spec.Classes {
		class := map[string]string{"class": k.Name}
		if k.Bytes > 0 {
			r.record(Record{Name: redisClassUsed, Unit: metric.Ratio, Labels: labels, Help: "Memory of a class of keys as a share of what the spec grants it."},
				fmt.Sprintf("max(%s{class=%q}) / %d", metric.PlatformRedisBytes.Name, k.Name, k.Bytes), class)
		}
		if k.TTL > 0 {
			if first < 0 {
				first = i
			}
			r.record(Record{Name: redisClassLives, Unit: metric.Ratio, Labels: labels, Help: "Longest time to live of a class of keys as a share of what the spec says."},
				fmt.Sprintf("max(%s{class=%q}) / %s", metric.PlatformRedisTTL.Name, k.Name, slo.FormatNumber(k.TTL.Seconds())), class)
		}
	}
	if first < 0 {
		return
	}
	r.budgetAlert(r.spec.Classes[first])
	r.lifetimeAlert(r.spec.Classes[first])
}

// sampled is a series of the sampler.
func sampled(f *metric.Family, k spec.DataClass, values string) TestSeries {
	return series(f.Name, map[string]string{"job": "platform", "instance": "redis", "class": k.Name}, values)
}

func (r *redisStore) budgetAlert(k spec.DataClass) {
	const name = "RedisClassOverBudget"
	rule := r.rule(name, slo.Ticket, redisClassUsed+" > 1", r.stores.DiffersFor, "{{ $labels.class }} takes more of the cache than its budget", "It takes {{ $value | humanizePercentage }} of it.")
	c, size := gauged(r.stores.DiffersFor), float64(k.Bytes)
	r.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{rule},
		Summary:        "A class of keys takes more of the cache than its budget",
		Meaning:        "By the sampler of platform_exporter the keys of a class take more memory than spec/stores.yaml grants the class.",
		Impact:         "None yet. The classes together are as large as the cache: what one takes too much, another will lack.",
		Look:           []string{"panel \"Keys by class\" of the Redis board: more keys, or larger ones?", "`redis-cli --bigkeys`, or `redis-cli --scan --pattern 'PATTERN' | head`"},
		Do:             []string{"More keys than usual: see RedisKeysLiveTooLong. Larger ones: ask who changed what is stored. `redis-cli unlink KEY` takes away one that nobody needs, and blocks nobody.", "If the use is right, grant the class more in spec/stores.yaml, and another less."},
		FalsePositives: []string{"It is an estimate by a sample; a class with few huge keys may be off by a lot."},
	},
		c.fires(name, "it grows", one(firing(rule, map[string]string{"class": k.Name}, percent(1.5), nil)), sampled(metric.PlatformRedisBytes, k, c.gauge(size/2, size*1.5))),
		c.quiet(name, "it is just inside", Holds, sampled(metric.PlatformRedisBytes, k, c.gauge(size/2, size))),
		c.quiet(name, "nobody samples", Silent, r.nothingElse(c)...))
}

func (r *redisStore) lifetimeAlert(k spec.DataClass) {
	const name = "RedisKeysLiveTooLong"
	long := r.rule(name, slo.Ticket, redisClassLives+" > 1", r.stores.DiffersFor, "Keys of {{ $labels.class }} live longer than they should", "The longest lives {{ $value | humanizePercentage }} of the time that the spec says.")
	var limited string
	for _, k := range r.spec.Classes {
		if k.TTL > 0 {
			limited += "|" + k.Name
		}
	}
	endless := r.rule(name, slo.Ticket, fmt.Sprintf("max by (class) (%s{%s}) > 0", metric.PlatformRedisEndless.Name, among("class", limited[1:])), r.stores.DiffersFor,
		"Keys of {{ $labels.class }} never expire", "About {{ $value }} of them have no time to live.")
	long.Labels["cause"], endless.Labels["cause"] = "long", "endless"
	c, ttl, class := gauged(r.stores.DiffersFor), k.TTL.Seconds(), map[string]string{"class": k.Name}
	other := k
	other.Name = "unlimited"
	r.alert(Alert{
		Name: name, Severity: slo.Ticket, Rules: []Rule{long, endless},
		Summary:        "Keys live longer than the spec says",
		Meaning:        "The sampler met keys of a class with more time to live than spec/stores.yaml says (cause \"long\"), or without any (cause \"endless\").",
		Impact:         "Memory fills up, and services read what is long out of date.",
		Look:           []string{"`redis-cli --scan --pattern 'PATTERN' | head -100 | while read k; do echo \"$(redis-cli ttl $k) $k\"; done | sort -n`: which keys?", "a SET without EX over a key that had a time to live takes it away"},
		Do:             []string{"Have the writer set the time to live with every write.", "`redis-cli expire KEY SECONDS` for those that are there."},
		FalsePositives: []string{"A class whose time to live was changed on purpose: change spec/stores.yaml."},
	},
		c.fires(name, "they live too long", one(firing(long, class, percent(2), nil)), sampled(metric.PlatformRedisTTL, k, c.gauge(ttl/2, ttl*2))),
		c.fires(name, "they never expire", one(firing(endless, class, "12", nil)), sampled(metric.PlatformRedisEndless, k, c.gauge(0, 12))),
		c.quiet(name, "they live as long as they should", Holds, sampled(metric.PlatformRedisTTL, k, c.gauge(ttl/2, ttl))),
		c.quiet(name, "a class may live for ever", Silent, sampled(metric.PlatformRedisEndless, other, c.gauge(0, 12))))
}
