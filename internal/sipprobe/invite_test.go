package sipprobe_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/voipbin/observability/internal/sipprobe"
)

// echoCall is a call of a second to an echo.
func echoCall() sipprobe.Probe {
	return sipprobe.Probe{Method: sipprobe.Invite, User: "echo", Media: sipprobe.MediaOptions{Duration: time.Second}}
}

// phone answers calls as a good phone does, after ringing for a moment, and says goodbye.
func phone(ring time.Duration) func(s *side, m sip.Message) {
	return func(s *side, m sip.Message) {
		req, ok := m.(*sip.Request)
		if !ok {
			return
		}
		switch req.Method {
		case sip.INVITE:
			s.answer(req, 100)
			time.Sleep(ring)
			s.answer(req, 180)
			time.Sleep(ring)
			s.answer(req, 200, farSDP)
		case sip.BYE:
			time.Sleep(ring / 10)
			s.answer(req, 200)
		}
	}
}

// perfect is an echo after some time.
func perfect(after time.Duration) func([]byte, func([]byte)) {
	return func(p []byte, reply func([]byte)) { time.AfterFunc(after, func() { reply(p) }) }
}

// released compares what is said of the end of the call.
func released(t *testing.T, r sipprobe.Result, want bool) {
	t.Helper()
	if r.Released == nil || *r.Released != want {
		t.Errorf("released: want %v, got %v", want, r.Released)
	}
}

func (w *world) wantHeard(want string) {
	w.t.Helper()
	if got := w.heard(); got != want {
		w.t.Errorf("the server got %q, want %q", got, want)
	}
}

func TestCallToAnEcho(t *testing.T) {
	within(t, func(w *world) {
		w.far(farMedia, perfect(40*time.Millisecond))
		w.onMessage = phone(100 * time.Millisecond)
		r := w.probe(10*time.Second, echoCall())
		expect(t, r, sipprobe.OK, sipprobe.GradeMedia, 200)
		released(t, r, true)
		w.wantHeard("INVITE ACK BYE")
		took(t, "session request delay", r.RequestDelay, 100*time.Millisecond)
		took(t, "post-dial delay", r.PostDial, 100*time.Millisecond)
		took(t, "answer", r.Delay, 200*time.Millisecond)
		took(t, "disconnect", r.DisconnectDelay, 10*time.Millisecond)
		took(t, "round trip", r.Media.RoundTrip, 40*time.Millisecond)
		took(t, "jitter", r.Media.Jitter, 0)
		took(t, "first packet", r.Media.FirstPacket, 40*time.Millisecond)
		if m := r.Media; m.Sent != 50 || m.Echoed != 50 || m.Received != 50 || *m.Loss != 0 || m.Burst != nil || !*m.In || !*m.Out || m.InLoss != nil {
			t.Errorf("%+v", m)
		}
		// By hand: half the round trip and 20 ms of packet are 40 ms, Id 0.96, R 92.24.
		if *r.Media.R < 92.23 || *r.Media.R > 92.25 || *r.Media.MOS < 4.38 || *r.Media.MOS > 4.40 {
			t.Errorf("R %v, MOS %v", *r.Media.R, *r.Media.MOS)
		}
	})
}

// What the INVITE, the ACK and the BYE have to look like.
func TestMessagesOfACall(t *testing.T) {
	within(t, func(w *world) {
		w.far(farMedia, perfect(0))
		answer := phone(0)
		var invite *sip.Request
		w.onMessage = func(s *side, m sip.Message) {
			req := m.(*sip.Request)
			tag, _ := req.To().Params.Get("tag")
			switch req.Method {
			case sip.INVITE:
				invite = req
				if req.Recipient.String() != "sip:echo@sip.example" || tag != "" || !strings.Contains(string(req.Body()), "m=audio 20000 RTP/AVP 0 8") {
					t.Errorf("INVITE:\n%s", req)
				}
				s.answer(req, 200, farSDP, func(res *sip.Response) {
					res.AppendHeader(sip.NewHeader("Record-Route", "<sip:p2.example;lr>"))
					res.AppendHeader(sip.NewHeader("Record-Route", "<sip:p1.example;lr>"))
				})
				return
			case sip.ACK, sip.BYE:
				routes := req.GetHeaders("Route")
				if req.Recipient.String() != "sip:phone@"+serverHost+":5060" || tag != toTag || len(routes) != 2 || routes[0].Value() != "<sip:p1.example;lr>" {
					t.Errorf("%s:\n%s", req.Method, req)
				}
				if req.To().Address.String() != invite.To().Address.String() || req.CallID().Value() != invite.CallID().Value() {
					t.Errorf("%s is not of the call:\n%s", req.Method, req)
				}
				want := invite.CSeq().SeqNo
				if req.Method == sip.BYE {
					want++
				}
				mine, _ := req.Via().Params.Get("branch")
				first, _ := invite.Via().Params.Get("branch")
				if req.CSeq().SeqNo != want || mine == first {
					t.Errorf("%s has number %d, branch %s", req.Method, req.CSeq().SeqNo, mine)
				}
			}
			answer(s, m)
		}
		p := echoCall()
		p.Domain = "sip.example"
		expect(t, w.probe(5*time.Second, p), sipprobe.OK, sipprobe.GradeMedia, 200)
		w.wantHeard("INVITE ACK BYE")
	})
}

// A refused call is acknowledged, and nothing else happens: no redirection is followed.
func TestRefusedCalls(t *testing.T) {
	within(t, func(w *world) {
		code := 0
		w.onMessage = func(s *side, m sip.Message) {
			if req := m.(*sip.Request); req.Method == sip.INVITE {
				s.answer(req, code, with("Contact", "<sip:echo@192.0.2.77>"))
			} else if req.Method == sip.ACK {
				mine, _ := req.Via().Params.Get("branch")
				if tag, _ := req.To().Params.Get("tag"); tag != toTag || mine == "" || req.CSeq().SeqNo != 1 {
					t.Errorf("ACK:\n%s", req)
				}
			}
		}
		for _, code = range []int{302, 404, 486, 488, 500, 503, 600, 603} {
			r := w.probe(5*time.Second, echoCall())
			expect(t, r, sipprobe.FailRejected, sipprobe.GradeAnswered, code)
			if r.Released != nil || r.RequestDelay == nil || r.PostDial != nil {
				t.Errorf("%d: %+v", code, r)
			}
		}
		w.wantHeard(strings.TrimSuffix(strings.Repeat("INVITE ACK | ", 8), " | "))
	})
}

// A call that only rings is taken back in time for the probe's end.
func TestCallThatRingsForEver(t *testing.T) {
	for _, transport := range []sipprobe.Transport{sipprobe.UDP, sipprobe.TCP} {
		t.Run(string(transport), func(t *testing.T) {
			within(t, func(w *world) {
				var invite *sip.Request
				w.onMessage = func(s *side, m sip.Message) {
					switch req := m.(*sip.Request); req.Method {
					case sip.INVITE:
						invite = req
						s.answer(req, 100)
						time.Sleep(10 * time.Millisecond)
						s.answer(req, 180)
					case sip.CANCEL:
						ours, _ := req.Via().Params.Get("branch")
						theirs, _ := invite.Via().Params.Get("branch")
						if ours != theirs || req.CSeq().SeqNo != invite.CSeq().SeqNo || req.Recipient.String() != invite.Recipient.String() {
							t.Errorf("CANCEL is not of the INVITE:\n%s", req)
						}
						s.answer(req, 200)
						s.answer(invite, 487)
					}
				}
				p := echoCall()
				p.Transport = transport
				r := w.probe(5*time.Second, p)
				expect(t, r, sipprobe.FailRinging, sipprobe.GradeNone, 0)
				released(t, r, true)
				took(t, "post-dial delay", r.PostDial, 10*time.Millisecond)
				w.wantHeard("INVITE CANCEL ACK")
			})
		})
	}
}

// CANCEL crosses with an answer: the call is up, and ended by BYE.
func TestAnswerCrossesWithCancel(t *testing.T) {
	within(t, func(w *world) {
		var invite *sip.Request
		w.onMessage = func(s *side, m sip.Message) {
			switch req := m.(*sip.Request); req.Method {
			case sip.INVITE:
				invite = req
				s.answer(req, 180)
			case sip.CANCEL:
				s.answer(invite, 200, farSDP)
				s.answer(req, 200)
			case sip.BYE:
				s.answer(req, 200)
			}
		}
		r := w.probe(5*time.Second, echoCall())
		expect(t, r, sipprobe.FailRinging, sipprobe.GradeNone, 0)
		released(t, r, true)
		w.wantHeard("INVITE CANCEL ACK BYE")
	})
}

// A server that comes to life when the probe is over gets its call ended all the same, and no INVITE any more.
func TestServerThatWakesUpTooLate(t *testing.T) {
	f := func(name string, code int, want string) {
		t.Run(name, func(t *testing.T) {
			within(t, func(w *world) {
				var invite *sip.Request
				w.onMessage = func(s *side, m sip.Message) {
					switch req := m.(*sip.Request); req.Method {
					case sip.INVITE:
						if invite != nil {
							return
						}
						invite = req
						time.AfterFunc(8*time.Second, func() { s.answer(invite, code, farSDP) })
					case sip.CANCEL:
						s.answer(req, 200)
						s.answer(invite, 487)
					case sip.BYE:
						s.answer(req, 200)
					}
				}
				r := w.probe(2*time.Second, echoCall())
				expect(t, r, sipprobe.FailTimeout, sipprobe.GradeNone, 0)
				if r.Released != nil {
					t.Error("nothing was known to be set up")
				}
				time.Sleep(20 * time.Second)
				synctest.Wait()
				w.wantHeard(want)
			})
		})
	}
	f("it rings", 180, "INVITE INVITE INVITE CANCEL ACK")
	f("it answers", 200, "INVITE INVITE INVITE ACK BYE")
	f("it refuses", 503, "INVITE INVITE INVITE ACK")
}

// A 200 that comes again, because the ACK got lost, is acknowledged again; so is a refusal.
func TestLostACK(t *testing.T) {
	within(t, func(w *world) {
		w.far(farMedia, perfect(0))
		w.onMessage = func(s *side, m sip.Message) {
			req := m.(*sip.Request)
			switch req.Method {
			case sip.INVITE:
				s.answer(req, 200, farSDP)
				for _, after := range []time.Duration{200 * time.Millisecond, 600 * time.Millisecond} {
					time.AfterFunc(after, func() { s.answer(req, 200, farSDP) })
				}
			case sip.BYE:
				s.answer(req, 200)
			}
		}
		r := w.probe(5*time.Second, echoCall())
		expect(t, r, sipprobe.OK, sipprobe.GradeMedia, 200)
		w.wantHeard("INVITE ACK ACK ACK BYE")
	})
}

// A BYE that is not answered: the probe ends in time and says so, and goes on asking in the background.
func TestByeWithoutAnswer(t *testing.T) {
	within(t, func(w *world) {
		w.far(farMedia, perfect(0))
		w.onMessage = func(s *side, m sip.Message) {
			if req := m.(*sip.Request); req.Method == sip.INVITE {
				s.answer(req, 200, farSDP)
			}
		}
		r := w.probe(3*time.Second, echoCall())
		expect(t, r, sipprobe.OK, sipprobe.GradeMedia, 200)
		released(t, r, false)
		before := strings.Count(w.heard(), "BYE")
		time.Sleep(time.Minute)
		synctest.Wait()
		if after := strings.Count(w.heard(), "BYE"); before < 1 || after <= before || after > 11 { // RFC 3261: 11 requests in 32 s
			t.Errorf("%d BYEs in time, %d altogether", before, after)
		}
	})
}

// When the time runs out during the talk the BYE is sent before the deadline.
func TestDeadlineDuringTheTalk(t *testing.T) {
	within(t, func(w *world) {
		w.far(farMedia, perfect(30*time.Millisecond))
		w.onMessage = phone(50 * time.Millisecond)
		p := echoCall()
		p.Media.Duration = time.Minute
		r := w.probe(3*time.Second, p)
		expect(t, r, sipprobe.OK, sipprobe.GradeMedia, 200)
		released(t, r, true)
		if *r.Media.Loss != 0 || r.Media.Sent < 100 {
			t.Errorf("%+v", r.Media)
		}
	})
}

// A caller who hangs up on the probe does not leave the call up.
func TestProbeBrokenOff(t *testing.T) {
	within(t, func(w *world) {
		w.far(farMedia, perfect(0))
		w.onMessage = phone(50 * time.Millisecond)
		ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
		time.AfterFunc(500*time.Millisecond, cancel)
		p := echoCall()
		p.Host = serverHost
		w.prober.Run(ctx, p)
		time.Sleep(time.Second)
		synctest.Wait()
		w.wantHeard("INVITE ACK BYE")
	})
}

// Two phones of one number answer: both are told goodbye.
func TestForkedCall(t *testing.T) {
	within(t, func(w *world) {
		w.far(farMedia, perfect(0))
		w.onMessage = func(s *side, m sip.Message) {
			switch req := m.(*sip.Request); req.Method {
			case sip.INVITE:
				s.answer(req, 200, farSDP)
				s.answer(req, 200, farSDP, func(res *sip.Response) { res.To().Params.Add("tag", "second") })
			case sip.BYE:
				s.answer(req, 200, func(res *sip.Response) { res.To().Params = req.To().Params })
			}
		}
		r := w.probe(5*time.Second, echoCall())
		expect(t, r, sipprobe.OK, sipprobe.GradeMedia, 200)
		released(t, r, true)
		w.wantHeard("INVITE ACK ACK BYE BYE")
	})
}

// A server that closes the connection in the middle of a call gets its BYE over a new one.
func TestConnectionLostDuringACall(t *testing.T) {
	within(t, func(w *world) {
		w.far(farMedia, perfect(0))
		answer := phone(0)
		w.onMessage = func(s *side, m sip.Message) {
			answer(s, m)
			if req := m.(*sip.Request); req.Method == sip.INVITE {
				time.AfterFunc(200*time.Millisecond, func() { _ = s.conn.Close() })
			}
		}
		p := echoCall()
		p.Transport = sipprobe.TCP
		r := w.probe(5*time.Second, p)
		expect(t, r, sipprobe.FailClosed, sipprobe.GradeMedia, 200)
		released(t, r, true)
		w.wantHeard("INVITE ACK | BYE")
	})
}

// An answer whose description says nothing that is spoken here.
func TestAnswerWithoutAudio(t *testing.T) {
	f := func(name, sdp string) {
		t.Run(name, func(t *testing.T) {
			within(t, func(w *world) {
				w.onMessage = func(s *side, m sip.Message) {
					if req := m.(*sip.Request); req.Method != sip.ACK {
						s.answer(req, 200, func(res *sip.Response) { res.SetBody([]byte(sdp)) })
					}
				}
				r := w.probe(5*time.Second, echoCall())
				expect(t, r, sipprobe.FailSDP, sipprobe.GradeServed, 200)
				released(t, r, true)
				w.wantHeard("INVITE ACK BYE")
			})
		})
	}
	const head = "v=0\r\nc=IN IP4 " + serverHost + "\r\n"
	f("none", "")
	f("garbage", "\x00\xff\r\nm=\r\nm=audio\r\nm=audio x RTP/AVP 0\r\n")
	f("refused", head+"m=audio 0 RTP/AVP 0\r\n")
	f("another codec", head+"m=audio 40000 RTP/AVP 18 101\r\n")
	f("encrypted", head+"m=audio 40000 RTP/SAVP 0\r\n")
	f("no address", "v=0\r\nm=audio 40000 RTP/AVP 0\r\n")
	f("a name for an address", "v=0\r\nc=IN IP4 media.example\r\nm=audio 40000 RTP/AVP 0\r\n")
	f("a multicast address", "v=0\r\nc=IN IP4 224.2.1.1/127\r\nm=audio 40000 RTP/AVP 0\r\n")
}

func TestMediaPorts(t *testing.T) {
	within(t, func(w *world) {
		w.far(farMedia, perfect(0))
		w.onMessage = phone(0)
		p := echoCall()
		p.Media.PortMin, p.Media.PortMax = 30001, 30004
		r := w.probe(5*time.Second, p)
		expect(t, r, sipprobe.OK, sipprobe.GradeMedia, 200)

		taken, err := w.listen("udp", clientHost+":30003") // the RTCP port of the only pair
		if err != nil {
			t.Fatal(err)
		}
		r = w.probe(5*time.Second, p)
		expect(t, r, sipprobe.FailLocal, sipprobe.GradeNone, 0)
		_ = taken.Close()
	})
}

// The end of the program in the middle of a call: closing waits for the BYE, but not for ever.
func TestCloseDuringACall(t *testing.T) {
	f := func(name string, answers bool, want time.Duration) {
		t.Run(name, func(t *testing.T) {
			within(t, func(w *world) {
				w.far(farMedia, perfect(0))
				w.onMessage = func(s *side, m sip.Message) {
					switch req := m.(*sip.Request); {
					case req.Method == sip.INVITE:
						s.answer(req, 200, farSDP)
					case req.Method == sip.BYE && answers:
						time.Sleep(300 * time.Millisecond)
						s.answer(req, 200)
					}
				}
				ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
				time.AfterFunc(500*time.Millisecond, cancel)
				p := echoCall()
				p.Host, p.Media.Duration = serverHost, time.Minute
				w.prober.Run(ctx, p)
				start := time.Now()
				if err := w.prober.Close(); err != nil {
					t.Error(err)
				}
				if took := time.Since(start); took != want {
					t.Errorf("closing took %v, want %v", took, want)
				}
				synctest.Wait()
				if !strings.HasPrefix(w.heard(), "INVITE ACK BYE") {
					t.Errorf("the server got %s", w.heard())
				}
			})
		})
	}
	f("the far end answers", true, 300*time.Millisecond)
	f("the far end is gone", false, 2*time.Second)
}
