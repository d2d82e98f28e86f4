package dashboard

import (
	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/metric"
)

// rabbitBoard makes the cards of the boards of the message queue: of its nodes, and of its queues.
type rabbitBoard struct{ storeBoard }

const queuesName = "queues"

func rabbitmq(m *maker) board {
	b := rabbitBoard{storeBoard{m}}
	return board{
		name: "rabbitmq", title: "VoIPBIN / RabbitMQ", folder: storesFolder, from: "now-6h",
		description: "The nodes of the message queue: which is down, which stops its publishers, are all copies whole?",
		rows: []row{
			{title: "Is it well?", cards: append(b.health(), b.shares())},
			{title: "Are messages lost?", cards: b.messages()},
			{title: "How much room is left?", cards: b.room()},
		},
	}
}

// queues is the board Queue Depths.
func queues(m *maker) board {
	b := rabbitBoard{storeBoard{m}}
	return board{
		name: queuesName, title: "VoIPBIN / Queue Depths", folder: storesFolder, from: "now-1h",
		description: "Every queue that stays, over all nodes: what waits in it, for how long, and who takes it?",
		rows: []row{
			{title: "What waits?", cards: b.waiting()},
			{title: "Who takes it?", cards: b.takers()},
			{title: "Objectives", cards: b.objectivesOf(queuesName)},
		},
	}
}

func (b rabbitBoard) health() []card {
	up := b.answers("Nodes up", "Whether each node could be scraped. With two of three down nothing works; one that is missing here is not scraped.",
		query.Of(metric.Up, query.Is("job", "rabbitmq")).Min("instance"), "RabbitMQDown")
	up.weight = 2
	alarm := func(f *metric.Family, what string) ask {
		return ask{query.Of(f).Max("instance"), "{{instance}} " + what}
	}
	return []card{
		up,
		{
			kind: panel.StateTimelineType, title: "Alarms", alerts: b.made("RabbitMQAlarm"),
			states:      []panel.State{{Value: 0, Text: "none", Color: panel.Good}, {Value: 1, Text: "alarm", Color: panel.Bad}},
			description: "Whether a node has run out of something; then all publishers of the cluster wait. Look for the queue that is full.",
			asks:        []ask{alarm(metric.RabbitAlarmMemory, "memory"), alarm(metric.RabbitAlarmDisk, "disk"), alarm(metric.RabbitAlarmFiles, "files")},
		},
		{
			kind: panel.TimeSeriesType, title: "Nodes not seen", alerts: b.made("RabbitMQPartitioned"), none: "all see all",
			description: "Nodes that a node does not see, or was parted from. Parted ones do not join again by themselves: restart the smaller side.",
			asks: []ask{
				{query.Of(metric.RabbitUnreachable).Max("instance"), "{{instance}} does not see"}, {query.Of(metric.PlatformRabbitPartitions).Max("node"), "{{node}} was parted from"},
			},
		},
	}
}

func (b rabbitBoard) messages() []card {
	rate := func(f *metric.Family, what string) ask { return ask{query.Of(f).Rate().Sum(), what} }
	lacking := func(f *metric.Family, what string) ask { return ask{query.Of(f).Max("queue"), "{{queue}} " + what} }
	return []card{
		{
			kind: panel.TimeSeriesType, title: "Messages in and out", to: queuesName,
			description: "Messages a second that publishers sent and that consumers acknowledged. A gap that stays fills queues: see which on the board Queue Depths.",
			asks:        []ask{rate(metric.RabbitPublished, "published"), rate(metric.RabbitAcknowledged, "acknowledged")},
		},
		{
			kind: panel.TimeSeriesType, title: "Dropped and retried", alerts: b.made("RabbitMQMessagesLost"),
			description: "Messages a second that met no queue, and that were handed out again. Dropped events never happen for whoever should hear of them.",
			asks:        []ask{rate(metric.RabbitUnroutable, "dropped"), rate(metric.RabbitRedelivered, "retried")},
		},
		{
			kind: panel.TimeSeriesType, title: "Copies that are not whole", alerts: b.made("RabbitMQMirrorsUnsynced"), none: "no queue has copies",
			description: "Mirrors that lack messages and members that are not online. If the leader of such a queue dies, messages are lost.",
			asks:        []ask{lacking(metric.PlatformRabbitUnsynced, "unsynced"), lacking(metric.PlatformRabbitOffline, "offline")},
		},
		{
			kind: panel.StateTimelineType, title: "Policies in effect", states: upStates("in effect", "without effect"), alerts: b.made("RabbitMQPolicyWithoutEffect"), none: "no policy asks for mirrors",
			description: "Whether each policy that asks for mirrors gets them. From RabbitMQ 4 on none does: make quorum queues.",
			asks:        []ask{{query.Of(metric.PlatformRabbitPolicyEffective).Min("vhost", "policy"), "{{vhost}} {{policy}}"}},
		},
		b.inventory("Policies", "Every policy of the broker, and what it asks of mirrors. One that the spec has and that is not here was deleted: set it again.",
			query.Of(metric.PlatformRabbitPolicy).Max("policy", "pattern", "ha_mode", "ha_sync_mode"), []panel.Column{
				{Field: "policy", Name: "Policy"}, {Field: "pattern", Name: "Queues"}, {Field: "ha_mode", Name: "Mirrors"}, {Field: "ha_sync_mode", Name: "Kept whole"},
			}),
		{
			kind: panel.TimeSeriesType, title: "Queues outside policies", none: "the broker is not asked for its policies", alerts: b.made("RabbitMQPolicyWithoutEffect"),
			description: "Queues that no policy is in effect for. A leap is a policy that was deleted, or whose pattern fits no longer: they have no copies.",
			asks:        []ask{{query.Of(metric.PlatformRabbitOutside).Max("vhost"), "{{vhost}}"}},
		},
	}
}

func (b rabbitBoard) room() []card {
	return []card{
		b.share("Memory of the limit", "Memory of each node as a share of what stops publishers. Queues that fill take it: see Queue Depths.",
			query.Of(metric.RabbitMemory).Max("instance").Over(query.Of(metric.RabbitMemoryLimit).Max("instance"), "instance")),
		{
			kind: panel.TimeSeriesType, title: "Free disk", asks: each(query.Of(metric.RabbitDiskFree).Min("instance")),
			description: "Bytes free on each node's disk. When they fall to the node's limit, all publishers wait: make room before.",
		},
		{
			kind: panel.TimeSeriesType, title: "Connections of services", alerts: b.made("RabbitMQConnectionsMissing"), asks: each(query.Of(metric.RabbitConnections).Sum("instance")),
			description: "Connections at each node. All at one node leave the others idle: look at the address that services connect to.",
		},
		b.inventory("Versions of the nodes", "Which version runs where. Nodes that differ are an upgrade that has stopped half way.",
			query.Of(metric.RabbitBuild, query.Is("job", "rabbitmq")).Max("instance", "rabbitmq_version", "erlang_version"), []panel.Column{
				{Field: "instance", Name: "Node"}, {Field: "rabbitmq_version", Name: "RabbitMQ"}, {Field: "erlang_version", Name: "Erlang"},
			}, "RabbitMQNotAsSpecified"),
	}
}

const noQueue = "no queue is told"

// perQueue draws one value of each queue, over all nodes.
func (b rabbitBoard) perQueue(title, description string, value query.Expr, none string, alerts ...string) card {
	return card{
		kind: panel.TimeSeriesType, title: title, none: none, alerts: b.made(alerts...),
		description: description, asks: []ask{{value, "{{queue}}"}},
	}
}

// pair is two cards side by side, of which the first is the one to begin with and the wider one.
func (b rabbitBoard) pair(first, second card) []card {
	first.weight = 2
	return []card{first, second}
}

func (b rabbitBoard) waiting() []card {
	return b.pair(b.perQueue("Waiting messages",
		"Messages that wait in each queue, over all nodes; queues of single processes are left out. One that only rises has too few consumers.",
		b.record("voipbin:queue_waiting:sum"), noQueue, "QueueDeep"),
		b.perQueue("Time to drain",
			"How long consumers need for what waits. Longer than callers have patience, and it is answered for nobody: add replicas, or purge it.",
			b.record("voipbin:queue_drain:seconds"), "nothing waits", "QueueDrainSlow"))
}

func (b rabbitBoard) takers() []card {
	return b.pair(b.perQueue("Consumers",
		"Consumers of each queue, over all nodes. None at a queue that stays is a service that does not run.",
		b.record("voipbin:queue_consumers:sum"), noQueue, "QueueUnattended"),
		b.perQueue("Acknowledged messages",
			"Messages a second that each queue's consumers acknowledged. A fall while messages wait is a consumer that hangs.",
			query.Of(metric.RabbitQueueAcked).Rate().Sum("queue"), noQueue))
}
