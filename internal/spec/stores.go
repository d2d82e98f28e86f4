package spec

import (
	"slices"
	"time"

	"github.com/voipbin/observability/internal/diag"
)

// Stores is spec/stores.yaml: what holds data, as it is built. What must be recovered of it stands in recovery.yaml. It is
// empty where the folder has no such file.
type Stores struct {
	MySQL    MySQL    // without primary where the platform has none
	Redis    Redis    // without capacity where the platform has none
	RabbitMQ RabbitMQ // without nodes where the platform has none
	Buckets  []Bucket // none where the platform has no object storage
	Pos      diag.Position
}

// MySQL is a primary with its replicas.
type MySQL struct {
	Primary  DatabaseNode
	Replicas []DatabaseNode // of the primary's region; they serve reads
	DR       DatabaseNode   // in the standby region; empty where there is none
	Port     int
	// MetricsPort is where mysqld_exporter listens for each node.
	MetricsPort int
	// HighAvailability is how far the primary's own standby is: zone, region or none.
	HighAvailability string
	Replication      string // async or semisync
	Backups          Backups
	LagSources       []LagSource
	Pos              diag.Position
}

// Described tells whether the platform has a database.
func (m MySQL) Described() bool { return m.Primary.Name != "" }

// Nodes lists the primary, the replicas and the replica for disasters, as far as there are any.
func (m MySQL) Nodes() []DatabaseNode {
	if !m.Described() {
		return nil
	}
	nodes := slices.Concat([]DatabaseNode{m.Primary}, m.Replicas)
	if m.DR.Name != "" {
		nodes = append(nodes, m.DR)
	}
	return nodes
}

// DatabaseNode is one database server. Its name is the instance label of its series.
type DatabaseNode struct {
	Name         string
	Region       string
	Machine      Machine
	StorageBytes int64
	Pos          diag.Position
}

// Backups says how often a backup is made, and how old the last good one may be.
type Backups struct {
	Every  time.Duration
	MaxAge time.Duration // the interval and the time that a backup takes
	Pos    diag.Position
}

// LagSource is a way to learn how far a replica is behind.
type LagSource struct {
	Name         string
	SampledEvery time.Duration // between two values
	VisibleAfter time.Duration // until a value can be read, at worst
	// Use is objective where alerts and objectives rest on it, audit where it is only compared.
	Use string
	Pos diag.Position
}

// Blind is the longest time in which a source shows nothing of what has begun.
func (s LagSource) Blind() time.Duration { return s.SampledEvery + s.VisibleAfter }

// Uses of a lag source.
const (
	ForObjective = "objective"
	ForAudit     = "audit"
)

// Redis is a cache with a replica for failover.
type Redis struct {
	Name           string // the instance label of its series
	Version        string // major version, or major and minor
	CapacityBytes  int64
	MaxConnections int
	Port           int
	MetricsPort    int  // where redis_exporter listens
	Replica        bool // whether a replica takes over
	HitRatio       float64
	Classes        []DataClass
	Pos            diag.Position
}

// Described tells whether the platform has a cache.
func (r Redis) Described() bool { return r.CapacityBytes > 0 }

// ClassBytes is what all classes may take together.
func (r Redis) ClassBytes() int64 {
	var sum int64
	for _, c := range r.Classes {
		sum += c.Bytes
	}
	return sum
}

// DataClass is one kind of data in the cache.
type DataClass struct {
	Name  string // the class label of the sampler's series
	Title string
	// Keys are patterns of the class's keys, as SCAN MATCH takes them; a class without takes what no other class has.
	Keys  []string
	Bytes int64
	// TTL is the longest time to live; 0 where it varies.
	TTL time.Duration
	Pos diag.Position
}

// RabbitMQ is a cluster of brokers.
type RabbitMQ struct {
	Version     Version
	Nodes       []BrokerNode
	Port        int // AMQP
	MetricsPort int // of the rabbitmq_prometheus plugin
	// PrimaryShare is the share of all messages that the first node is said to carry; 0 is not stated.
	PrimaryShare float64
	Mirroring    Mirroring // without pattern where there is none
	Queues       []QueueFamily
	// QueueDepth is how many messages may wait in a queue; 0 is not stated.
	QueueDepth int
	// RPCTimeout is how long a caller waits for an answer: messages that wait longer are answered for nobody.
	RPCTimeout time.Duration
	Pos        diag.Position
}

// BrokerNode is one node of a RabbitMQ cluster. Its name is the instance label of its series.
type BrokerNode struct {
	Name    string
	Region  string
	Role    string // primary or mirror
	Machine Machine
	Pos     diag.Position
}

// Mirroring is a policy of classic mirrored queues, which RabbitMQ knows before 4.0
// (https://www.rabbitmq.com/docs/3.13/ha).
type Mirroring struct {
	Pattern  string // a regular expression over the names of queues
	HAMode   string // all, exactly or nodes
	SyncMode string // automatic or manual
	Pos      diag.Position
}

// QueueFamily is queues of one purpose.
type QueueFamily struct {
	Name    string
	Pattern string // a regular expression that matches their names from end to end
	Example string // a name that such a queue may have
	// Volatile queues come and go with the process that made them: that they have no consumer is no fault.
	Volatile bool
	Pos      diag.Position
}

// Bucket is a place for files.
type Bucket struct {
	Name  string
	Title string
	Pos   diag.Position
}
