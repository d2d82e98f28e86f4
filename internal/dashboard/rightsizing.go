package dashboard

import (
	"fmt"
	"regexp"
	"slices"

	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
)

// sizingName is the board of what is larger, smaller or more than it must be.
const sizingName = "right-sizing"

// The records that it shows.
const (
	sizeHour   = "voipbin:size_used:avg1h"
	sizeUsual  = "voipbin:size_used:p95"
	spareCount = "voipbin:service_replicas_above_minimum:count"
)

// sizingBoard makes its cards.
type sizingBoard struct{ *maker }

func rightSizing(m *maker) board {
	z := sizingBoard{m}
	return board{
		name: sizingName, title: "VoIPBIN / Right-sizing", folder: "Platform", from: "now-7d",
		description: "What is paid for and not used, and what is used and not paid for: requests of services, sizes of machines, replicas at night, and work on machines that may vanish.",
		rows: []row{
			{title: "Do sizes fit?", cards: slices.Concat(z.where(sizeUsual, z.usual, z.extremes), z.where(sizeHour, z.hours))},
			{title: "Are there more replicas than needed?", cards: z.where(spareCount, z.spare, z.use)},
			{title: "What runs on machines that may vanish?", cards: z.vanishing()},
		},
	}
}

// fits colours a share of a size: too little of it is used, enough, or too much.
func (z sizingBoard) fits() *panel.Thresholds {
	r := z.spec.Delivery.Cost.RightSizing
	return panel.Rising(panel.Warning, panel.Bound{From: r.TooLarge, Color: panel.Good}, panel.Bound{From: r.TooSmall, Color: panel.Bad})
}

func (z sizingBoard) usual() card {
	r := z.spec.Delivery.Cost.RightSizing
	return card{
		kind: panel.TableType, title: "Use in busy hours, over weeks", weight: 2, height: 14, none: "less than a week is known", alerts: z.made("RightSizingDue"), thresholds: z.fits(),
		description: fmt.Sprintf("What one hour in twenty exceeded of what a service's pods request, or of what a machine has. Below %s make it smaller, above %s larger: the request times this share, by what the autoscaler aims at, is the request that fits.", slo.FormatPercent(r.TooLarge), slo.FormatPercent(r.TooSmall)),
		asks:        []ask{{z.record(sizeUsual).Max("kind", "name", "resource"), ""}},
		hidden:      []string{"Time"},
		columns:     []panel.Column{{Field: "kind", Name: "Kind"}, {Field: "name", Name: "Name"}, {Field: "resource", Name: "Resource"}, {Field: "Value", Name: "Used"}},
	}
}

func (z sizingBoard) extremes() card {
	r := z.spec.Delivery.Cost.RightSizing
	of := func(sign string, limit float64) query.Expr {
		return z.record(sizeUsual).Where(sign, limit).Count("kind", "resource")
	}
	return card{
		kind: panel.BarGaugeType, title: "Sizes that do not fit", height: 14, none: "all fit, or less than a week is known", alerts: z.made("RightSizingDue"), min: panel.Float(0), max: panel.Float(float64(max(len(z.spec.Services.List), 1))),
		description: "How many services and machines have much more, or less, than they use. Review them once a month, the largest first: the table beside names them.",
		asks:        []ask{{of("<", r.TooLarge), "{{kind}} {{resource}} too large"}, {of(">", r.TooSmall), "{{kind}} {{resource}} too small"}},
	}
}

// apart tells sizes from each other: the hue by the service or machine, and memory dashed.
func (z sizingBoard) apart() []panel.Override {
	out := panel.Spread()
	hues := panel.Hues()
	for i, o := range z.spec.Services.List {
		out = append(out, panel.ForRegexp("^service "+regexp.QuoteMeta(o.Name)+" ", panel.InColor(hues[i%len(hues)])))
	}
	return append(out, panel.ForRegexp("^machine ", panel.WithLineWidth(3)), panel.ForRegexp(" memory$", panel.Dashed(10, 6)))
}

func (z sizingBoard) hours() card {
	most := func(resource string) ask { // each reads half of what there is: over a month all at once took a second
		return ask{z.record(sizeHour, query.Is("resource", resource)).Top(5), "{{kind}} {{name}} " + resource}
	}
	return card{
		kind: panel.TimeSeriesType, looks: z.apart(), title: "Use by the hour", weight: 2, none: "nothing tells its use",
		description: "Mean use of the last hour of the five sizes of each resource that are used most. What grows week by week is too small soon; what is flat by day and night does not follow the load.",
		asks:        []ask{most("cpu"), most("memory")},
	}
}

func (z sizingBoard) spare() card {
	o := z.spec.Delivery.Cost.OffPeak
	text := "Pods of each service beyond the fewest that its autoscaler leaves, of the eight with most. They should go with the load."
	if o.Idle > 0 {
		text = fmt.Sprintf("Pods of each service beyond the fewest that its autoscaler leaves, of the eight with most. Between %d and %d o'clock UTC there should be none: find what keeps them.", o.FromHour, o.ToHour)
	}
	return card{
		kind: panel.TimeSeriesType, looks: servicesBoard(z).lookOf("$"), title: "Replicas above the minimum", weight: 2, none: "nothing is scaled by itself", alerts: z.made("ServiceIdleReplicas", "ServiceIdleAtNight"),
		description: text,
		asks:        []ask{{z.record(spareCount).Max("deployment").Top(8), "{{deployment}}"}},
	}
}

func (z sizingBoard) use() card {
	c := card{
		kind: panel.TimeSeriesType, looks: servicesBoard(z).lookOf("$"), title: "CPU of the idlest with replicas to spare", none: "none has any to spare", alerts: z.made("ServiceIdleReplicas"),
		description: "CPU that services with more than the fewest replicas use of what they request. Low lines are pods that somebody pays for: look what keeps the autoscaler from taking them away.",
		asks:        []ask{{z.record(serviceCPU).Max("deployment").OnlyWith(z.record(spareCount).Max("deployment").Where(">", 0), "deployment"), "{{deployment}}"}},
	}
	if idle := z.spec.Delivery.Cost.OffPeak.Idle; idle > 0 {
		c.thresholds = panel.Rising(panel.Warning, panel.Bound{From: idle, Color: panel.Good})
	}
	return c
}

func (z sizingBoard) vanishing() []card {
	if len(z.made("BatchJobFailed")) == 0 {
		return nil
	}
	return []card{
		{
			kind: panel.TableType, title: "Jobs that have failed", none: "none", alerts: z.made("BatchJobFailed"),
			description: "Batch jobs that Kubernetes has given up. Run each again or mend it, then delete it: what it should have made is missing.",
			asks:        []ask{{query.Of(metric.KubeJobFailed, query.Is("condition", "true")).Where("==", 1).Max("namespace", "job_name"), ""}},
			hidden:      []string{"Time", "Value"},
			columns:     []panel.Column{{Field: "namespace", Name: "Namespace"}, {Field: "job_name", Name: "Job"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Deployments by result", none: "the CI tells nothing", alerts: z.made("DeploysFailOften"),
			description: "Deployments that the CI told of, by result. Failures without changes are machines that went: have the CI try again by itself.",
			asks:        []ask{{query.Of(metric.PlatformDeploys).Increase().Sum("result"), "{{result}}"}},
			looks:       append(panel.Kin(panel.Good, "success"), panel.Kin(panel.Bad, "failure")...),
		},
	}
}
