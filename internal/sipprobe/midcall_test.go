package sipprobe_test

import (
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/voipbin/observability/internal/sipprobe"
)

func TestFarEndHangsUpEarly(t *testing.T) {
	within(t, func(w *world) {
		w.far(farMedia, perfect(20*time.Millisecond))
		w.onMessage = func(s *side, m sip.Message) {
			req, ok := m.(*sip.Request)
			if !ok || req.Method == sip.ACK {
				return
			}
			s.answer(req, 200, farSDP)
			if req.Method == sip.INVITE {
				time.AfterFunc(310*time.Millisecond, func() { s.ask(req, sip.BYE, 1, "") })
			}
		}
		r := w.probe(5*time.Second, echoCall())
		expect(t, r, sipprobe.FailEnded, sipprobe.GradeMedia, 200)
		released(t, r, true)
		if m := r.Media; m == nil || m.Sent != 16 || *m.Loss != 0 { // what was on the way is not lost
			t.Errorf("%+v", m)
		}
		w.wantHeard("INVITE ACK 200")
	})
}

// ask sends a request of the far end in the dialog that an INVITE made.
func (s *side) ask(invite *sip.Request, method sip.RequestMethod, number uint32, body string) {
	contact := invite.Contact().Address
	req := sip.NewRequest(method, contact)
	via := &sip.ViaHeader{ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: "UDP", Host: serverHost, Port: 5060, Params: sip.NewParams()}
	via.Params.Add("branch", sip.RFC3261BranchMagicCookie+string(method)+string(rune('a'+number)))
	from := &sip.FromHeader{Address: invite.To().Address, Params: sip.NewParams()}
	from.Params.Add("tag", toTag)
	to := &sip.ToHeader{Address: invite.From().Address, Params: invite.From().Params}
	id := sip.CallIDHeader(invite.CallID().Value())
	for _, h := range []sip.Header{via, from, to, &id, &sip.CSeqHeader{SeqNo: number, MethodName: method}} {
		req.AppendHeader(h)
	}
	if body != "" {
		kind := sip.ContentTypeHeader("application/sdp")
		req.AppendHeader(&kind)
	}
	req.SetBody([]byte(body))
	s.write(req.String())
}

// A re-INVITE moves the audio; its 200 is repeated until the ACK comes.
func TestReInvite(t *testing.T) {
	within(t, func(w *world) {
		const other = farMedia + 10
		w.far(farMedia, func([]byte, func([]byte)) {})
		w.far(other, perfect(0))
		var invite *sip.Request
		w.onMessage = func(s *side, m sip.Message) {
			if res, ok := m.(*sip.Response); ok {
				if !strings.Contains(string(res.Body()), "m=audio 20000 RTP/AVP 0\r\n") || res.Contact() == nil {
					t.Errorf("answer to re-INVITE:\n%s", res)
				}
				if s.count["200"] == 3 {
					s.ask(invite, sip.ACK, 7, "")
				}
				return
			}
			switch req := m.(*sip.Request); req.Method {
			case sip.INVITE:
				invite = req
				s.answer(req, 200, farSDP)
				time.AfterFunc(210*time.Millisecond, func() {
					s.ask(req, sip.INVITE, 7, "v=0\r\nc=IN IP4 "+serverHost+"\r\nm=audio 40010 RTP/AVP 0\r\n")
				})
			case sip.BYE:
				s.answer(req, 200)
			}
		}
		p := echoCall()
		p.Media.Duration = 4 * time.Second
		r := w.probe(10*time.Second, p)
		expect(t, r, sipprobe.OK, sipprobe.GradeMedia, 200)
		if m := r.Media; m.Sent != 200 || m.Echoed != 189 { // those of the first 0.2 s went to the old place
			t.Errorf("%d sent, %d echoed", m.Sent, m.Echoed)
		}
		w.wantHeard("INVITE ACK 200 200 200 BYE")
	})
}

// The other things that a far end may ask during a call.
func TestRequestsDuringACall(t *testing.T) {
	f := func(name string, method sip.RequestMethod, body, want string) {
		t.Run(name, func(t *testing.T) {
			within(t, func(w *world) {
				w.far(farMedia, perfect(0))
				w.onMessage = func(s *side, m sip.Message) {
					req, ok := m.(*sip.Request)
					if !ok || req.Method == sip.ACK {
						return
					}
					s.answer(req, 200, farSDP)
					if req.Method == sip.INVITE {
						time.AfterFunc(100*time.Millisecond, func() { s.ask(req, method, 3, body) })
					}
				}
				expect(t, w.probe(5*time.Second, echoCall()), sipprobe.OK, sipprobe.GradeMedia, 200)
				w.wantHeard("INVITE ACK " + want + " BYE")
			})
		})
	}
	f("OPTIONS", sip.OPTIONS, "", "200")
	f("INFO", sip.INFO, "", "200")
	f("REFER", sip.REFER, "", "501")
	f("UPDATE", sip.UPDATE, "v=0\r\nc=IN IP4 "+serverHost+"\r\nm=audio 40000 RTP/AVP 0\r\n", "200")
	f("a re-INVITE to nothing that is spoken", sip.INVITE, "v=0\r\nc=IN IP4 "+serverHost+"\r\nm=video 40000 RTP/AVP 96\r\n", "488")
}
