package asterisk

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/metric"
	"github.com/voipbin/observability/internal/protocol/ami"
)

// tally adds up numbers by label value.
type tally map[string]float64

// add adds a tally's numbers in the order of the alphabet.
func (t tally) add(b *emit.Batch, f *metric.Family) {
	for _, label := range sortedKeys(t) {
		b.Add(f, t[label], label)
	}
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// word makes a label value of Asterisk's text for a state: "Not in use" becomes not_in_use.
func word(text string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimSpace(text)), " ", "_")
}

// emptyList is the outcome of a list without items.
func emptyList(answer ami.Answer) error {
	if len(answer.Events) == 0 {
		return exporter.Empty(nil)
	}
	return nil
}

// bridges reads what mixes channels.
type bridges struct{ session *session }

// Name is that of the collector in its flag and in its outcome: bridges.
func (bridges) Name() string { return "bridges" }

// Scrape sends the AMI action BridgeList.
func (s bridges) Scrape(ctx context.Context, b *emit.Batch) error {
	answer, err := s.session.ask(ctx, ami.NewAction("BridgeList"))
	if err != nil {
		return err
	}
	mixing, inside := tally{}, tally{}
	for _, m := range answer.Events {
		tech := m.Get("BridgeTechnology")
		mixing[tech]++
		if n, ok := number(m, "BridgeNumChannels"); ok {
			inside[tech] += n
		}
	}
	mixing.add(b, metric.AsteriskBridges)
	inside.add(b, metric.AsteriskBridgeChannels)
	return emptyList(answer)
}

// conferences reads the conferences of ConfBridge, all together: their names can be of callers.
type conferences struct{ session *session }

// Name is that of the collector in its flag and in its outcome: conferences.
func (conferences) Name() string { return "conferences" }

// Scrape sends the AMI action ConfbridgeListRooms.
func (s conferences) Scrape(ctx context.Context, b *emit.Batch) error {
	answer, err := s.session.ask(ctx, ami.NewAction("ConfbridgeListRooms"))
	none := exporter.OutcomeOf(err) == exporter.OutcomeEmpty
	if err != nil && !none {
		return err
	}
	var parties, marked, locked, muted, largest float64
	for _, m := range answer.Events {
		n, _ := number(m, "Parties")
		parties, largest = parties+n, max(largest, n)
		n, _ = number(m, "Marked")
		marked += n
		locked += boolean(m.Get("Locked") == "Yes")
		muted += boolean(m.Get("Muted") == "Yes")
	}
	b.Add(metric.AsteriskConferences, float64(len(answer.Events)))
	b.Add(metric.AsteriskConferenceParties, parties)
	b.Add(metric.AsteriskConferenceMarked, marked)
	b.Add(metric.AsteriskConferencesLocked, locked)
	b.Add(metric.AsteriskConferencesMuted, muted)
	b.Add(metric.AsteriskConferenceLargest, largest)
	return err
}

// parking reads how many calls are parked.
type parking struct{ session *session }

// Name is that of the collector in its flag and in its outcome: parking.
func (parking) Name() string { return "parking" }

// Scrape sends the AMI actions Parkinglots and ParkedCalls.
func (s parking) Scrape(ctx context.Context, b *emit.Batch) error {
	lots, err := s.session.ask(ctx, ami.NewAction("Parkinglots"))
	if err != nil {
		return err
	}
	parked := tally{}
	for _, m := range lots.Events {
		parked[m.Get("Name")] = 0
	}
	calls, err := s.session.ask(ctx, ami.NewAction("ParkedCalls"))
	if err != nil {
		return err
	}
	for _, m := range calls.Events {
		parked[m.Get("Parkinglot")]++
	}
	parked.add(b, metric.AsteriskParkedCalls)
	return emptyList(lots)
}

// voicemail reads how many messages there are.
type voicemail struct{ session *session }

// Name is that of the collector in its flag and in its outcome: voicemail.
func (voicemail) Name() string { return "voicemail" }

// Scrape sends the AMI action VoicemailUsersList.
func (s voicemail) Scrape(ctx context.Context, b *emit.Batch) error {
	answer, err := s.session.ask(ctx, ami.NewAction("VoicemailUsersList"))
	if err != nil {
		return err
	}
	boxes, fresh, old := tally{}, tally{}, tally{}
	for _, m := range answer.Events {
		place := m.Get("VMContext")
		boxes[place]++
		if n, ok := number(m, "NewMessageCount"); ok {
			fresh[place] += n
		}
		if n, ok := number(m, "OldMessageCount"); ok {
			old[place] += n
		}
	}
	boxes.add(b, metric.AsteriskMailboxes)
	for _, place := range sortedKeys(fresh) {
		b.Add(metric.AsteriskVoicemails, fresh[place], place, "new")
	}
	for _, place := range sortedKeys(old) {
		b.Add(metric.AsteriskVoicemails, old[place], place, "old")
	}
	return emptyList(answer)
}

// modules asks for the modules that ought to be loaded.
type modules struct {
	session  *session
	required []string
}

// Name is that of the collector in its flag and in its outcome: modules.
func (modules) Name() string { return "modules" }

// Scrape sends the AMI action ModuleCheck.
func (s modules) Scrape(ctx context.Context, b *emit.Batch) error {
	if len(s.required) == 0 {
		return exporter.Empty(nil)
	}
	for _, name := range s.required {
		name = strings.TrimSuffix(strings.TrimSpace(name), ".so")
		_, err := s.session.ask(ctx, ami.NewAction("ModuleCheck", "Module", name))
		loaded, err := moduleLoaded(err)
		if err != nil {
			return err
		}
		b.Add(metric.AsteriskModuleLoaded, boolean(loaded), name)
	}
	return nil
}

// moduleLoaded reads the answer to ModuleCheck: an error that names no other reason says that the module is not loaded.
func moduleLoaded(err error) (bool, error) {
	if reason, ok := refusalReason(err); ok && reason == ami.Other {
		return false, nil
	}
	return err == nil, err
}
