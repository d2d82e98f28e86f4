package sipprobe_test

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"

	"github.com/voipbin/observability/internal/sipprobe"
)

const testPassword = "correct horse"

func account() sipprobe.Account {
	return sipprobe.Account{Username: "alice", Password: func() (string, error) { return testPassword, nil }}
}

func registration() sipprobe.Probe {
	return sipprobe.Probe{Method: sipprobe.Register, Domain: "sip.example", Account: account()}
}

// challenge is a digest challenge.
func challenge(nonce, more string) func(*sip.Response) {
	return with("WWW-Authenticate", fmt.Sprintf(`Digest realm="sip.example", nonce="%s"%s`, nonce, more))
}

// verify checks the credentials of a request by an implementation of their own.
func verify(t *testing.T, req *sip.Request, header, nonce string) bool {
	t.Helper()
	h := req.GetHeader(header)
	if h == nil {
		return false
	}
	got, err := digest.ParseCredentials(h.Value())
	if err != nil {
		t.Errorf("credentials: %v", err)
		return false
	}
	c := &digest.Challenge{Realm: "sip.example", Nonce: nonce, Algorithm: got.Algorithm}
	if got.QOP != "" {
		c.QOP = []string{got.QOP}
	}
	want, err := digest.Digest(c, digest.Options{
		Method: string(req.Method), URI: req.Recipient.String(), Username: "alice", Password: testPassword, Count: 1, Cnonce: got.Cnonce,
	})
	if err != nil {
		t.Fatal(err)
	}
	return got.Response == want.Response && got.Nonce == nonce && got.URI == req.Recipient.String() && got.Username == "alice"
}

// registrar binds whoever knows the password.
func registrar(t *testing.T, more string) func(s *side, m sip.Message) {
	return func(s *side, m sip.Message) {
		req := m.(*sip.Request)
		time.Sleep(20 * time.Millisecond)
		if !verify(t, req, "Authorization", "n1") {
			s.answer(req, 401, challenge("n1", more))
			return
		}
		s.answer(req, 200, bindings(req))
	}
}

// bindings lists the contact as it is bound; a registrar that lets it go lists nothing.
func bindings(req *sip.Request) func(*sip.Response) {
	return func(res *sip.Response) {
		if expires := req.GetHeader("Expires").Value(); expires != "0" {
			c := req.Contact().Clone()
			c.Params = c.Params.Add("expires", expires)
			res.AppendHeader(c)
		}
	}
}

func TestRegister(t *testing.T) {
	for name, more := range map[string]string{
		"as of RFC 2069": "", "MD5": `, algorithm=MD5, qop="auth"`, "SHA-256": `, algorithm=SHA-256, qop="auth"`, "several qops": `, qop="auth-int,auth"`,
	} {
		t.Run(name, func(t *testing.T) {
			within(t, func(w *world) {
				answer := registrar(w.t, more)
				w.onMessage = func(s *side, m sip.Message) {
					req := m.(*sip.Request)
					if req.Recipient.String() != "sip:sip.example" || req.To().Address.String() != "sip:alice@sip.example" || req.From().Address.String() != "sip:alice@sip.example" {
						t.Errorf("REGISTER:\n%s", req)
					}
					answer(s, m)
				}
				r := w.probe(5*time.Second, registration())
				expect(t, r, sipprobe.OK, sipprobe.GradeRegistered, 200)
				released(t, r, true)
				took(t, "registration request delay", r.Delay, 40*time.Millisecond)
				w.wantHeard("REGISTER REGISTER REGISTER REGISTER")
			})
		})
	}
}

// The first challenge that can be answered is: an unknown algorithm, and a scheme that is no digest, are passed over.
func TestSeveralChallenges(t *testing.T) {
	within(t, func(w *world) {
		w.onMessage = func(s *side, m sip.Message) {
			req := m.(*sip.Request)
			if verify(w.t, req, "Authorization", "n2") {
				s.answer(req, 200, bindings(req))
				return
			}
			s.answer(req, 401, with("WWW-Authenticate", "Bearer x"), challenge("n0", ", algorithm=SHA3"), challenge("n1", `, qop="auth-int"`),
				challenge("n2", `, algorithm=SHA-256, qop="auth"`), challenge("n3", ""))
		}
		expect(t, w.probe(5*time.Second, registration()), sipprobe.OK, sipprobe.GradeRegistered, 200)
	})
}

func TestRegisterRefused(t *testing.T) {
	f := func(name string, o sipprobe.Outcome, status int, change func(*sipprobe.Probe), answer func(s *side, req *sip.Request), want string) {
		t.Run(name, func(t *testing.T) {
			within(t, func(w *world) {
				w.onMessage = func(s *side, m sip.Message) { answer(s, m.(*sip.Request)) }
				p := registration()
				if change != nil {
					change(&p)
				}
				r := w.probe(5*time.Second, p)
				expect(t, r, o, sipprobe.GradeAnswered, status)
				if r.Released != nil {
					t.Error("there was nothing to release")
				}
				w.wantHeard(want)
				for _, leak := range []string{testPassword, "nonce", "wrong"} {
					if r.Err != nil && strings.Contains(strings.ReplaceAll(r.Err.Error(), "the credentials are wrong", ""), leak) {
						t.Errorf("the error tells too much: %v", r.Err)
					}
				}
			})
		})
	}
	var count atomic.Int32
	next := func() string { return fmt.Sprint("n", count.Add(1)) }
	f("wrong password", sipprobe.FailAuth, 401, nil, func(s *side, req *sip.Request) { s.answer(req, 401, challenge("n1", "")) }, "REGISTER REGISTER")
	f("a loop of new nonces", sipprobe.FailAuth, 401, nil, func(s *side, req *sip.Request) { s.answer(req, 401, challenge(next(), "")) }, "REGISTER REGISTER")
	f("a loop of stale nonces", sipprobe.FailAuth, 401, nil, func(s *side, req *sip.Request) { s.answer(req, 401, challenge(next(), ", stale=true")) },
		"REGISTER REGISTER REGISTER REGISTER REGISTER")
	f("no challenge", sipprobe.FailAuth, 401, nil, func(s *side, req *sip.Request) { s.answer(req, 401) }, "REGISTER")
	f("a challenge that cannot be read", sipprobe.FailAuth, 401, nil, func(s *side, req *sip.Request) {
		s.answer(req, 401, with("WWW-Authenticate", `Digest realm="`), with("WWW-Authenticate", "Digest"), with("WWW-Authenticate", "\x01"))
	}, "REGISTER")
	f("forbidden", sipprobe.FailRejected, 403, nil, func(s *side, req *sip.Request) { s.answer(req, 403) }, "REGISTER")
	f("a password that cannot be read", sipprobe.FailAccount, 401, func(p *sipprobe.Probe) {
		p.Account.Password = func() (string, error) { return "", errors.New("password file: gone") }
	}, func(s *side, req *sip.Request) { s.answer(req, 401, challenge("n1", "")) }, "REGISTER")
}

// A nonce that has grown old is answered once more with the new one.
func TestStaleNonce(t *testing.T) {
	within(t, func(w *world) {
		w.onMessage = func(s *side, m sip.Message) {
			req := m.(*sip.Request)
			switch {
			case verify(w.t, req, "Authorization", "new"):
				s.answer(req, 200, bindings(req))
			case verify(w.t, req, "Authorization", "old"):
				s.answer(req, 401, challenge("new", ", stale=TRUE"))
			default:
				s.answer(req, 401, challenge("old", ""))
			}
		}
		expect(t, w.probe(5*time.Second, registration()), sipprobe.OK, sipprobe.GradeRegistered, 200)
	})
}

// A proxy asks first, then the registrar.
func TestProxyAndRegistrarBothAsk(t *testing.T) {
	within(t, func(w *world) {
		w.onMessage = func(s *side, m sip.Message) {
			req := m.(*sip.Request)
			switch {
			case !verify(w.t, req, "Proxy-Authorization", "p"):
				s.answer(req, 407, with("Proxy-Authenticate", `Digest realm="sip.example", nonce="p", qop="auth"`))
			case req.GetHeader("Authorization") == nil:
				s.answer(req, 401, with("WWW-Authenticate", `Digest realm="registrar", nonce="r"`))
			default:
				s.answer(req, 200, bindings(req))
			}
		}
		r := w.probe(5*time.Second, registration())
		expect(t, r, sipprobe.OK, sipprobe.GradeRegistered, 200)
		w.wantHeard("REGISTER REGISTER REGISTER REGISTER REGISTER REGISTER")
	})
}

// A 200 that does not hold what was asked for is no registration.
func TestRegistrarThatBindsNothing(t *testing.T) {
	f := func(name string, o sipprobe.Outcome, change func(*sip.Response, *sip.ContactHeader)) {
		t.Run(name, func(t *testing.T) {
			within(t, func(w *world) {
				w.onMessage = func(s *side, m sip.Message) {
					req := m.(*sip.Request)
					s.answer(req, 200, func(res *sip.Response) { change(res, req.Contact().Clone()) })
				}
				r := w.probe(5*time.Second, registration())
				g := sipprobe.GradeServed
				if o == sipprobe.OK {
					g = sipprobe.GradeRegistered
				}
				expect(t, r, o, g, 200)
				released(t, r, true)
			})
		})
	}
	f("no binding", sipprobe.FailBinding, func(*sip.Response, *sip.ContactHeader) {})
	f("another's", sipprobe.FailBinding, func(res *sip.Response, c *sip.ContactHeader) {
		c.Address.User = "bob"
		res.AppendHeader(c)
	})
	f("one that is over", sipprobe.FailBinding, func(res *sip.Response, c *sip.ContactHeader) {
		c.Params = c.Params.Add("expires", "0")
		res.AppendHeader(c)
	})
	f("ours among others", sipprobe.OK, func(res *sip.Response, c *sip.ContactHeader) {
		other := c.Clone()
		other.Address.Host, other.Address.Port = "198.51.100.7", 1024
		res.AppendHeader(other)
		res.AppendHeader(c)
	})
	f("ours as the registrar sees it", sipprobe.OK, func(res *sip.Response, c *sip.ContactHeader) {
		c.Address.Host = "198.51.100.7" // behind a translator of addresses
		res.AppendHeader(c)
	})
}

// A registrar that does not let go: the probe ends in time and says so.
func TestBindingThatIsNotReleased(t *testing.T) {
	within(t, func(w *world) {
		w.onMessage = func(s *side, m sip.Message) {
			if req := m.(*sip.Request); req.GetHeader("Expires").Value() != "0" {
				s.answer(req, 200, bindings(req))
			}
		}
		r := w.probe(3*time.Second, registration())
		expect(t, r, sipprobe.OK, sipprobe.GradeRegistered, 200)
		released(t, r, false)
	})
}

// A call that is challenged: its delays count from the first INVITE, and each refusal is acknowledged.
func TestChallengedCall(t *testing.T) {
	within(t, func(w *world) {
		w.far(farMedia, perfect(0))
		answer := phone(20 * time.Millisecond)
		w.onMessage = func(s *side, m sip.Message) {
			req := m.(*sip.Request)
			if req.Method == sip.ACK && req.CSeq().SeqNo == 2 && !verify(w.t, w.as(req, sip.INVITE), "Proxy-Authorization", "p") {
				t.Errorf("the ACK has not the credentials of the INVITE:\n%s", req)
			}
			if req.Method == sip.INVITE && !verify(w.t, req, "Proxy-Authorization", "p") {
				time.Sleep(20 * time.Millisecond)
				s.answer(req, 407, with("Proxy-Authenticate", `Digest realm="sip.example", nonce="p"`))
				return
			}
			answer(s, m)
		}
		p := echoCall()
		p.Domain, p.Account = "sip.example", account()
		r := w.probe(5*time.Second, p)
		expect(t, r, sipprobe.OK, sipprobe.GradeMedia, 200)
		took(t, "session request delay", r.RequestDelay, 40*time.Millisecond)
		took(t, "answer", r.Delay, 60*time.Millisecond)
		w.wantHeard("INVITE ACK INVITE ACK BYE")

		p.Account = sipprobe.Account{}
		r = w.probe(5*time.Second, p)
		expect(t, r, sipprobe.FailAuth, sipprobe.GradeAnswered, 407)
		if r.RequestDelay != nil {
			t.Error("a challenge is no session")
		}
	})
}

// as is a request with the method and address that its credentials were made for.
func (w *world) as(req *sip.Request, method sip.RequestMethod) *sip.Request {
	c := req.Clone()
	c.Method = method
	c.Recipient = sip.Uri{Scheme: "sip", User: "echo", Host: "sip.example"}
	return c
}
