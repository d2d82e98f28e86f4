package spec

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/voipbin/observability/internal/config"
)

// Bounds and usual ports of stores.yaml.
const (
	mysqlPort         = 3306
	mysqldExporter    = 9104 // mysqld_exporter's registered port
	redisPort         = 6379
	redisExporter     = 9121 // redis_exporter's registered port
	rabbitPort        = 5672
	rabbitExporter    = 15692 // rabbitmq_prometheus' default
	maxConnections    = 10_000_000
	maxDepth          = 1_000_000 // messages
	maxTTL            = 365 * 24 * time.Hour
	maxBackupInterval = 31 * 24 * time.Hour
	maxLagDelay       = 24 * time.Hour
	usualRPCTimeout   = 3 * time.Second
)

// stores decodes stores.yaml.
func (l *loader) stores(m *config.Map) Stores {
	return Stores{
		Pos: m.Pos(), MySQL: config.Object(m.Optional("mysql"), l.mysql), Redis: config.Object(m.Optional("redis"), l.redis),
		RabbitMQ: config.Object(m.Optional("rabbitmq"), l.rabbitmq), Buckets: config.Objects(m.Optional("buckets"), l.bucket),
	}
}

// mysql decodes a primary with its replicas.
func (l *loader) mysql(m *config.Map) MySQL {
	dr := m.Optional("dr")
	my := MySQL{
		Pos: m.Pos(), Primary: config.Object(m.Required("primary"), l.databaseNode), Replicas: config.Objects(m.Optional("replicas"), l.databaseNode),
		DR: config.Object(dr, l.databaseNode), Port: cmp.Or(m.Optional("port").Int(1, highestPortNumber), mysqlPort),
		MetricsPort:      cmp.Or(m.Optional("metrics_port").Int(1, highestPortNumber), mysqldExporter),
		HighAvailability: cmp.Or(m.Optional("high_availability").Enum("none", "zone", "region"), "none"),
		Replication:      cmp.Or(m.Optional("replication").Enum("async", "semisync"), "async"),
		Backups:          config.Object(m.Optional("backups"), backups), LagSources: config.Objects(m.Optional("lag_sources"), l.lagSource),
	}
	if my.DR.Region != "" && my.DR.Region == my.Primary.Region {
		dr.Reject(fmt.Sprintf("the replica for disasters is in the primary's region %s", my.DR.Region), "a region that is lost takes it along: name another region")
	}
	if my.DR.StorageBytes > 0 && my.DR.StorageBytes < my.Primary.StorageBytes {
		dr.Reject("the replica for disasters has less storage than the primary", "it would be full before the primary is")
	}
	return my
}

// databaseNode decodes one database server.
func (l *loader) databaseNode(m *config.Map) DatabaseNode {
	name, region := m.Required("name"), m.Required("region")
	l.unique("node", name)
	l.exists("region", region)
	return DatabaseNode{
		Pos: m.Pos(), Name: dnsLabel(name), Region: region.String(), Machine: config.Object(m.Optional("machine"), machine),
		StorageBytes: m.Required("storage").Bytes(minMachine),
	}
}

// backups decodes how often a backup is made.
func backups(m *config.Map) Backups {
	age := m.Required("max_age")
	b := Backups{Pos: m.Pos(), Every: m.Required("every").Duration(time.Minute, maxBackupInterval), MaxAge: age.Duration(time.Minute, 0)}
	if b.MaxAge > 0 && b.MaxAge <= b.Every {
		age.Reject(fmt.Sprintf("%s is not above the interval of %s", config.FormatDuration(b.MaxAge), config.FormatDuration(b.Every)), "add the time that a backup takes: every good day would have an alert")
	}
	return b
}

// lagSource decodes a way to learn how far a replica is behind.
func (l *loader) lagSource(m *config.Map) LagSource {
	name := m.Required("name")
	l.unique("lag source", name)
	return LagSource{
		Pos: m.Pos(), Name: identifier(name), SampledEvery: m.Required("sampled_every").Duration(time.Second, maxLagDelay),
		VisibleAfter: m.Optional("visible_after").Duration(0, maxLagDelay), Use: m.Required("use").Enum(ForObjective, ForAudit),
	}
}

// redis decodes the cache.
func (l *loader) redis(m *config.Map) Redis {
	name, classes := m.Required("name"), m.Optional("classes")
	l.unique("node", name)
	r := Redis{
		Pos: m.Pos(), Name: dnsLabel(name), Version: m.Required("version").Match(`\d{1,2}(\.\d{1,3})?`, "a version such as 6 or 7.2"),
		CapacityBytes: m.Required("capacity").Bytes(1), MaxConnections: m.Required("max_connections").Int(1, maxConnections),
		Port:        cmp.Or(m.Optional("port").Int(1, highestPortNumber), redisPort),
		MetricsPort: cmp.Or(m.Optional("metrics_port").Int(1, highestPortNumber), redisExporter),
		Replica:     m.Optional("replica").Bool(false), HitRatio: percentAboveZero(m.Optional("hit_ratio")),
		Classes: config.Objects(classes, l.dataClass),
	}
	rest := 0
	for _, c := range r.Classes {
		if len(c.Keys) == 0 {
			rest++
		}
	}
	if rest > 1 {
		classes.Reject(fmt.Sprintf("%d classes have no keys", rest), "one class at most takes what no other has")
	}
	if sum := r.ClassBytes(); r.CapacityBytes > 0 && sum > r.CapacityBytes {
		classes.Reject(fmt.Sprintf("the classes take %d bytes together, and there are %d", sum, r.CapacityBytes), "make a class smaller, or the cache larger")
	}
	return r
}

// dataClass decodes one kind of data in the cache.
func (l *loader) dataClass(m *config.Map) DataClass {
	name, keys := m.Required("name"), m.Optional("keys")
	l.unique("data class", name)
	return DataClass{
		Pos: m.Pos(), Name: identifier(name), Title: prose(m.Optional("title")), Bytes: m.Required("size").Bytes(1),
		TTL: m.Optional("ttl").Duration(time.Second, maxTTL),
		Keys: config.List(keys, func(v config.Value) string {
			l.unique("pattern of keys", v)
			return v.String()
		}),
	}
}

// rabbitmq decodes the brokers.
func (l *loader) rabbitmq(m *config.Map) RabbitMQ {
	nodes := m.Required("nodes")
	r := RabbitMQ{
		Pos: m.Pos(), Version: version(m.Optional("version")), Nodes: config.Objects(nodes, l.brokerNode),
		Port:         cmp.Or(m.Optional("port").Int(1, highestPortNumber), rabbitPort),
		MetricsPort:  cmp.Or(m.Optional("metrics_port").Int(1, highestPortNumber), rabbitExporter),
		PrimaryShare: percentAboveZero(m.Optional("primary_share")), Mirroring: config.Object(m.Optional("mirroring"), mirroring),
		Queues:     config.Objects(m.Optional("queues"), l.queueFamily),
		QueueDepth: m.Optional("queue_depth").Int(1, maxDepth),
		RPCTimeout: cmp.Or(m.Optional("rpc_timeout").Duration(time.Millisecond, time.Hour), usualRPCTimeout),
	}
	if r.Nodes != nil && len(r.Nodes) == 0 {
		nodes.Reject("no nodes", "name one at least, or leave rabbitmq out")
	}
	primaries := slices.DeleteFunc(slices.Clone(r.Nodes), func(n BrokerNode) bool { return n.Role != "primary" })
	if len(r.Nodes) > 0 && len(primaries) > 1 {
		nodes.Reject(fmt.Sprintf("%d nodes are primary", len(primaries)), "one at most is primary")
	}
	return r
}

// brokerNode decodes one node of a RabbitMQ cluster.
func (l *loader) brokerNode(m *config.Map) BrokerNode {
	name, region := m.Required("name"), m.Required("region")
	l.unique("node", name)
	l.exists("region", region)
	return BrokerNode{
		Pos: m.Pos(), Name: dnsLabel(name), Region: region.String(), Role: m.Optional("role").Enum("primary", "mirror"),
		Machine: config.Object(m.Optional("machine"), machine),
	}
}

// mirroring decodes a policy of classic mirrored queues.
func mirroring(m *config.Map) Mirroring {
	return Mirroring{
		Pos: m.Pos(), Pattern: expression(m.Required("pattern")), HAMode: m.Required("ha_mode").Enum("all", "exactly", "nodes"),
		SyncMode: m.Required("ha_sync_mode").Enum("automatic", "manual"),
	}
}

// queueFamily decodes queues of one purpose.
func (l *loader) queueFamily(m *config.Map) QueueFamily {
	name, example := m.Required("name"), m.Required("example")
	l.unique("queue family", name)
	q := QueueFamily{
		Pos: m.Pos(), Name: identifier(name), Pattern: expression(m.Required("pattern")), Example: example.String(),
		Volatile: m.Optional("volatile").Bool(false),
	}
	if q.Pattern != "" && q.Example != "" && !regexp.MustCompile(`^(?:`+q.Pattern+`)$`).MatchString(q.Example) {
		example.Reject(fmt.Sprintf("%q does not match the pattern %s", q.Example, q.Pattern), "name a queue of this family")
	}
	return q
}

// bucket decodes a place for files.
func (l *loader) bucket(m *config.Map) Bucket {
	name := m.Required("name")
	l.unique("bucket", name)
	return Bucket{Pos: m.Pos(), Name: dnsLabel(name), Title: prose(m.Optional("title"))}
}

// expression decodes a regular expression, of the syntax that Go, Prometheus and, for what is used here, RabbitMQ share.
func expression(v config.Value) string {
	s := v.String()
	if s == "" {
		return ""
	}
	if _, err := regexp.Compile(s); err != nil {
		v.Reject(fmt.Sprintf("%q is not a regular expression", s), "such as bin-manager.*")
		return ""
	}
	return s
}
