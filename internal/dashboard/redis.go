package dashboard

import (
	"slices"

	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/metric"
)

// redisBoard makes the cards of the cache's board.
type redisBoard struct{ *maker }

func redis(m *maker) board {
	b := redisBoard{m}
	return board{
		name: "redis", title: "VoIPBIN / Redis", folder: storesFolder, from: "now-6h",
		description: "The cache: does it answer, how full is it, and whose keys are they?",
		rows: []row{
			{title: "Does it answer?", cards: []card{b.up(), b.connections(), b.refused(), b.replicas()}},
			{title: "How full is it?", cards: []card{b.memory(), b.gone(), b.hits()}},
			{title: "Whose keys are they?", cards: slices.Concat(b.where("voipbin:redis_class_used:ratio", b.budgets), b.where("voipbin:redis_class_lifetime:ratio", b.lifetimes), []card{b.keys(), b.endless()})},
			{title: "Is it what the spec says?", cards: []card{b.built()}},
			{title: "Objectives", cards: b.objectivesOf("redis")},
		},
	}
}

func (b redisBoard) up() card {
	return card{
		kind: panel.StatType, title: "Redis up", named: true, states: upStates("up", "down"), alerts: b.made("RedisDown"),
		description: "Whether the cache answered its exporter. If it does not, sessions and states of calls cannot be read.",
		asks:        []ask{{query.Of(metric.RedisUp).Min("instance"), "{{instance}}"}},
	}
}

func (b redisBoard) connections() card {
	return card{
		kind: panel.TimeSeriesType, title: "Clients", unit: panel.UnitPercent, max: panel.Float(1), alerts: b.made("RedisConnectionsHigh"),
		description: "Connections as a share of what the spec allows. A slope is a leak: look whose they are.",
		asks:        []ask{{query.Of(metric.RedisClients).Sum("instance").Per(float64(b.spec.Stores.Redis.MaxConnections)), "{{instance}}"}},
	}
}

func (b redisBoard) refused() card {
	return card{
		kind: panel.TimeSeriesType, title: "Refused connections", alerts: b.made("RedisConnectionsRejected"),
		description: "Connections a second that were refused because there were too many. Any is a service that cannot reach the cache.",
		asks:        []ask{{query.Of(metric.RedisRejected).Rate().Sum("instance"), "{{instance}}"}},
	}
}

func (b redisBoard) replicas() card {
	return card{
		kind: panel.StatType, title: "Replicas connected", named: true, alerts: b.made("RedisReplicaMissing"),
		description: "Replicas that would take over. Without any the loss of the instance is the loss of all that it holds.",
		asks:        []ask{{query.Of(metric.RedisReplicas).Max("instance"), "{{instance}}"}},
	}
}

func (b redisBoard) memory() card {
	return card{
		kind: panel.TimeSeriesType, title: "Memory used of the capacity", max: panel.Float(1), alerts: b.made("RedisMemoryHigh"),
		description: "Memory in use as a share of the capacity in the spec. When it is full keys are thrown away: see whose they are below.",
		asks:        []ask{{b.record("voipbin:redis_memory_used:ratio"), "{{instance}}"}},
	}
}

func (b redisBoard) gone() card {
	return card{
		kind: panel.TimeSeriesType, title: "Evicted and expired", alerts: b.made("RedisEvicting"),
		description: "Keys a second that went: expired ones had had their time, evicted ones were thrown away for want of memory. If any are evicted, see whose keys fill it below.",
		asks:        []ask{{query.Of(metric.RedisEvicted).Rate().Sum(), "evicted"}, {query.Of(metric.RedisExpired).Rate().Sum(), "expired"}},
		looks:       append(panel.Kin(panel.Bad, "evicted"), panel.Kin(panel.Neutral, "expired")...),
	}
}

func (b redisBoard) hits() card {
	return card{
		kind: panel.TimeSeriesType, title: "Reads that hit", max: panel.Float(1), alerts: b.made("RedisHitsLow"), none: "nobody reads",
		description: "Reads that found their key. What misses asks the database: after a fall look at evictions and at what was deployed.",
		asks:        b.hit(),
	}
}

// hit is what is recorded of hits where the spec wants a share of them, and what the server counts elsewhere.
func (b redisBoard) hit() []ask {
	if b.spec.Stores.Redis.HitRatio == 0 {
		hits, misses := query.Of(metric.RedisHits).Rate().Sum("instance"), query.Of(metric.RedisMisses).Rate().Sum("instance")
		return []ask{{hits.Over(hits.Plus(misses), "instance"), "{{instance}}"}}
	}
	return []ask{{b.record("voipbin:redis_hits:ratio5m"), "{{instance}}"}}
}

const unsampled = "nobody samples the keys"

func (b redisBoard) budgets() card {
	return card{
		kind: panel.BarGaugeType, title: "Classes against their budgets", min: panel.Float(0), max: panel.Float(1), none: unsampled, alerts: b.made("RedisClassOverBudget"),
		thresholds:  panel.Rising(panel.Good, panel.Bound{From: 1, Color: panel.Bad}),
		description: "Memory of each class of keys as a share of what the spec grants it, estimated by a sample. What one takes too much another lacks.",
		asks:        []ask{{b.record("voipbin:redis_class_used:ratio"), "{{class}}"}},
	}
}

func (b redisBoard) lifetimes() card {
	return card{
		kind: panel.BarGaugeType, title: "Longest time to live", min: panel.Float(0), max: panel.Float(1), none: unsampled, alerts: b.made("RedisKeysLiveTooLong"),
		thresholds:  panel.Rising(panel.Good, panel.Bound{From: 1, Color: panel.Bad}),
		description: "Longest time to live among the sampled keys of each class, as a share of what the spec says. More than all of it is memory that nobody frees: find the writer.",
		asks:        []ask{{b.record("voipbin:redis_class_lifetime:ratio"), "{{class}}"}},
	}
}

func (b redisBoard) keys() card {
	return card{
		kind: panel.TimeSeriesType, title: "Keys by class", none: unsampled,
		description: "Keys of each class. A class that only grows has writers that forget the time to live.",
		asks:        []ask{{query.Of(metric.PlatformRedisKeys).Max("class"), "{{class}}"}},
	}
}

func (b redisBoard) endless() card {
	return card{
		kind: panel.TimeSeriesType, title: "Keys that never expire", none: unsampled,
		description: "Estimated keys of each class without a time to live. A SET over a key takes its time away: look for one without EX.",
		asks:        []ask{{query.Of(metric.PlatformRedisEndless).Max("class"), "{{class}}"}},
	}
}

func (b redisBoard) built() card {
	return card{
		kind: panel.TableType, title: "Versions of the cache", unit: panel.UnitShort, alerts: b.made("RedisNotAsSpecified"),
		description: "Version, role and policy of each server. Where they are not those of the spec, change the one that is wrong.",
		asks:        []ask{{query.Of(metric.RedisInstance).Max("instance", "redis_version", "role", "maxmemory_policy"), ""}},
		hidden:      []string{"Time", "Value"},
		columns:     []panel.Column{{Field: "instance", Name: "Server"}, {Field: "redis_version", Name: "Version"}, {Field: "role", Name: "Role"}, {Field: "maxmemory_policy", Name: "Policy"}},
	}
}
