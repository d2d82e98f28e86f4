package dashboard

import (
	"slices"

	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/metric"
)

// redisBoard makes the cards of the cache's board.
type redisBoard struct{ storeBoard }

func redis(m *maker) board {
	b := redisBoard{storeBoard{m}}
	return board{
		name: "redis", title: "VoIPBIN / Redis", folder: storesFolder, from: "now-6h",
		description: "The cache: does it answer, how full is it, and whose keys are they?",
		rows: []row{
			{title: "Does it answer?", cards: b.answering()},
			{title: "How full is it?", cards: b.fullness()},
			{title: "Whose keys are they?", cards: slices.Concat(b.where("voipbin:redis_class_used:ratio", b.budgets), b.where("voipbin:redis_class_lifetime:ratio", b.lifetimes), b.keys())},
			{title: "Is it what the spec says?", cards: []card{b.built()}},
			{title: "Objectives", cards: b.objectivesOf("redis")},
		},
	}
}

func (b redisBoard) answering() []card {
	return []card{
		b.answers("Redis up", "Whether the cache answered its exporter. If it does not, sessions and states of calls cannot be read.",
			query.Of(metric.RedisUp).Min("instance"), "RedisDown"),
		b.share("Clients", "Connections as a share of what the spec allows. A slope is a leak: look whose they are.",
			query.Of(metric.RedisClients).Sum("instance").Per(float64(b.spec.Stores.Redis.MaxConnections)), "RedisConnectionsHigh"),
		{
			kind: panel.TimeSeriesType, title: "Refused connections", alerts: b.made("RedisConnectionsRejected"),
			description: "Connections a second that were refused because there were too many. Any is a service that cannot reach the cache.",
			asks:        each(query.Of(metric.RedisRejected).Rate().Sum("instance")),
		},
		{
			kind: panel.StatType, title: "Replicas connected", named: true, alerts: b.made("RedisReplicaMissing"),
			description: "Replicas that would take over. Without any the loss of the instance is the loss of all that it holds.",
			asks:        each(query.Of(metric.RedisReplicas).Max("instance")),
		},
	}
}

func (b redisBoard) fullness() []card {
	hits := b.share("Reads that hit", "Reads that found their key. What misses asks the database: after a fall look at evictions and at what was deployed.",
		b.hit(), "RedisHitsLow")
	hits.none = "nobody reads"
	return []card{
		b.share("Memory used of the capacity", "Memory in use as a share of the capacity in the spec. When it is full keys are thrown away: see whose they are below.",
			b.record("voipbin:redis_memory_used:ratio"), "RedisMemoryHigh"),
		{
			kind: panel.TimeSeriesType, title: "Evicted and expired", alerts: b.made("RedisEvicting"),
			description: "Keys a second that went: expired ones had had their time, evicted ones were thrown away for want of memory. If any are evicted, see whose keys fill it below.",
			asks:        []ask{{query.Of(metric.RedisEvicted).Rate().Sum(), "evicted"}, {query.Of(metric.RedisExpired).Rate().Sum(), "expired"}},
			looks:       append(panel.Kin(panel.Bad, "evicted"), panel.Kin(panel.Neutral, "expired")...),
		},
		hits,
	}
}

// hit is what is recorded of hits where the spec wants a share of them, and what the server counts elsewhere.
func (b redisBoard) hit() query.Expr {
	if b.spec.Stores.Redis.HitRatio == 0 {
		hits, misses := query.Of(metric.RedisHits).Rate().Sum("instance"), query.Of(metric.RedisMisses).Rate().Sum("instance")
		return hits.Over(hits.Plus(misses), "instance")
	}
	return b.record("voipbin:redis_hits:ratio5m")
}

const unsampled = "nobody samples the keys"

func (b redisBoard) budgets() card {
	return b.against("Classes against their budgets",
		"Memory of each class of keys as a share of what the spec grants it, estimated by a sample. What one takes too much another lacks.",
		ask{b.record("voipbin:redis_class_used:ratio"), "{{class}}"}, unsampled, "RedisClassOverBudget")
}

func (b redisBoard) lifetimes() card {
	return b.against("Longest time to live",
		"Longest time to live among the sampled keys of each class, as a share of what the spec says. More than all of it is memory that nobody frees: find the writer.",
		ask{b.record("voipbin:redis_class_lifetime:ratio"), "{{class}}"}, unsampled, "RedisKeysLiveTooLong")
}

// keys counts the keys of each class, and those of them that stay for ever.
func (b redisBoard) keys() []card {
	of := func(f *metric.Family) []ask { return []ask{{query.Of(f).Max("class"), "{{class}}"}} }
	return []card{
		{
			kind: panel.TimeSeriesType, title: "Keys by class", none: unsampled, asks: of(metric.PlatformRedisKeys),
			description: "Keys of each class. A class that only grows has writers that forget the time to live.",
		},
		{
			kind: panel.TimeSeriesType, title: "Keys that never expire", none: unsampled, asks: of(metric.PlatformRedisEndless),
			description: "Estimated keys of each class without a time to live. A SET over a key takes its time away: look for one without EX.",
		},
	}
}

func (b redisBoard) built() card {
	return b.inventory("Versions of the cache",
		"Version, role and policy of each server. Where they are not those of the spec, change the one that is wrong.",
		query.Of(metric.RedisInstance).Max("instance", "redis_version", "role", "maxmemory_policy"), []panel.Column{
			{Field: "instance", Name: "Server"}, {Field: "redis_version", Name: "Version"}, {Field: "role", Name: "Role"}, {Field: "maxmemory_policy", Name: "Policy"},
		}, "RedisNotAsSpecified")
}
