package asterisk

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/protocol/ami/amitest"
)

// TestGoldens replays what real Asterisks answered and sent.
func TestGoldens(t *testing.T) {
	t.Parallel()
	for _, version := range versions() {
		for _, scene := range scenes() {
			t.Run(version+"/"+scene, func(t *testing.T) {
				t.Parallel()
				s := recorded(t, version, scene)
				tgt := target(t, s, func(o *Options) { o.ARI = restServer(t, 200, applications) })
				if scene == "calls" {
					if err := tgt.Check(t.Context()); err != nil {
						t.Fatal(err)
					}
					s.Send(eventsOf(t, version)) // before the answers of the scrape that follows, so all are counted then
				}
				suite().Golden(t, tgt, filepath.Join("testdata", "golden", version+"-"+scene+".prom"))
			})
		}
	}
}

// TestGoldenGap is a connection that broke and came back.
func TestGoldenGap(t *testing.T) {
	t.Parallel()
	s := recorded(t, "22.10.1", "idle")
	processed := "10"
	s.Handle("CoreStatus", func(w amitest.Writer, _ amitest.Request) {
		w.Lines("Response: Success", "CoreStartupDate: 2020-01-01", "CoreStartupTime: 00:00:00", "CoreProcessedCalls: "+processed)
	})
	many := []string{}
	for i := range 120 {
		many = append(many, "Event: EndpointList", "ActionID: x", "ObjectName: phone"+strings.Repeat("a", i+1), "DeviceState: Not in use", "Contacts: phone/sip:1@127.0.0.1,", "")
	}
	s.Handle("PJSIPShowEndpoints", amitest.Text("Response: Success\r\nActionID: x\r\nEventList: start\r\n\r\n"+
		strings.Join(many, "\r\n")+"\r\nEvent: EndpointListComplete\r\nActionID: x\r\nEventList: Complete\r\nListItems: 120\r\n\r\n"))
	s.Handle("Command", amitest.Text("Response: Success\r\nActionID: x\r\nMessage: Command output follows\r\nOutput: Processor   Processed   In Queue  Max Depth  Low water High water\r\nOutput: pjsip/distributor-0000002f   28   600  612  450  500\r\n\r\n"))
	s.Handle("CoreSettings", amitest.Lines("Response: Success", "AsteriskVersion: 22.10.1", "CoreMaxCalls: 500", "CoreMaxLoadAvg: 4.500000", "CoreMaxFilehandles: 100000"))
	s.Handle("PJSIPShowRegistrationsOutbound", amitest.Text("Response: Success\r\nActionID: x\r\nEventList: start\r\n\r\nEvent: OutboundRegistrationDetail\r\nActionID: x\r\nObjectName: trunk\r\nStatus: Registered\r\nNextReg: 55\r\n\r\nEvent: AuthDetail\r\nActionID: x\r\nObjectName: trunk\r\nPassword: hunter2\r\n\r\nEvent: C\r\nActionID: x\r\nEventList: Complete\r\n\r\n"))
	s.Handle("QueueStatus", amitest.Text("Response: Success\r\nActionID: x\r\nEventList: start\r\n\r\nEvent: QueueParams\r\nQueue: support\r\nCalls: 0\r\nCompleted: 4\r\nServicelevelPerf: 75.0\r\nActionID: x\r\n\r\nEvent: C\r\nActionID: x\r\nEventList: Complete\r\n\r\n"))
	tgt := observed(t, s)
	if err := tgt.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	processed = "17"
	s.Drop()
	for s.Logins() < 2 {
		_ = tgt.Check(deadline(t, 1e9))
	}
	for _, e := range madeUp() {
		s.Event(e...)
	}
	suite().Golden(t, tgt, "testdata/golden/gap.prom")
}

func TestEveryFamilyIsInAGolden(t *testing.T) {
	t.Parallel()
	suite().Covered(t, "testdata/golden/*.prom", map[string]string{
		"asterisk_exporter_series_dropped":      "nothing is dropped",
		"asterisk_pjsip_aor_round_trip_seconds": "no contact of the recordings was reachable; TestContacts has it",
	})
}

func TestCollectorsCanBeChosen(t *testing.T) {
	t.Parallel()
	s := recorded(t, "22.10.1", "idle")
	got := suite().Scrape(t, observed(t, s, "queues", "core"))
	if diff := cmp.Diff(map[string]string{"core": "ok", "queues": "ok"}, got.Outcomes); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
	holds(t, got, []string{"asterisk_ami_connected 1"}, "asterisk_hangups_total", "asterisk_untracked")
	if asked := s.Requests(); slices.Contains(asked, "CoreShowChannels") {
		t.Errorf("asked what no chosen collector needs: %q", asked)
	}
	for _, bad := range []Options{
		{Address: "tcp://127.0.0.1", Collectors: []string{"nonsense"}},
		{Address: "127.0.0.1"},
		{Address: "tcp://127.0.0.1", ARI: "127.0.0.1:8088"},
		{Address: "tcp://127.0.0.1", ARI: "http://user:hunter2@127.0.0.1:8088"},
		{Address: "tcp://127.0.0.1", RequiredModules: []string{"a", ""}},
	} {
		if _, err := NewTarget(bad); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%+v: want an error without a password, got %v", bad, err)
		}
	}
}

func TestEventsThatAreAskedFor(t *testing.T) {
	t.Parallel()
	f := func(classesWanted string, names int, collectors ...string) {
		t.Helper()
		if got := classes(collectors); got != classesWanted {
			t.Errorf("%q: want classes %q, got %q", collectors, classesWanted, got)
		}
		if got := eventNames(collectors); len(got) != names {
			t.Errorf("%q: want %d names, got %q", collectors, names, got)
		}
	}
	f("system", 1, "core")
	f("agent,call,security,system", 26, "core", "events")
	f("call,reporting,system", 4, "rtcp")
	f("agent,call,reporting,security,system", 28, "events", "rtcp")
}

// TestOneBrokenAnswerBreaksItsCollector takes each question in turn and each way in which its answer can fail.
func TestOneBrokenAnswerBreaksItsCollector(t *testing.T) {
	t.Parallel()
	ways := map[string]struct {
		reply   amitest.Reply
		outcome string
	}{
		"no result":  {amitest.Lines("Bananas: yes"), exporter.OutcomeDecode},
		"refused":    {amitest.Refuse("No luck"), exporter.OutcomeEmpty},
		"denied":     {amitest.Refuse("Permission denied"), exporter.OutcomeFault},
		"unknown":    {amitest.Refuse("Invalid/unknown command: X. Use Action: ListCommands"), exporter.OutcomeAbsent},
		"broken off": {amitest.Text("Response: Success\r\nActionID: x\r\nEventList: start\r\n\r\nEvent: X\r\nActionID: x\r\nEventList: Cancelled\r\n\r\n"), exporter.OutcomeDecode},
	}
	actions := map[string][]string{
		"CoreShowChannels": {"channels"}, "BridgeList": {"bridges"}, "ConfbridgeListRooms": {"conferences"}, "Parkinglots": {"parking"},
		"ParkedCalls": {"parking"}, "QueueStatus": {"queues"}, "Command": {"taskprocessors"}, "VoicemailUsersList": {"voicemail"},
		"PJSIPShowRegistrationsOutbound": {"registrations"}, "CoreSettings": {"core"},
	}
	for way, c := range ways {
		for action, collectors := range actions {
			t.Run(way+"/"+action, func(t *testing.T) {
				t.Parallel()
				s := recorded(t, "22.10.1", "calls")
				healthy := suite().Scrape(t, observed(t, s)).Outcomes
				s.Handle(action, c.reply)
				got := suite().Scrape(t, observed(t, s))
				for _, name := range collectors {
					healthy[name] = c.outcome
				}
				if diff := cmp.Diff(healthy, got.Outcomes); diff != "" || !got.Up {
					t.Errorf("up %v, outcomes (-want +got):\n%s", got.Up, diff)
				}
				suite().Check(t, got)
			})
		}
	}
}

// TestNothingOfACaller: callers' numbers and names are in nearly every answer and event, and in no series and no error.
func TestNothingOfACaller(t *testing.T) {
	t.Parallel()
	for _, version := range versions() {
		s := recorded(t, version, "calls")
		tgt := observed(t, s)
		if err := tgt.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.Send(eventsOf(t, version))
		got := suite().Scrape(t, tgt)
		for _, private := range []string{"caller", "127.0.0.1", "-0000000", "Uniqueid"} {
			for line := range strings.Lines(got.Text) {
				line = strings.ReplaceAll(line, `endpoint="caller"`, "") // the name that the laboratory's configuration gives it
				line = strings.ReplaceAll(line, `ended_by="caller"`, "")
				if strings.HasPrefix(line, "asterisk_") && strings.Contains(line, private) && !strings.HasPrefix(line, "asterisk_queue_callers") {
					t.Errorf("%s: %q in %s", version, private, line)
				}
			}
		}
	}
}
