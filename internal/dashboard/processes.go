package dashboard

import (
	"strings"

	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/metric"
)

// servicesReady is the record that the objective of the services counts.
const servicesReady = "voipbin:services_ready:bool"

// processHealth is the board Service Health of a platform without a cluster: what services tell of their own processes is all that is known.
func processHealth(m *maker) board {
	v := servicesBoard{m}
	return board{
		name: serviceHealthName, title: "VoIPBIN / Service Health", folder: "Services", from: "now-6h",
		description: "Every service: does it answer, does it stay, and what does it take of the machine?",
		rows: []row{
			{title: "Which service does not answer?", cards: []card{v.answering(), v.allThere(), v.started()}},
			{title: "What does it take?", cards: []card{v.processCPU(), v.processMemory(), v.processFiles()}},
			{title: "What was brought out?", cards: []card{v.deployments(), v.failures()}},
			{title: "Objectives", cards: v.objectivesOf(serviceHealthName)},
		},
	}
}

// ofServices selects what the services' own processes tell.
func (v servicesBoard) ofServices(f *metric.Family) query.Expr {
	return query.Of(f, query.Like(v.spec.Services.Label, strings.Join(v.attributions(), "|")))
}

// named is how a service is called in a legend.
func (v servicesBoard) named() string { return "{{" + v.spec.Services.Label + "}}" }

func (v servicesBoard) answering() card {
	return card{
		kind: panel.StateTimelineType, title: "Services", weight: 2, height: 24, states: upStates("answers", "does not answer"), alerts: v.made("ServiceDown"), none: "no service is scraped",
		description: "Whether each service answers on its metrics port. One that does not is down: docker ps and docker logs on the host tell why.",
		asks:        []ask{{v.ofServices(metric.Up).Max(v.spec.Services.Label), v.named()}},
	}
}

func (v servicesBoard) allThere() card {
	return card{
		kind: panel.StateTimelineType, title: "All services", height: 24, states: upStates("all answer", "one is missing"), none: "no service is scraped",
		description: "Whether all services of the spec answer at once, which the objective counts. While one is missing, the panel beside names it.",
		asks:        []ask{{v.record(servicesReady), "services"}},
	}
}

func (v servicesBoard) started() card {
	return card{
		kind: panel.TableType, title: "When each started", height: 24, none: "no service tells it", unit: panel.UnitSeconds,
		description: "For how long the process of each service runs. Short times of one service alone are a crash or a deployment, of all of them the host.",
		asks:        []ask{{query.Age(v.ofServices(metric.ProcessStart).Max(v.spec.Services.Label)), ""}},
		hidden:      []string{"Time"},
		columns:     []panel.Column{{Field: v.spec.Services.Label, Name: "Service"}, {Field: "Value", Name: "Runs for"}},
	}
}

func (v servicesBoard) processCPU() card {
	return card{
		kind: panel.TimeSeriesType, title: "Processors used", looks: v.attributed(), none: "no service tells it",
		description: "Processors that the eight busiest services use. One that grows without requests is busy with itself; look at its log.",
		asks:        []ask{{v.ofServices(metric.ProcessCPU).Rate().Sum(v.spec.Services.Label).Top(8), v.named()}},
	}
}

func (v servicesBoard) processMemory() card {
	return card{
		kind: panel.TimeSeriesType, title: "Memory used", looks: v.attributed(), none: "no service tells it",
		description: "Resident memory of the eight largest services. What grows without load is a leak, and ends when the machine has none left.",
		asks:        []ask{{v.ofServices(metric.ProcessResidentMemory).Sum(v.spec.Services.Label).Top(8), v.named()}},
	}
}

func (v servicesBoard) processFiles() card {
	open, most := v.ofServices(metric.ProcessOpenFDs).Sum(v.spec.Services.Label), v.ofServices(metric.ProcessMaxFDs).Sum(v.spec.Services.Label)
	return card{
		kind: panel.TimeSeriesType, title: "Open files of those allowed", looks: v.attributed(), none: "no service tells it", unit: panel.UnitPercent, max: panel.Float(1),
		description: "Files and connections of the eight services that are nearest to their limit. At the limit a service accepts nothing and reaches nobody.",
		asks:        []ask{{open.Over(most, v.spec.Services.Label).Top(8), v.named()}},
	}
}
