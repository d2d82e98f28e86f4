package dashboard

import (
	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/grafana"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/slo"
	"github.com/voipbin/observability/internal/spec"
)

// tierBoard is what the boards of all tiers have in common: machines of one kind, each with an exporter of our kit beside it,
// of which the reader chooses some.
type tierBoard struct {
	*maker
	job     string // the job label of the tier's targets, as the scrape configuration sets it
	daemon  string // its name in texts
	noun    string // what a node is called, as a variable's label
	emitter *metric.Emitter
	kit     metric.Kit
	own     []*metric.Family // what the emitter emits
	members []spec.Node
}

// variables let the reader choose nodes, by region and by name.
func (b tierBoard) variables() []grafana.Variable {
	s := source()
	up := b.kit.Up.Name
	return []grafana.Variable{
		{
			Type: grafana.QueryVariable, Name: "region", Label: "Region", Datasource: &s, Multi: true, AllValue: ".*",
			Description: "Where the nodes run.", Query: "label_values(" + up + ", region)",
		},
		{
			Type: grafana.QueryVariable, Name: "instance", Label: b.noun, Datasource: &s, Multi: true, AllValue: ".*",
			Description: "The nodes of the region.", Query: "label_values(" + up + `{region=~"$region"}, instance)`,
		},
	}
}

// nodes returns the names of the tier's nodes, which are also their instance labels.
func (b tierBoard) nodes() []string { return nodeNames(b.members) }

// of selects the series of a family for the chosen nodes. Families that others emit too, such as those about a process,
// are told apart by the job.
func (b tierBoard) of(f *metric.Family, matchers ...query.Matcher) query.Expr {
	return query.Of(f, b.chosen(f, matchers...)...)
}

// chosen are the conditions that keep the chosen nodes of a family.
func (b tierBoard) chosen(f *metric.Family, matchers ...query.Matcher) []query.Matcher {
	chosen := []query.Matcher{query.Like("region", "$region"), query.Like("instance", "$instance")}
	if f.Emitter != b.emitter {
		chosen = append(chosen, query.Is("job", b.job))
	}
	return append(chosen, matchers...)
}

// recorded selects a recorded series for the chosen nodes. Records have no region: they are joined with a series that
// has, and that every target has.
func (b tierBoard) recorded(name string, matchers ...query.Matcher) query.Expr {
	chosen := append([]query.Matcher{query.Like("instance", "$instance")}, matchers...)
	return b.record(name, chosen...).OnlyWith(query.Of(metric.Up, query.Like("region", "$region"), query.Is("job", b.job)), "instance")
}

// rate is the growth per second of a counter of the chosen nodes, added up by labels.
func (b tierBoard) rate(f *metric.Family, by ...string) query.Expr {
	return b.of(f).Rate().Sum(by...)
}

// up is the state of each node. Where the exporter cannot be scraped it has no up of the daemon, but still an up.
func (b tierBoard) up() query.Expr {
	return b.of(b.kit.Up).Or(b.of(metric.Up).As(unseen)).Min("instance")
}

// unseen is the value of a node whose exporter says nothing of it.
const unseen = 2

// nodeStates are the words for the values of up.
func nodeStates() []panel.State {
	return append(upStates("up", "down"), panel.State{Value: unseen, Text: "unseen", Color: panel.Warning})
}

// upCard shows whether each node answers.
func (b tierBoard) upCard(title string) card {
	return card{
		kind: panel.StatType, title: title, named: true, states: nodeStates(), alerts: []string{b.daemon + "Down"}, weight: 2,
		description: "Whether each " + b.daemon + " answered its exporter at the last scrape; unseen means that nobody could ask it. If one is not up, its runbook says what to look at; if one is missing here, it is not scraped at all.",
		asks:        []ask{{b.up(), "{{instance}}"}},
	}
}

// versionsCard shows what runs where, and since when.
func (b tierBoard) versionsCard(info, start *metric.Family) card {
	return card{
		kind: panel.TableType, title: "Versions and uptime", node: b.noun, weight: 2, alerts: []string{b.daemon + "Restarting"},
		description: "What runs where, and since when. A short uptime that nobody planned is a crash: look for a core file and at the log.",
		asks: []ask{
			{b.of(info).Max("instance", "region", "version"), ""},
			{query.Age(b.of(start)).Max("instance", "region"), ""},
		},
		hidden:  []string{"Time", "Value #A"},
		columns: []panel.Column{{Field: "instance", Name: b.noun}, {Field: "region", Name: "Region"}, {Field: "version", Name: "Version"}, {Field: "Value #B", Name: "Up for"}},
		looks:   []panel.Override{panel.ForName("Up for", panel.WithUnit(panel.UnitSeconds)), panel.ForName("Version", panel.WithWidth(versionWidth))},
		unit:    panel.UnitShort,
	}
}

// versionWidth holds the longest version that a distribution gives a daemon, such as "22.10.1+dfsg+~cs6.17.60671434-1", in pixels.
const versionWidth = 260

// exporterCards show how well the tier itself is watched.
func (b tierBoard) exporterCards() []card {
	kit := b.kit
	return []card{
		{
			kind: panel.StateTimelineType, title: "Collectors of the exporter", weight: 2, height: max(10, 3+len(collectors(b.own))/2), states: upStates("healthy", "failed"), alerts: []string{b.daemon + "CollectorFailing"},
			description: "Whether each part of " + b.emitter.Name + " could do its work on every chosen node; what " + b.daemon + " does not have counts as healthy. If one failed, its panels show nothing: the exporter's log names the reason.",
			asks:        []ask{{b.of(kit.CollectorSuccess).Min("collector"), "{{collector}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Duration of each collector",
			description: "How long each part of the exporter took at the last scrape, on the slowest node. Near the scrape timeout data are lost: switch the slow collector off or scrape more rarely.",
			looks:       panel.Series(collectors(b.own)),
			asks:        []ask{{b.of(kit.CollectorDuration).Max("collector"), "{{collector}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Series left out", looks: panel.Series(values(kit.SeriesDropped, "reason")),
			description: "Series that the exporter left out of the last scrape: beyond its limit, repeated, or not valid. Above zero something is not shown here: raise the limit or report the values.",
			asks:        []ask{{b.of(kit.SeriesDropped).Sum("reason"), "{{reason}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Scrape duration", looks: panel.Series(b.nodes()),
			description: "How long Prometheus needed to scrape each node's exporter. Compare with the scrape interval: beyond it samples are skipped.",
			asks:        []ask{{b.of(metric.ScrapeDuration).Max("instance"), "{{instance}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Memory of the exporter", looks: panel.Series(b.nodes()),
			description: "Resident memory of " + b.emitter.Name + ". It should be level; growth without end is a leak to be reported.",
			asks:        []ask{{b.of(metric.ProcessResidentMemory).Max("instance"), "{{instance}}"}},
		},
	}
}

// values returns the known values of a family's label, so that each gets a look of its own.
func values(f *metric.Family, label string) []string {
	for _, l := range f.Labels {
		if l.Name == label {
			return l.Values
		}
	}
	return nil
}

// between colours what is below both limits, between them and above.
func between(l spec.Limits) *panel.Thresholds {
	return panel.Rising(panel.Good, panel.Bound{From: l.Warn, Color: panel.Warning}, panel.Bound{From: l.Page, Color: panel.Bad})
}

// limitText says in a description what the lines across a graph are.
func limitText(l spec.Limits) string {
	return "Above " + slo.FormatPercent(l.Warn) + " a ticket is opened, above " + slo.FormatPercent(l.Page) + " somebody is woken."
}
