package ngtest

import (
	"bytes"
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/protocol/bencode"
	"github.com/voipbin/observability/internal/protocol/ng"
)

// errHangUp makes the server close the connection. Over UDP there is none, and nothing happens.
var errHangUp = errors.New("hang up")

// Reply is what the server does on a question. The functions that take a Reply give one that does the same with a fault in
// it; they can be combined, as in Late(time.Second, WrongCookie(Result("pong"))).
type Reply struct {
	// message makes the bytes of the answer, its cookie included; nil is no answer.
	message func(Request) []byte
	// deliver writes them; an error ends the connection.
	deliver func(ctx context.Context, to peer, message []byte) error
	// before is sent first, if there is one.
	before *Reply
}

func (r Reply) send(ctx context.Context, to peer, request Request) error {
	if r.before != nil {
		if err := r.before.send(ctx, to, request); err != nil {
			return err
		}
	}
	return r.deliver(ctx, to, r.message(request))
}

func write(_ context.Context, to peer, message []byte) error {
	to.expect(len(message))
	return to.write(message)
}

// body makes the Reply that sends a body under the cookie of the question.
func body(b func(Request) []byte) Reply {
	return Reply{deliver: write, message: func(r Request) []byte { return append([]byte(r.Cookie+" "), b(r)...) }}
}

// Value answers with a dictionary, in the format of the question. It panics on a value of kind Invalid.
func Value(dict bencode.Value) Reply {
	return body(func(r Request) []byte {
		b, err := ng.Append(nil, r.Format, dict)
		if err != nil {
			panic(err) // a mistake in the test itself
		}
		return b
	})
}

// Members answers with a dictionary of the members and the result.
func Members(result string, members ...bencode.Member) Reply {
	return Value(bencode.DictOf(append(members, bencode.Member{Key: "result", Value: bencode.StringOf(result)})...))
}

// Result answers with a result and nothing else.
func Result(result string) Reply { return Members(result) }

// Refuse answers with result "error" and this reason.
func Refuse(reason string) Reply {
	return Value(bencode.DictOf(
		bencode.Member{Key: "result", Value: bencode.StringOf("error")},
		bencode.Member{Key: "error-reason", Value: bencode.StringOf(reason)}))
}

// Raw answers with these bytes after the cookie, whatever they are.
func Raw(b []byte) Reply { return body(func(Request) []byte { return b }) }

// Garbage answers with these bytes and no cookie.
func Garbage(b []byte) Reply {
	return Reply{deliver: write, message: func(Request) []byte { return b }}
}

// Recorded answers with the body that a daemon sent, as captured in the file name.json or name.bencode, whichever is in the
// format of the question.
func Recorded(t testing.TB, name string) Reply {
	t.Helper()
	bodies := make(map[ng.Format][]byte)
	for format, suffix := range map[ng.Format]string{ng.JSON: ".json", ng.Bencode: ".bencode"} {
		b, err := os.ReadFile(name + suffix)
		if err != nil {
			t.Fatalf("recorded reply: %v", err)
		}
		bodies[format] = b
	}
	return body(func(r Request) []byte { return bodies[r.Format] })
}

// Silent reads the question and never answers.
func Silent() Reply {
	return Reply{
		message: func(Request) []byte { return nil },
		deliver: func(ctx context.Context, to peer, _ []byte) error {
			return wait(ctx, to, time.Hour)
		},
	}
}

// Late answers like r after a while.
func Late(d time.Duration, r Reply) Reply {
	deliver := r.deliver
	r.deliver = func(ctx context.Context, to peer, message []byte) error {
		if err := wait(ctx, to, d); err != nil {
			return err
		}
		return deliver(ctx, to, message)
	}
	return r
}

// wait waits; its error says that the peer or the server has gone before.
func wait(ctx context.Context, to peer, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-to.gone():
	case <-ctx.Done():
	}
	return errHangUp
}

// Bytewise answers like r, byte by byte with a pause before each. It is for streams.
func Bytewise(pause time.Duration, r Reply) Reply {
	r.deliver = func(ctx context.Context, to peer, message []byte) error {
		to.expect(len(message))
		for i := range message {
			if err := wait(ctx, to, pause); err != nil {
				return err
			}
			if err := to.write(message[i : i+1]); err != nil {
				return err
			}
		}
		return nil
	}
	return r
}

// HangUp closes the connection without an answer.
func HangUp() Reply { return Cut(0, Result("ok")) }

// Cut sends the first n bytes of what r sends, or all but the last -n, and closes the connection. Over UDP it sends a
// datagram that is so much shorter.
func Cut(n int, r Reply) Reply {
	r.deliver = func(_ context.Context, to peer, message []byte) error {
		to.expect(len(message))
		if n < 0 {
			n += len(message)
		}
		if n > 0 {
			if err := to.write(message[:n]); err != nil {
				return err
			}
		}
		return errHangUp
	}
	return r
}

// WrongCookie answers like r under the cookie of another question.
func WrongCookie(r Reply) Reply {
	message := r.message
	r.message = func(q Request) []byte {
		q.Cookie = "another_" + q.Cookie
		return message(q)
	}
	return r
}

// After sends what first sends and then what r sends. It is for datagrams and streams.
func After(first, r Reply) Reply {
	r.before = &first
	return r
}

// Endless answers with the start of a list and then strings in it until the peer hangs up. It is for streams.
func Endless() Reply {
	r := Raw([]byte("d5:callsl"))
	r.deliver = func(_ context.Context, to peer, message []byte) error {
		chunk := bytes.Repeat([]byte("4:spam"), 4096)
		err := to.write(message)
		for err == nil {
			err = to.write(chunk)
		}
		return err
	}
	return r
}
