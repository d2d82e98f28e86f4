package dashboard

import (
	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/metric"
)

// rabbitBoard makes the cards of the boards of the message queue: of its nodes, and of its queues.
type rabbitBoard struct{ *maker }

const queuesName = "queues"

func rabbitmq(m *maker) board {
	b := rabbitBoard{m}
	return board{
		name: "rabbitmq", title: "VoIPBIN / RabbitMQ", folder: storesFolder, from: "now-6h",
		description: "The nodes of the message queue: which is down, which stops its publishers, are all copies whole?",
		rows: []row{
			{title: "Is it well?", cards: []card{b.up(), b.alarms(), b.parted(), b.shares()}},
			{title: "Are messages lost?", cards: []card{b.flow(), b.lost(), b.copies(), b.policies()}},
			{title: "How much room is left?", cards: []card{b.memory(), b.disk(), b.connections(), b.built()}},
		},
	}
}

// queues is the board Queue Depths.
func queues(m *maker) board {
	b := rabbitBoard{m}
	return board{
		name: queuesName, title: "VoIPBIN / Queue Depths", folder: storesFolder, from: "now-1h",
		description: "Every queue that stays, over all nodes: what waits in it, for how long, and who takes it?",
		rows: []row{
			{title: "What waits?", cards: []card{b.waiting(), b.drain()}},
			{title: "Who takes it?", cards: []card{b.consumers(), b.taken()}},
			{title: "Objectives", cards: b.objectivesOf(queuesName)},
		},
	}
}

func (b rabbitBoard) up() card {
	return card{
		kind: panel.StatType, title: "Nodes up", named: true, states: upStates("up", "down"), alerts: b.made("RabbitMQDown"), weight: 2,
		description: "Whether each node could be scraped. With two of three down nothing works; one that is missing here is not scraped.",
		asks:        []ask{{query.Of(metric.Up, query.Is("job", "rabbitmq")).Min("instance"), "{{instance}}"}},
	}
}

func (b rabbitBoard) alarms() card {
	of := func(f *metric.Family) query.Expr { return query.Of(f).Max("instance") }
	return card{
		kind: panel.StateTimelineType, title: "Alarms", alerts: b.made("RabbitMQAlarm"),
		states:      []panel.State{{Value: 0, Text: "none", Color: panel.Good}, {Value: 1, Text: "alarm", Color: panel.Bad}},
		description: "Whether a node has run out of something; then all publishers of the cluster wait. Look for the queue that is full.",
		asks: []ask{
			{of(metric.RabbitAlarmMemory), "{{instance}} memory"}, {of(metric.RabbitAlarmDisk), "{{instance}} disk"}, {of(metric.RabbitAlarmFiles), "{{instance}} files"},
		},
	}
}

func (b rabbitBoard) parted() card {
	return card{
		kind: panel.TimeSeriesType, title: "Nodes not seen", alerts: b.made("RabbitMQPartitioned"), none: "all see all",
		description: "Nodes that a node does not see, or was parted from. Parted ones do not join again by themselves: restart the smaller side.",
		asks: []ask{
			{query.Of(metric.RabbitUnreachable).Max("instance"), "{{instance}} does not see"}, {query.Of(metric.PlatformRabbitPartitions).Max("node"), "{{node}} was parted from"},
		},
	}
}

func (b rabbitBoard) flow() card {
	return card{
		kind: panel.TimeSeriesType, title: "Messages in and out",
		description: "Messages a second that publishers sent and that consumers acknowledged. A gap that stays fills queues: see which on the board Queue Depths.",
		to:          queuesName,
		asks:        []ask{{query.Of(metric.RabbitPublished).Rate().Sum(), "published"}, {query.Of(metric.RabbitAcknowledged).Rate().Sum(), "acknowledged"}},
	}
}

func (b rabbitBoard) lost() card {
	return card{
		kind: panel.TimeSeriesType, title: "Dropped and retried", alerts: b.made("RabbitMQMessagesLost"),
		description: "Messages a second that met no queue, and that were handed out again. Dropped events never happen for whoever should hear of them.",
		asks:        []ask{{query.Of(metric.RabbitUnroutable).Rate().Sum(), "dropped"}, {query.Of(metric.RabbitRedelivered).Rate().Sum(), "retried"}},
	}
}

func (b rabbitBoard) copies() card {
	return card{
		kind: panel.TimeSeriesType, title: "Copies that are not whole", alerts: b.made("RabbitMQMirrorsUnsynced"), none: "no queue has copies",
		description: "Mirrors that lack messages and members that are not online. If the leader of such a queue dies, messages are lost.",
		asks: []ask{
			{query.Of(metric.PlatformRabbitUnsynced).Max("queue"), "{{queue}} unsynced"}, {query.Of(metric.PlatformRabbitOffline).Max("queue"), "{{queue}} offline"},
		},
	}
}

func (b rabbitBoard) policies() card {
	return card{
		kind: panel.StateTimelineType, title: "Policies in effect", states: upStates("in effect", "without effect"), alerts: b.made("RabbitMQPolicyWithoutEffect"), none: "no policy asks for mirrors",
		description: "Whether each policy that asks for mirrors gets them. From RabbitMQ 4 on none does: make quorum queues.",
		asks:        []ask{{query.Of(metric.PlatformRabbitPolicyEffective).Min("vhost", "policy"), "{{vhost}} {{policy}}"}},
	}
}

func (b rabbitBoard) memory() card {
	return card{
		kind: panel.TimeSeriesType, title: "Memory of the limit", max: panel.Float(1),
		description: "Memory of each node as a share of what stops publishers. Queues that fill take it: see Queue Depths.",
		asks:        []ask{{query.Of(metric.RabbitMemory).Max("instance").Over(query.Of(metric.RabbitMemoryLimit).Max("instance"), "instance"), "{{instance}}"}},
	}
}

func (b rabbitBoard) disk() card {
	return card{
		kind: panel.TimeSeriesType, title: "Free disk",
		description: "Bytes free on each node's disk. When they fall to the node's limit, all publishers wait: make room before.",
		asks:        []ask{{query.Of(metric.RabbitDiskFree).Min("instance"), "{{instance}}"}},
	}
}

func (b rabbitBoard) connections() card {
	return card{
		kind: panel.TimeSeriesType, title: "Connections of services", alerts: b.made("RabbitMQConnectionsMissing"),
		description: "Connections at each node. All at one node leave the others idle: look at the address that services connect to.",
		asks:        []ask{{query.Of(metric.RabbitConnections).Sum("instance"), "{{instance}}"}},
	}
}

func (b rabbitBoard) built() card {
	return card{
		kind: panel.TableType, title: "Versions of the nodes", unit: panel.UnitShort, alerts: b.made("RabbitMQNotAsSpecified"),
		description: "Which version runs where. Nodes that differ are an upgrade that has stopped half way.",
		asks:        []ask{{query.Of(metric.RabbitBuild, query.Is("job", "rabbitmq")).Max("instance", "rabbitmq_version", "erlang_version"), ""}},
		hidden:      []string{"Time", "Value"},
		columns:     []panel.Column{{Field: "instance", Name: "Node"}, {Field: "rabbitmq_version", Name: "RabbitMQ"}, {Field: "erlang_version", Name: "Erlang"}},
	}
}

func (b rabbitBoard) waiting() card {
	return card{
		kind: panel.TimeSeriesType, title: "Waiting messages", weight: 2, alerts: b.made("QueueDeep"), none: "no queue is told",
		description: "Messages that wait in each queue, over all nodes; queues of single processes are left out. One that only rises has too few consumers.",
		asks:        []ask{{b.record("voipbin:queue_waiting:sum"), "{{queue}}"}},
	}
}

func (b rabbitBoard) drain() card {
	return card{
		kind: panel.TimeSeriesType, title: "Time to drain", alerts: b.made("QueueDrainSlow"), none: "nothing waits",
		description: "How long consumers need for what waits. Longer than callers have patience, and it is answered for nobody: add replicas, or purge it.",
		asks:        []ask{{b.record("voipbin:queue_drain:seconds"), "{{queue}}"}},
	}
}

func (b rabbitBoard) consumers() card {
	return card{
		kind: panel.TimeSeriesType, title: "Consumers", weight: 2, alerts: b.made("QueueUnattended"), none: "no queue is told",
		description: "Consumers of each queue, over all nodes. None at a queue that stays is a service that does not run.",
		asks:        []ask{{b.record("voipbin:queue_consumers:sum"), "{{queue}}"}},
	}
}

func (b rabbitBoard) taken() card {
	return card{
		kind: panel.TimeSeriesType, title: "Acknowledged messages", none: "no queue is told",
		description: "Messages a second that each queue's consumers acknowledged. A fall while messages wait is a consumer that hangs.",
		asks:        []ask{{query.Of(metric.RabbitQueueAcked).Rate().Sum("queue"), "{{queue}}"}},
	}
}
