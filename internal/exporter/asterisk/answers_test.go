package asterisk

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/protocol/ami/amitest"
)

// list answers with a list of items, each of lines separated by semicolons.
func list(items ...string) amitest.Reply {
	return func(w amitest.Writer, _ amitest.Request) {
		w.Lines("Response: Success", "EventList: start")
		for _, item := range items {
			w.Lines(strings.Split(item, "; ")...)
		}
		w.Lines("Event: Done", "EventList: Complete")
	}
}

func TestContacts(t *testing.T) {
	t.Parallel()
	s := recorded(t, "22.10.1", "idle")
	s.Handle("PJSIPShowContacts", list(
		"Event: ContactList; ObjectName: phone;@52e2688a7fc7ca68b4e716210852cdb5; Uri: sip:1@192.0.2.1; Status: Reachable; RoundtripUsec: 670",
		"Event: ContactList; ObjectName: phone;@62e2688a7fc7ca68b4e716210852cdb5; Uri: sip:1@192.0.2.2; Status: Reachable; RoundtripUsec: 20500",
		"Event: ContactList; ObjectName: phone;@72e2688a7fc7ca68b4e716210852cdb5; Uri: sip:1@192.0.2.3; Status: Unreachable; RoundtripUsec: N/A",
		"Event: ContactList; ObjectName: old;@82e2688a7fc7ca68b4e716210852cdb5; Uri: sip:2@192.0.2.4; Status: NonQualified; RoundtripUsec: N/A",
	))
	s.Handle("PJSIPShowEndpoints", list(
		"Event: EndpointList; ObjectName: phone; DeviceState: Not in use; Contacts: phone/sip:1@192.0.2.1,phone/sip:1@192.0.2.2,phone/sip:1@192.0.2.3,",
		"Event: EndpointList; ObjectName: trunk; DeviceState: Not in use; Contacts: trunk/sip:192.0.2.9,",
		"Event: EndpointList; ObjectName: gone; DeviceState: Unavailable; Contacts: gone/sip:192.0.2.10,",
		"Event: EndpointList; ObjectName: none; DeviceState: Unavailable; Contacts: ",
	))
	s.Handle("PJSIPShowEndpoint", func(w amitest.Writer, r amitest.Request) {
		if r.Message.Get("Endpoint") == "trunk" {
			list("Event: EndpointDetail; ObjectName: trunk", "Event: AuthDetail; Password: hunter2",
				"Event: ContactStatusDetail; AOR: trunk; URI: sip:192.0.2.9; Status: Reachable; RoundtripUsec: 1082")(w, r)
			return
		}
		amitest.Refuse("Unable to retrieve endpoint "+r.Message.Get("Endpoint"))(w, r)
	})
	got := suite().Scrape(t, observed(t, s, "contacts"))
	suite().Check(t, got)
	holds(t, got, []string{
		`asterisk_pjsip_contacts{state="reachable"} 3`, `asterisk_pjsip_contacts{state="unreachable"} 1`, `asterisk_pjsip_contacts{state="unqualified"} 1`,
		`asterisk_pjsip_aor_contacts{aor="phone"} 2`, `asterisk_pjsip_aor_contacts{aor="trunk"} 1`, `asterisk_pjsip_aor_contacts{aor="old"} 1`,
		`asterisk_pjsip_aor_round_trip_seconds{aor="phone"} 0.0205`, `asterisk_pjsip_aor_round_trip_seconds{aor="trunk"} 0.001082`,
	}, `asterisk_pjsip_aor_round_trip_seconds{aor="old"`)
	if strings.Contains(got.Text, "192.0.2") || strings.Contains(got.Text, "hunter2") {
		t.Errorf("an address or a password got out:\n%s", got.Text)
	}
}

// TestContactsAreEmpty: Asterisk answers with an error where there is nothing to list.
func TestContactsAreEmpty(t *testing.T) {
	t.Parallel()
	s := recorded(t, "22.10.1", "idle")
	s.Handle("PJSIPShowContacts", amitest.Refuse("No Contacts found"))
	s.Handle("PJSIPShowEndpoints", amitest.Refuse("No endpoints found"))
	got := suite().Scrape(t, observed(t, s, "contacts", "endpoints"))
	if diff := cmp.Diff(map[string]string{"contacts": "empty", "endpoints": "empty"}, got.Outcomes); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	holds(t, got, nil, "asterisk_pjsip")
}

func TestEndpointStates(t *testing.T) {
	t.Parallel()
	s := recorded(t, "22.10.1", "idle")
	s.Handle("PJSIPShowEndpoints", list(
		"Event: EndpointList; ObjectName: a; DeviceState: Not in use; ActiveChannels: 0", "Event: EndpointList; ObjectName: b; DeviceState: In use; ActiveChannels: 2",
		"Event: EndpointList; ObjectName: c; DeviceState: Unavailable; ActiveChannels: ", "Event: EndpointList; ObjectName: d; DeviceState: Unknown",
	))
	got := suite().Scrape(t, observed(t, s, "endpoints"))
	holds(t, got, []string{
		`asterisk_pjsip_endpoint_up{endpoint="a"} 1`, `asterisk_pjsip_endpoint_up{endpoint="b"} 1`, `asterisk_pjsip_endpoint_up{endpoint="c"} 0`,
		`asterisk_pjsip_endpoint_channels{endpoint="b"} 2`, `asterisk_pjsip_endpoints{state="unknown"} 1`,
	}, `asterisk_pjsip_endpoint_up{endpoint="d"`, `asterisk_pjsip_endpoint_channels{endpoint="c"`)
}

// TestManyEndpoints: beyond the limit single endpoints are dropped and counted, never the sums.
func TestManyEndpoints(t *testing.T) {
	t.Parallel()
	var items []string
	for i := range 300 {
		items = append(items, "Event: EndpointList; ObjectName: "+strings.Repeat("x", i+1)+"; DeviceState: Not in use")
	}
	s := recorded(t, "22.10.1", "idle")
	s.Handle("PJSIPShowEndpoints", list(items...))
	limited := suite()
	limited.Limit = 50
	got := limited.Scrape(t, observed(t, s, "endpoints"))
	holds(t, got, []string{`asterisk_pjsip_endpoints{state="not_in_use"} 300`})
	if n := got.Dropped[[2]string{"endpoints", "limit"}]; n != 251 {
		t.Errorf("want 251 series dropped, got %d", n)
	}
}

func TestQueueStatus(t *testing.T) {
	t.Parallel()
	s := recorded(t, "22.10.1", "idle")
	s.Handle("QueueStatus", list(
		"Event: QueueParams; Queue: a; Calls: 2; Holdtime: 7; TalkTime: 90; Completed: 8; Abandoned: 1; ServiceLevel: 20; ServicelevelPerf: 87.5",
		"Event: QueueMember; Queue: a; Status: 1; Paused: 0", "Event: QueueMember; Queue: a; Status: 1; Paused: 1",
		"Event: QueueMember; Queue: a; Status: 5; Paused: 0", "Event: QueueMember; Queue: a; Status: 99; Paused: 0",
		"Event: QueueMember; Queue: a; Status: 4; Paused: 0", "Event: QueueMember; Queue: a; Status: 2; Paused: 0",
		"Event: QueueEntry; Queue: a; Position: 1; CallerIDNum: 7001; Wait: 42", "Event: QueueEntry; Queue: a; Position: 2; Wait: 3",
		"Event: QueueMember; Queue: stranger; Status: 1",
		"Event: QueueParams; Queue: b; Calls: nonsense; Completed: 0; ServicelevelPerf: 0.0; ServiceLevel: 0",
	))
	got := suite().Scrape(t, observed(t, s, "queues"))
	suite().Check(t, got)
	holds(t, got, []string{
		`asterisk_queue_callers{queue="a"} 2`, `asterisk_queue_longest_wait_seconds{queue="a"} 42`, `asterisk_queue_longest_wait_seconds{queue="b"} 0`,
		`asterisk_queue_members{queue="a",state="not_in_use"} 2`, `asterisk_queue_members{queue="a",state="unavailable"} 1`,
		`asterisk_queue_members{queue="a",state="unknown"} 1`, `asterisk_queue_paused_members{queue="a"} 1`, `asterisk_queue_available_members{queue="a"} 1`,
		`asterisk_queue_attending_members{queue="a"} 3`, `asterisk_queue_attending_members{queue="b"} 0`,
		`asterisk_queue_service_level_ratio{queue="a"} 0.875`, `asterisk_queue_service_level_target_seconds{queue="a"} 20`,
		`asterisk_queue_calls_completed_total{queue="a"} 8`,
	}, `asterisk_queue_callers{queue="b"}`, `asterisk_queue_service_level_ratio{queue="b"`, `asterisk_queue_service_level_target_seconds{queue="b"`,
		`asterisk_queue_available_members{queue="stranger"`)
}

func TestTaskGroups(t *testing.T) {
	t.Parallel()
	table := []string{
		"", "Processor   Processed   In Queue  Max Depth  Low water High water Low time(us) High time(us)",
		"pjsip/distributor-00000020   28   3   9   450   500   0   4486", "pjsip/distributor-00000021   22   501   600   450   400   0   1",
		"stasis/m:channel:PJSIP/7001-00000001-0000002a   1   0   1   2700   3000   0   1", "Confbridge/4000-00000085   0   0   0   450   500   0   0",
		"subp:PJSIP/7001-0000002b   1   0   1   450   500   0   0", "a name with blanks   1   0   1   450   500   0   0", "", "5 taskprocessors",
	}
	got, err := taskGroups(table)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]*group{
		"pjsip/distributor":  {processors: 2, queued: 504, largest: 501, over: 1, deepest: 600, highWater: 400},
		"stasis/m:channel":   {processors: 1, deepest: 1, highWater: 3000},
		"Confbridge":         {processors: 1, highWater: 500},
		"subp:PJSIP":         {processors: 1, deepest: 1, highWater: 500},
		"a name with blanks": {processors: 1, deepest: 1, highWater: 500},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(group{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := taskGroups([]string{"nothing of the kind"}); exporter.OutcomeOf(err) != exporter.OutcomeDecode {
		t.Errorf("want an error of decoding, got %v", err)
	}
	// The columns of 18 and 21, which have no times, and of a later version that has more.
	for _, header := range []string{"Processor Processed In Queue Max Depth Low water High water", "Processor Processed In Queue Max Depth Low water High water X Y"} {
		cells := "a 1 2 3 4 5" + strings.Repeat(" 9", strings.Count(header, " ")-9)
		got, err := taskGroups([]string{header, cells})
		if err != nil || got["a"] == nil || got["a"].queued != 2 || got["a"].deepest != 3 || got["a"].highWater != 5 {
			t.Errorf("%s: got %+v, %v", header, got["a"], err)
		}
	}
}

func TestAge(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]float64{"00:00:00": 0, "01:02:03": 3723, "100:00:01": 360001} {
		if got, ok := age(text); !ok || got != want {
			t.Errorf("%s: want %v, got %v, %v", text, want, got, ok)
		}
	}
	for _, text := range []string{"", "12", "1:2", "a:b:c", "-1:00:00", "1:2:3:4"} {
		if got, ok := age(text); ok {
			t.Errorf("%q: want nothing, got %v", text, got)
		}
	}
}

func TestStasis(t *testing.T) {
	t.Parallel()
	f := func(name string, status int, body, outcome string, want ...string) {
		t.Helper()
		s := recorded(t, "22.10.1", "idle")
		got := suite().Scrape(t, target(t, s, func(o *Options) {
			o.Collectors, o.ARI = []string{"stasis"}, restServer(t, status, body)
		}))
		if got.Outcomes["stasis"] != outcome {
			t.Errorf("%s: want %s, got %s", name, outcome, got.Outcomes["stasis"])
		}
		holds(t, got, want)
		suite().Check(t, got)
	}
	f("one is there", 200, applications, "ok", `asterisk_stasis_application_subscribed{application="voipbin"} 1`, `asterisk_stasis_application_subscribed{application="flow"} 0`,
		`asterisk_stasis_application_channels{application="voipbin"} 2`, `asterisk_stasis_application_bridges{application="voipbin"} 1`)
	f("none is there", 200, "[]", "empty", `asterisk_stasis_application_subscribed{application="voipbin"} 0`)
	f("no JSON", 200, "<html>", "decode")
	f("another's JSON", 200, `{"a":1}`, "decode")
	f("too long", 200, "["+strings.Repeat(" ", mostARI)+"]", "decode")
	f("an error", 500, "", "fault")
	f("not allowed", 403, "", "fault")
	f("no such module", 404, "", "absent")
	f("elsewhere", 302, "", "fault")
	s := recorded(t, "22.10.1", "idle")
	off := target(t, s, func(o *Options) { o.Collectors = []string{"stasis"} })
	if got := suite().Scrape(t, off); got.Outcomes["stasis"] != exporter.OutcomeDisabled {
		t.Errorf("without an address: want disabled, got %v", got.Outcomes)
	}
	other := target(t, s, func(o *Options) {
		o.Collectors, o.ARI, o.ARICredentials = []string{"stasis"}, restServer(t, 200, applications), secret(t, "wrong")
	})
	if got := suite().Scrape(t, other); got.Outcomes["stasis"] != exporter.OutcomeFault {
		t.Errorf("wrong password: want fault, got %v", got.Outcomes)
	}
}

// TestSlowQuestionsLoseNobodyElse: a question that is never answered costs its collector and not the connection.
func TestSlowQuestionsLoseNobodyElse(t *testing.T) {
	t.Parallel()
	s := recorded(t, "22.10.1", "idle")
	s.Handle("BridgeList", amitest.Silent())
	tgt := observed(t, s, "bridges", "queues")
	if err := tgt.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := tgt.Scrapers[0].Scrape(deadline(t, 0), nil)
	if exporter.OutcomeOf(err) != exporter.OutcomeTimeout {
		t.Errorf("want a timeout, got %v", err)
	}
	if err := tgt.Check(t.Context()); err != nil || s.Logins() != 1 {
		t.Errorf("want the same connection, got %d logins, %v", s.Logins(), err)
	}
}

// FuzzTaskGroups reads any table.
func FuzzTaskGroups(f *testing.F) {
	for _, version := range versions() {
		text, err := os.ReadFile("testdata/asterisk-" + version + "/calls/Command.txt")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(strings.ReplaceAll(string(text), "Output: ", ""))
	}
	f.Fuzz(func(t *testing.T, table string) {
		groups, err := taskGroups(strings.Split(table, "\n"))
		if err != nil && exporter.OutcomeOf(err) != exporter.OutcomeDecode {
			t.Errorf("want an error of decoding, got %v", err)
		}
		for name, g := range groups {
			if g.processors < 1 || name == "" {
				t.Errorf("a group of nothing: %q", name)
			}
		}
	})
}
