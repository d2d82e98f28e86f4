package dashboard

import (
	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/dashboard/query"
	"github.com/voipbin/observability/internal/metric"
)

// edgeName is the end of the board's uid, by which objectives and alerts name it.
const edgeName = "sip-edge"

// edgeBoard makes the cards of the board of the SIP edge.
type edgeBoard struct{ *maker }

// sipEdge is the board of the way in: what probes that call as customers do find at the edge, from outside.
func sipEdge(m *maker) board {
	c := edgeBoard{m}
	b := board{
		name: edgeName, title: "VoIPBIN / SIP Edge", folder: "SIP", from: "now-24h",
		description: "The way in, seen by probes from outside: do they get an answer, how far do they come, how does a call sound, how long does the certificate last?",
	}
	if m.probed() {
		b.rows = append(b.rows, row{title: "Probes from outside", cards: c.probes()}, row{title: "How probed calls sound", cards: c.sound()})
	}
	b.rows = append(b.rows, row{title: "Objectives", cards: c.objectivesOf(edgeName)})
	if m.probed() {
		b.rows = append(b.rows, row{title: "The way to the edge", shut: true, cards: c.way()})
	}
	return b
}

// probed reports whether somebody calls the platform from outside.
func (m *maker) probed() bool { return len(m.spec.Platform.SIPProber.Probes) > 0 }

// eachProbe gives each probe a look that it has in all graphs of the board.
func (c edgeBoard) eachProbe() []panel.Override {
	return panel.Series(c.spec.Platform.SIPProber.Probes)
}

func (c edgeBoard) probes() []card {
	grades := []panel.State{
		{Value: 0, Text: "no answer", Color: panel.Bad}, {Value: 1, Text: "L1 answered", Color: panel.Warning}, {Value: 2, Text: "L2 well", Color: panel.Sky},
		{Value: 3, Text: "L3 registered", Color: panel.Violet}, {Value: 4, Text: "L4 audio both ways", Color: panel.Good},
	}
	return []card{
		{
			kind: panel.StateTimelineType, title: "Probes", weight: 2, height: 8, states: upStates("as it should be", "failed"), alerts: []string{"SIPProbeFailing", "SIPProbeMissing"},
			description: "Whether each probe ended as its module wants. One transport alone is its listener; all at once are the edge or the network between. A gap is a prober that does not run.",
			asks:        []ask{{query.Of(metric.SIPProbeSuccess).Min("instance"), "{{instance}}"}},
		},
		{
			kind: panel.StateTimelineType, title: "How far probes came", weight: 2, height: 8, states: grades,
			description: "The grade that each probe proved. OPTIONS reaches L2, REGISTER L3 and a call with audio L4; one that falls short shows where the way ends.",
			asks:        []ask{{query.Of(metric.SIPProbeGrade).Min("instance"), "{{instance}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Time to an answer", looks: c.eachProbe(),
			description: "From the first request to the final answer of each probe. Above a second callers and phones try again, which makes it worse.",
			asks:        []ask{{query.Of(metric.SIPProbeResponse).Max("instance"), "{{instance}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Session request delay", looks: c.eachProbe(), none: "no call is probed",
			description: "From INVITE to the first sign of the called party (RFC 6076), which one in twenty probed calls of the last hour exceeds. Callers call it post-dial delay.",
			asks:        []ask{{c.record(sessionRequestDelay), "{{instance}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Registration request delay", looks: c.eachProbe(), none: "no registration is probed",
			description: "From REGISTER to the 200 (RFC 6076), which one in twenty probed registrations of the last hour exceeds. A rise is the subscriber database, as a rule.",
			asks:        []ask{{c.record(registrationRequestDelay), "{{instance}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Probes by outcome", stacked: true, none: "none",
			description: "Probes a second by how they ended. The name of what is not ok says where to look: dns, connect, tls, timeout, unauthorized, silence, one_way.",
			looks:       panel.Series(metric.SIPProbeOutcomes()),
			asks:        []ask{{query.Of(metric.SIPProbes).Rate().Sum("outcome"), "{{outcome}}"}},
		},
	}
}

func (c edgeBoard) sound() []card {
	const none = "no call with audio is probed"
	mos := c.spec.Alerts.SIP.MOS
	return []card{
		{
			kind: panel.TimeSeriesType, title: "Estimated score of probed calls", looks: c.eachProbe(), none: none, close: true, alerts: []string{"SIPProbeQualityLow"},
			thresholds:  panel.Rising(panel.Bad, panel.Bound{From: mos, Color: panel.Good}),
			description: "Mean opinion score, 1 to 5, estimated by the E-model (ITU-T G.107) from loss, jitter and delay of the whole loop. Below the line a ticket is opened.",
			asks:        []ask{{query.Of(metric.SIPProbeMOS).Min("instance"), "{{instance}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Packets lost in the loop", looks: c.eachProbe(), none: none,
			description: "Share of the probes' packets that did not come back. Compare with what the engines report on the RTPEngine board: what is only here is on the prober's way.",
			asks:        []ask{{query.Of(metric.SIPProbeLoss).Max("instance"), "{{instance}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Jitter and round trip", none: none,
			description: "Jitter and round trip of the loop, of the worst probe. Round trips of more than 300 ms make people talk over each other.",
			asks:        []ask{{query.Of(metric.SIPProbeJitter).Max(), "jitter"}, {query.Of(metric.SIPProbeRoundTrip).Max(), "round trip"}},
		},
		{
			kind: panel.StateTimelineType, title: "Audio of probed calls", none: none, weight: 2, alerts: []string{"SIPProbeOneWayAudio"},
			states:      []panel.State{{Value: 0, Text: "both ways", Color: panel.Good}, {Value: 1, Text: "one way", Color: panel.Bad}},
			description: "Whether audio of the last call ran in both directions. One way is a firewall, NAT or a wrong address: see the runbook.",
			asks:        []ask{{query.Of(metric.SIPProbeOneWay).Max("instance"), "{{instance}}"}},
		},
	}
}

func (c edgeBoard) way() []card {
	return []card{
		{
			kind: panel.TimeSeriesType, title: "Certificate of the edge runs out in", looks: c.eachProbe(), none: "no TLS is probed", alerts: []string{"SIPProbeCertificateExpiring"},
			description: "Time until the certificate that outsiders get runs out; below zero it has. Renew it where TLS ends.",
			asks:        []ask{{query.Until(query.Of(metric.SIPProbeCertificateExpiry)).Min("instance"), "{{instance}}"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Time to find and reach the edge", none: "names and connections are not probed",
			description: "Time for DNS, for the connection and for the TLS handshake, of the slowest probe. A rise of one alone names who is slow.",
			asks: []ask{
				{query.Of(metric.SIPProbeDNS).Max(), "DNS"}, {query.Of(metric.SIPProbeConnect).Max(), "connection"}, {query.Of(metric.SIPProbeHandshake).Max(), "TLS"},
			},
		},
		{
			kind: panel.TimeSeriesType, title: "Requests sent again", looks: c.eachProbe(), none: "none",
			description: "Requests of the last probe that had to be sent again over UDP. Some are lost packets; a level is an edge that answers too late.",
			asks:        []ask{{query.Of(metric.SIPProbeRetransmissions).Max("instance"), "{{instance}}"}},
		},
	}
}
