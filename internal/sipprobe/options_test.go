package sipprobe_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"github.com/voipbin/observability/internal/sipprobe"
)

func TestOptionsAnswered(t *testing.T) {
	within(t, func(w *world) {
		w.onMessage = func(s *side, m sip.Message) {
			req := m.(*sip.Request)
			time.Sleep(30 * time.Millisecond)
			s.answer(req, 200)
			for _, name := range []string{"Via", "Max-Forwards", "From", "To", "Call-ID", "CSeq", "Contact", "User-Agent", "Content-Length"} {
				if len(req.GetHeaders(name)) != 1 {
					t.Errorf("OPTIONS has %d headers %s, want 1", len(req.GetHeaders(name)), name)
				}
			}
			if _, rport := req.Via().Params.Get("rport"); !rport {
				t.Error("OPTIONS does not ask for the port that it came from")
			}
		}
		for _, transport := range []sipprobe.Transport{sipprobe.AnyTransport, sipprobe.UDP, sipprobe.TCP} {
			r := w.probe(time.Second, sipprobe.Probe{Method: sipprobe.Options, Transport: transport})
			expect(t, r, sipprobe.OK, sipprobe.GradeServed, 200)
			took(t, "delay", r.Delay, 30*time.Millisecond)
			if r.Peer.String() != serverHost+":5060" || r.Retransmissions != 0 || r.Strays != 0 || r.Resolve != nil || r.Released != nil {
				t.Errorf("%s: %+v", transport, r)
			}
			if (r.Connect != nil) != (transport == sipprobe.TCP) {
				t.Errorf("%s: connect took %v", transport, show(r.Connect))
			}
		}
		if got := w.heard(); got != "OPTIONS | OPTIONS | OPTIONS" {
			t.Errorf("the server got %s", got)
		}
	})
}

// A server that never answers is asked again after 0.5, 1, 2, 4 and 4 seconds (RFC 3261, 17.1.2.2), and the time is kept.
func TestOptionsToASilentServer(t *testing.T) {
	within(t, func(w *world) {
		r := w.probe(13*time.Second, sipprobe.Probe{Method: sipprobe.Options})
		expect(t, r, sipprobe.FailTimeout, sipprobe.GradeNone, 0)
		if r.Retransmissions != 5 || r.Delay != nil {
			t.Errorf("%+v", r)
		}
		r = w.probe(3*time.Second, sipprobe.Probe{Method: sipprobe.Options, Transport: sipprobe.TCP})
		expect(t, r, sipprobe.FailTimeout, sipprobe.GradeNone, 0)
		if r.Retransmissions != 0 {
			t.Errorf("%d retransmissions over TCP", r.Retransmissions)
		}
	})
}

// An answer that comes after a retransmission counts from the first request on.
func TestOptionsAnsweredLate(t *testing.T) {
	within(t, func(w *world) {
		w.onMessage = func(s *side, m sip.Message) {
			if s.seen(sip.OPTIONS) == 3 {
				s.answer(m.(*sip.Request), 200)
			}
		}
		r := w.probe(5*time.Second, sipprobe.Probe{Method: sipprobe.Options})
		expect(t, r, sipprobe.OK, sipprobe.GradeServed, 200)
		took(t, "delay", r.Delay, 1500*time.Millisecond)
		if r.Retransmissions != 2 {
			t.Errorf("%d retransmissions", r.Retransmissions)
		}
	})
}

func TestOptionsWithProvisionalAnswersOnly(t *testing.T) {
	within(t, func(w *world) {
		w.onMessage = func(s *side, m sip.Message) { s.answer(m.(*sip.Request), 100) }
		r := w.probe(10*time.Second, sipprobe.Probe{Method: sipprobe.Options})
		expect(t, r, sipprobe.FailRinging, sipprobe.GradeNone, 0)
		if r.Retransmissions != 2 { // every 4 s once it is known to have arrived
			t.Errorf("%d retransmissions", r.Retransmissions)
		}
	})
}

// Any final answer is one; only a 2xx is service; and what is good is for the probe to say.
func TestOptionsGrades(t *testing.T) {
	within(t, func(w *world) {
		code := 0
		w.onMessage = func(s *side, m sip.Message) { s.answer(m.(*sip.Request), code, with("X-Region", "eu-west")) }
		for _, code = range []int{301, 302, 404, 483, 500, 503, 600, 603} {
			r := w.probe(time.Second, sipprobe.Probe{Method: sipprobe.Options})
			expect(t, r, sipprobe.FailRejected, sipprobe.GradeAnswered, code)
			if r.Delay == nil {
				t.Errorf("%d: no delay", code)
			}
		}
		code = 404
		r := w.probe(time.Second, sipprobe.Probe{Method: sipprobe.Options, Expect: sipprobe.Expect{Status: []int{200, 404}}})
		expect(t, r, sipprobe.OK, sipprobe.GradeAnswered, 404)
		code = 200
		r = w.probe(time.Second, sipprobe.Probe{Method: sipprobe.Options, Expect: sipprobe.Expect{Status: []int{404}}})
		expect(t, r, sipprobe.FailRejected, sipprobe.GradeServed, 200)

		region := func(pattern string) sipprobe.Expect {
			return sipprobe.Expect{Headers: []sipprobe.HeaderRule{{Name: "x-region", Match: regexp.MustCompile(pattern)}, {Name: "X-Region"}}}
		}
		r = w.probe(time.Second, sipprobe.Probe{Method: sipprobe.Options, Expect: region("^eu-")})
		expect(t, r, sipprobe.OK, sipprobe.GradeServed, 200)
		r = w.probe(time.Second, sipprobe.Probe{Method: sipprobe.Options, Expect: region("^us-")})
		expect(t, r, sipprobe.FailExpected, sipprobe.GradeServed, 200)
		if len(r.Expectations) != 2 || r.Expectations[0] || !r.Expectations[1] {
			t.Errorf("expectations met: %v", r.Expectations)
		}
	})
}

// What is no answer to the question is none, whatever it is; and what follows it counts.
func TestStrangeAnswers(t *testing.T) {
	f := func(name string, strange func(s *side, req *sip.Request), udpOnly bool) {
		t.Run(name, func(t *testing.T) {
			within(t, func(w *world) {
				then := false
				w.onMessage = func(s *side, m sip.Message) {
					strange(s, m.(*sip.Request))
					if then {
						s.answer(m.(*sip.Request), 200)
					}
				}
				r := w.probe(time.Second, sipprobe.Probe{Method: sipprobe.Options})
				expect(t, r, sipprobe.FailGarbage, sipprobe.GradeNone, 0)
				if r.Strays == 0 {
					t.Error("nothing strange was counted")
				}
				if strings.Contains(r.Err.Error(), "secret") {
					t.Errorf("the error repeats what the server sent: %v", r.Err)
				}
				then = true
				expect(t, w.probe(time.Second, sipprobe.Probe{Method: sipprobe.Options}), sipprobe.OK, sipprobe.GradeServed, 200)
				if !udpOnly {
					expect(t, w.probe(time.Second, sipprobe.Probe{Method: sipprobe.Options, Transport: sipprobe.TCP}), sipprobe.OK, sipprobe.GradeServed, 200)
				}
			})
		})
	}
	f("garbage", func(s *side, _ *sip.Request) { s.write("secret \x00\xff garbage\r\n\r\n") }, true)
	f("a page of HTTP", func(s *side, _ *sip.Request) { s.write("HTTP/1.1 400 secret\r\nContent-Length: 0\r\n\r\n") }, true)
	f("another call's answer", func(s *side, req *sip.Request) {
		s.answer(req, 200, func(res *sip.Response) {
			id := sip.CallIDHeader("secret")
			res.ReplaceHeader(&id)
		})
	}, false)
	f("another branch", func(s *side, req *sip.Request) {
		s.answer(req, 200, func(res *sip.Response) { res.Via().Params.Add("branch", "no-cookie") })
	}, false)
	f("another tag", func(s *side, req *sip.Request) {
		s.answer(req, 200, func(res *sip.Response) { res.From().Params.Add("tag", "secret") })
	}, false)
	f("no CSeq", func(s *side, req *sip.Request) {
		s.answer(req, 200, func(res *sip.Response) { res.RemoveHeader("CSeq") })
	}, false)
	f("an impossible code", func(s *side, req *sip.Request) { s.answer(req, 999) }, false)
	f("a request without anything", func(s *side, _ *sip.Request) { s.write("OPTIONS sip:secret SIP/2.0\r\nContent-Length: 0\r\n\r\n") }, false)
}

// An answer of another transaction in the same call is late, not strange, and no answer either.
func TestAnswerToAnotherRequest(t *testing.T) {
	within(t, func(w *world) {
		w.onMessage = func(s *side, m sip.Message) {
			s.answer(m.(*sip.Request), 200, func(res *sip.Response) { res.CSeq().SeqNo++ })
		}
		expect(t, w.probe(time.Second, sipprobe.Probe{Method: sipprobe.Options}), sipprobe.FailTimeout, sipprobe.GradeNone, 0)
	})
}

func TestGarbageOnAStream(t *testing.T) {
	within(t, func(w *world) {
		text := ""
		w.onMessage = func(s *side, _ sip.Message) { s.write(text) }
		for _, text = range []string{
			"secret garbage\r\n\r\n",
			"SIP/2.0 200 OK\r\nContent-Length: 99999999\r\n\r\n",
			"SIP/2.0 200 OK\r\nVia: " + strings.Repeat("x", 70000) + "\r\n\r\n",
		} {
			r := w.probe(time.Second, sipprobe.Probe{Method: sipprobe.Options, Transport: sipprobe.TCP})
			expect(t, r, sipprobe.FailGarbage, sipprobe.GradeNone, 0)
		}
	})
}

// A flood of messages ends the probe before its time.
func TestFlood(t *testing.T) {
	within(t, func(w *world) {
		w.onMessage = func(s *side, m sip.Message) {
			for range 2000 {
				s.answer(m.(*sip.Request), 100)
			}
		}
		r := w.probe(time.Minute, sipprobe.Probe{Method: sipprobe.Options})
		expect(t, r, sipprobe.FailGarbage, sipprobe.GradeNone, 0)
	})
}

func TestConnectionClosedInsteadOfAnAnswer(t *testing.T) {
	within(t, func(w *world) {
		w.onMessage = func(s *side, m sip.Message) {
			full := s.prepare(m.(*sip.Request), 200).String()
			s.write(full[:len(full)/2])
			_ = s.conn.Close()
		}
		r := w.probe(time.Second, sipprobe.Probe{Method: sipprobe.Options, Transport: sipprobe.TCP})
		expect(t, r, sipprobe.FailClosed, sipprobe.GradeNone, 0)
	})
}

// An answer in small pieces, and one right before the end of the connection, are answers.
func TestAnswerInPieces(t *testing.T) {
	within(t, func(w *world) {
		w.onMessage = func(s *side, m sip.Message) {
			full := s.prepare(m.(*sip.Request), 200).String()
			s.write("\r\n\r\n")
			for i := range len(full) {
				s.write(full[i : i+1])
			}
			_ = s.conn.Close()
		}
		r := w.probe(time.Second, sipprobe.Probe{Method: sipprobe.Options, Transport: sipprobe.TCP})
		expect(t, r, sipprobe.OK, sipprobe.GradeServed, 200)
	})
}

// The largest answers that UDP can carry are read whole.
func TestLargeAnswer(t *testing.T) {
	within(t, func(w *world) {
		w.onMessage = func(s *side, m sip.Message) {
			s.answer(m.(*sip.Request), 200, with("X-Large", strings.Repeat("x", 60000)), with("X-Region", "eu"))
		}
		r := w.probe(time.Second, sipprobe.Probe{Method: sipprobe.Options, Expect: sipprobe.Expect{Headers: []sipprobe.HeaderRule{{Name: "X-Region"}}}})
		expect(t, r, sipprobe.OK, sipprobe.GradeServed, 200)
	})
}

// What the server asks in between is refused, and does not disturb.
func TestServerAsksBack(t *testing.T) {
	within(t, func(w *world) {
		w.onMessage = func(s *side, m sip.Message) {
			req, ok := m.(*sip.Request)
			if !ok {
				return
			}
			s.write(strings.Replace(req.String(), "OPTIONS ", "NOTIFY ", 2))
			s.answer(req, 200)
		}
		expect(t, w.probe(time.Second, sipprobe.Probe{Method: sipprobe.Options}), sipprobe.OK, sipprobe.GradeServed, 200)
		if got := w.heard(); got != "OPTIONS 481" {
			t.Errorf("the server got %s", got)
		}
	})
}

func TestProbesThatCannotBe(t *testing.T) {
	within(t, func(w *world) {
		f := func(p sipprobe.Probe, want string) {
			t.Helper()
			r := w.probe(time.Second, p)
			expect(t, r, sipprobe.FailLocal, sipprobe.GradeNone, 0)
			if r.Err != nil && !strings.Contains(r.Err.Error(), want) {
				t.Errorf("want an error about %q, got %v", want, r.Err)
			}
		}
		f(sipprobe.Probe{Method: "SUBSCRIBE"}, "SUBSCRIBE")
		f(sipprobe.Probe{Method: sipprobe.Register}, "user name")
		f(sipprobe.Probe{Method: sipprobe.Invite}, "user to call")
		f(sipprobe.Probe{Method: sipprobe.Options, Transport: "sctp"}, "sctp")
		f(sipprobe.Probe{Method: sipprobe.Options, Host: "a b"}, "a b")
		f(sipprobe.Probe{Method: sipprobe.Options, Domain: "x\r\ny"}, `x\r\ny`)
		f(sipprobe.Probe{Method: sipprobe.Options, User: "a>b"}, "a>b")
		f(sipprobe.Probe{Method: sipprobe.Invite, User: "echo", Media: sipprobe.MediaOptions{PortMin: 10, PortMax: 11}}, "ports")
		if got := w.heard(); got != "" {
			t.Errorf("the server got %s", got)
		}
	})
}
