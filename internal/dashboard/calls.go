package dashboard

import "github.com/voipbin/observability/internal/dashboard/panel"

// callsName is the end of the board's uid, by which objectives and alerts name it.
const callsName = "calls"

// callsBoard makes the cards of the board of calls and their quality.
type callsBoard struct{ *maker }

// calls is the board of what customers get: the key figures of calls.
func calls(m *maker) board {
	c := callsBoard{m}
	return board{
		name: callsName, title: "VoIPBIN / Call Metrics", folder: "SIP", from: "now-24h",
		description: "What customers get: how many calls come about, how long they last, and what of it was promised. How the platform looks from outside is on the board of the SIP edge.",
		rows: []row{
			{title: "Key figures of the last hour", dense: true, cards: c.figures()},
			{title: "Objectives", cards: c.objectivesOf(callsName)},
			{title: "Key figures over time", cards: c.courses()},
		},
	}
}

// servers reports whether the platform has media servers.
func (c callsBoard) servers() bool { return len(c.spec.Platform.MediaServers.Nodes) > 0 }

// figure is one key figure as a number.
func (c callsBoard) figure(title, record, description string) card {
	return card{
		kind: panel.StatType, title: title, none: "no events", decimals: panel.Int(1), description: description,
		asks: []ask{{c.record(record), title}},
	}
}

func (c callsBoard) figures() []card {
	cards := []card{
		c.figure("SER", sessionEstablishment, "Session establishment ratio (RFC 6076): INVITEs answered with 200 by all but those redirected or challenged. It depends on whether people pick up; watch its course, not its height."),
		c.figure("SEER", sessionEffectiveness, "Session establishment effectiveness ratio (RFC 6076): as SER, with busy, unavailable and declined as successes. Below 95 % look at the outcomes by cause on the Kamailio board."),
		c.figure("ISA", ineffectiveSessions, "Ineffective session attempts (RFC 6076): INVITEs that ended in 408, 500, 503 or 504 by all. This is the platform's own failure; the objective of call set-up counts the same."),
		c.figure("IRA", ineffectiveRegistrations, "Ineffective registration attempts (RFC 6076): those that the registrar rejected by all that it answered. Wrong passwords are refused before and not counted: look at the log for those."),
	}
	if c.servers() {
		cards = append(cards,
			c.figure("ASR", answerSeizure, "Answer seizure ratio (ITU-T E.411) of outgoing calls. 40 to 60 % are usual; a fall is a trunk that does not deliver, or calls to bad numbers."),
			c.figure("NER", networkEffectiveness, "Network effectiveness ratio (ITU-T E.425) of outgoing calls: all but those that failed for technical reasons. Below 95 % look at dials by outcome on the Asterisk board."),
			c.figure("ACD", averageCallDuration, "Mean duration of incoming calls that ended. A fall on one day means that callers hang up: look at quality and one-way audio."))
	}
	return cards
}

func (c callsBoard) courses() []card {
	cards := []card{
		{
			kind: panel.TimeSeriesType, title: "Sessions that come about", close: true, none: "no calls",
			description: "SER and SEER of the last hour. SER follows people's habits over the day; SEER should be level, and a fall is a fault or a wave of bad numbers.",
			asks:        []ask{{c.record(sessionEstablishment), "SER"}, {c.record(sessionEffectiveness), "SEER"}},
		},
		{
			kind: panel.TimeSeriesType, title: "Ineffective attempts", none: "no calls",
			description: "ISA and IRA of the last hour: sessions that the platform failed, and registrations that the registrar rejected. A rise of ISA is for the Kamailio board, one of IRA for the registrar and its database.",
			asks:        []ask{{c.record(ineffectiveSessions), "ISA"}, {c.record(ineffectiveRegistrations), "IRA"}},
		},
	}
	if !c.servers() {
		return cards
	}
	return append(cards,
		card{
			kind: panel.TimeSeriesType, title: "Outgoing calls", close: true, none: "no outgoing calls", to: asteriskName,
			description: "ASR and NER of the last hour. Both falling is a trunk or the platform; ASR alone is whom customers call.",
			asks:        []ask{{c.record(answerSeizure), "ASR"}, {c.record(networkEffectiveness), "NER"}},
		},
		card{
			kind: panel.TimeSeriesType, title: "Mean duration of calls", none: "no call has ended", to: asteriskName,
			description: "Mean duration of the calls that ended within the hour. It rises and falls with the day; a step is a change in what callers get.",
			asks:        []ask{{c.record(averageCallDuration), "ACD"}},
		})
}
