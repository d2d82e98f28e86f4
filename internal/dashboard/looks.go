package dashboard

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/voipbin/observability/internal/dashboard/panel"
	"github.com/voipbin/observability/internal/metric"
)

// classHues are the colours of what SIP status codes mean, from 1xx to 6xx.
func classHues() []panel.Hue {
	return []panel.Hue{panel.Neutral, panel.Good, panel.Sky, panel.Warning, panel.Bad, panel.Violet}
}

// statusClasses gives each class of status codes the colour of its meaning.
func statusClasses() []panel.Override {
	var out []panel.Override
	for i, hue := range classHues() {
		out = append(out, panel.Kin(hue, strconv.Itoa(i+1)+"xx")...)
	}
	return out
}

// statusCodes gives each code the colour of its class and a stroke by its last digit. The series' names begin with the
// code or its class.
func statusCodes() []panel.Override {
	out := panel.Digits()
	for i, hue := range classHues() {
		out = append(out, panel.ForRegexp("^"+strconv.Itoa(i+1), panel.InColor(hue)))
	}
	return out
}

// answerClasses gives each class of HTTP status, as Google's names begin with it (200, and 0 for no answer), the colour of its meaning, and a stroke to
// what follows.
func answerClasses() []panel.Override {
	out := append(panel.Strokes(), panel.ForRegexp("^0", panel.InColor(panel.Violet)))
	for i, hue := range classHues()[:5] {
		out = append(out, panel.ForRegexp("^"+strconv.Itoa(i+1), panel.InColor(hue)))
	}
	return out
}

// processKinds lists the kinds of processes that every Kamailio has, as core.psx calls them (5.6 and 6.1), and those of usual modules.
func processKinds() []string {
	return []string{
		"udp receiver", "tcp receiver (generic)", "tcp main process", "timer", "slow timer", "secondary timer",
		"main process - attendant", "ctl handler", "DMQ WORKER", "Dialog Clean Timer", "JSONRPCS DATAGRAM", "JSONRPCS FIFO", "TIMER UAC REG",
		"WEBSOCKET KEEPALIVE", "WEBSOCKET TIMER",
	}
}

// usual are looks for names that are usual, on top of those by which others are told apart as far as they can be.
func usual(names ...string) []panel.Override { return append(panel.Spread(), panel.Series(names)...) }

// hangupCauses are the usual ones of ITU-T Q.850, as Asterisk has them (causes.h).
func hangupCauses() []string {
	return []string{"16", "17", "19", "0", "34", "38", "58", "127", "1", "3", "18", "20", "21", "27", "31", "41", "42", "44", "102"}
}

// deviceStates are those of Asterisk's endpoints (devicestate.c).
func deviceStates() []string {
	return []string{"not_in_use", "in_use", "unavailable", "busy", "ringing", "ring_in_use", "on_hold", "invalid", "unknown"}
}

// bridgeTechnologies are those that come with Asterisk.
func bridgeTechnologies() []string {
	return []string{"simple_bridge", "softmix", "native_rtp", "holding_bridge", "native_dahdi"}
}

// applications are those of the dialplan in which calls usually are.
func applications() []string {
	return []string{"Dial", "AppDial", "Queue", "AppQueue", "ConfBridge", "Stasis", "Playback", "VoiceMail", "Wait", "Echo", "Milliwatt", "MusicOnHold", "Read", "Record", "Park", "Page", "BackGround"}
}

// managerEvents are the kinds of events that calls cause.
func managerEvents() []string {
	return []string{
		"Newchannel", "Newstate", "Hangup", "DialBegin", "DialState", "DialEnd", "BridgeEnter", "BridgeLeave", "QueueCallerJoin", "QueueCallerLeave",
		"QueueCallerAbandon", "QueueMemberStatus", "RTCPSent", "RTCPReceived", "DeviceStateChange", "ContactStatus", "PeerStatus", "Registry", "FullyBooted",
	}
}

// chains tell chains of transcoders apart: the hue by the codec that comes in, the stroke by the one that goes out.
func chains() []panel.Override {
	codecs := []string{"PCMU", "PCMA", "G722", "opus", "G729", "AMR"}
	strokes := [][]int{nil, {10, 6}, {2, 5}, {20, 5}, {12, 4, 2, 4}, {5, 3}}
	var out []panel.Override
	for i, c := range codecs {
		out = append(out, panel.ForRegexp("^"+c, panel.InColor(panel.Hues()[i])))
		if strokes[i] != nil {
			out = append(out, panel.ForRegexp("-> "+c, panel.Dashed(strokes[i]...)))
		}
	}
	return append(panel.Spread(), out...)
}

// dispatched tell the dispatcher's targets apart, whose names begin with the number of their set: the hue by the target, the stroke by the set, and what
// is reached by TCP or TLS thicker.
func dispatched() []panel.Override {
	out := panel.Spread()
	for i, pattern := range [][]int{{10, 6}, {2, 5}, {20, 5}, {12, 4, 2, 4}} {
		out = append(out, panel.ForRegexp(fmt.Sprintf(`^\d*[%d%d] `, i+1, i+6), panel.Dashed(pattern...)))
	}
	return append(out, panel.ForRegexp("transport=(tcp|tls)", panel.WithLineWidth(3)))
}

// platformFailures are the causes that count against the objective of call set-up.
func platformFailures() []string { return metric.CallSetupFailures() }

// outcomes gives each cause of the end of a call set-up its look: the platform's failures in red, success in blue, what
// callers are told by a healthy platform in other colours.
func outcomes() []panel.Override {
	rest := slices.DeleteFunc(metric.CallSetupCauses(), func(c string) bool {
		return c == "2xx" || slices.Contains(platformFailures(), c)
	})
	half := (len(rest) + 1) / 2
	return slices.Concat(
		panel.Kin(panel.Good, "2xx"), panel.Kin(panel.Bad, platformFailures()...),
		panel.Kin(panel.Warning, rest[:half]...), panel.Kin(panel.Neutral, rest[half:]...),
	)
}
