package dashboard

import (
	"fmt"

	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/metric"
)

// notTold stands where the cloud tells nothing of a managed database.
const notTold = "the cloud tells nothing of it"

// large are the cards of how large a managed database is, where its size is judged at all.
func (b mysqlBoard) large() []card {
	if len(b.made("MySQLSizeDiffers")) == 0 {
		return nil
	}
	of := func(f *metric.Family) query.Expr { return query.Of(f).Max("database_id") }
	return []card{
		{
			kind: panel.TimeSeriesType, title: "Processors in use", unit: panel.UnitPercent, max: panel.Float(1), none: notTold, alerts: b.made("MySQLCPUBusy"),
			description: "Share of the processors that each managed database uses, by the cloud, some minutes late. Near the top statements wait: look for the one that has most of the time.",
			asks:        []ask{{of(metric.CloudSQLCPU), "{{database_id}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Disk in use", max: panel.Float(1), none: notTold, alerts: b.made("MySQLDiskFilling"),
			description: "Share of the disk that each managed database uses. A slope says when it is full: enlarge it before, since a full disk stops the database.",
			asks:        []ask{{of(metric.CloudSQLDiskUsed).Over(of(metric.CloudSQLDiskQuota), "database_id"), "{{database_id}}"}},
		},
		{
			kind: panel.TableType, title: "Sizes of the databases", unit: panel.UnitShort, none: notTold, alerts: b.made("MySQLSizeDiffers"),
			description: "Processors and memory of each managed database. Where they are not those of spec/stores.yaml, one of the two is wrong.",
			asks:        []ask{{of(metric.CloudSQLCores), ""}, {of(metric.CloudSQLMemoryQuota), ""}},
			hidden:      []string{"Time"},
			columns:     []panel.Column{{Field: "database_id", Name: "Database"}, {Field: "Value #A", Name: "Processors"}, {Field: "Value #B", Name: "Memory"}},
			looks:       []panel.Override{panel.ForName("Memory", panel.WithUnit(panel.UnitBytes))},
		},
	}
}

// shares is how publishers are spread over the nodes.
func (b rabbitBoard) shares() card {
	all := query.Of(metric.RabbitPublished).Rate()
	return card{
		kind: panel.TimeSeriesType, title: "Messages by node", none: "nobody publishes", alerts: b.made("RabbitMQShareDiffers"),
		description: fmt.Sprintf("Messages a second that publishers send to each node; the first should take %.0f %% of them. All on one node means that services have gone there after a restart: restart them one by one.", 100*b.spec.Stores.RabbitMQ.PrimaryShare),
		asks:        []ask{{all.Sum("instance"), "{{instance}}"}},
	}
}

// spare is what the quotas of other regions leave.
func (c capacityBoard) spare() []card {
	if len(c.made("RecoveryQuotaShort")) == 0 {
		return nil
	}
	left := query.Of(metric.QuotaLimit).Min("location", "quota_metric").Minus(query.Of(metric.QuotaUsage).Max("location", "quota_metric"))
	return []card{{
		kind: panel.TableType, title: "Left of the quotas", unit: panel.UnitNone, none: "the cloud tells no quotas", alerts: c.made("RecoveryQuotaShort"),
		description: "What the provider would still give in each place: processors and GB of disk. In a standby region that has to be what the VoIP machines take: ask for more before it is needed.",
		asks:        []ask{{left, ""}},
		hidden:      []string{"Time"},
		columns:     []panel.Column{{Field: "location", Name: "Place"}, {Field: "quota_metric", Name: "Quota"}, {Field: "Value", Name: "Left"}},
	}}
}
