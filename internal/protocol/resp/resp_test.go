package resp

import (
	"bufio"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func parse(text string) (Reply, error) { return read(bufio.NewReader(strings.NewReader(text)), 0) }

func TestReplies(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Reply{
		"+OK\r\n":                             {Text: "OK"},
		":-2\r\n":                             {Number: -2},
		"$3\r\na\r\n\r\n":                     {Text: "a\r\n"},
		"$0\r\n\r\n":                          {},
		"$-1\r\n":                             {Null: true},
		"*-1\r\n":                             {Null: true},
		"-NOAUTH Authentication required\r\n": {Err: Error("NOAUTH")},
		"*2\r\n$1\r\n0\r\n*1\r\n$1\r\nk\r\n":  {Items: []Reply{{Text: "0"}, {Items: []Reply{{Text: "k"}}}}},
	} {
		got, err := parse(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateErrors()); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func TestWhatIsNoReply(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]error{
		"":                             io.ErrUnexpectedEOF,
		"$5\r\nab":                     io.ErrUnexpectedEOF,
		"*2\r\n+a\r\n":                 io.ErrUnexpectedEOF,
		"\r\n":                         ErrProtocol,
		"+OK\n":                        ErrProtocol,
		"$x\r\n":                       ErrProtocol,
		"$-2\r\n":                      ErrProtocol,
		"$1\r\nabc":                    ErrProtocol,
		"$1048577\r\n":                 ErrProtocol,
		"*65537\r\n":                   ErrProtocol,
		"!3\r\n":                       ErrProtocol,
		strings.Repeat("*1\r\n", 6):    ErrProtocol,
		strings.Repeat("+x", 5000):     ErrProtocol,
		"HTTP/1.1 400 Bad Request\r\n": ErrProtocol,
	} {
		if _, err := parse(text); !errors.Is(err, want) {
			t.Errorf("%.20q: want %v, got %v", text, want, err)
		}
	}
}

func TestDo(t *testing.T) {
	t.Parallel()
	client, server := net.Pipe()
	conn := NewConn(client)
	t.Cleanup(func() { _ = conn.Close(); _ = server.Close() })
	got := make(chan string, 1)
	go func() {
		const sent = "*2\r\n$3\r\nGET\r\n$2\r\n\r\n\r\n*1\r\n$4\r\nPING\r\n"
		b := make([]byte, len(sent))
		_, _ = io.ReadFull(server, b)
		got <- string(b)
		_, _ = server.Write([]byte("-WRONGTYPE secret\r\n+PONG\r\n"))
	}()
	replies, err := conn.Do(time.Now().Add(10*time.Second), []string{"GET", "\r\n"}, []string{"PING"})
	if err != nil || replies[0].Err == nil || strings.Contains(replies[0].Err.Error(), "secret") || replies[1].Text != "PONG" {
		t.Errorf("got %+v, %v", replies, err)
	}
	if want := "*2\r\n$3\r\nGET\r\n$2\r\n\r\n\r\n*1\r\n$4\r\nPING\r\n"; <-got != want {
		t.Errorf("want %q on the wire", want)
	}
}

func TestDoEndsAtItsDeadline(t *testing.T) {
	t.Parallel()
	client, server := net.Pipe()
	conn := NewConn(client)
	t.Cleanup(func() { _ = conn.Close(); _ = server.Close() })
	go func() { _, _ = io.Copy(io.Discard, server) }()
	var timeout net.Error
	if _, err := conn.Do(time.Now().Add(20*time.Millisecond), []string{"PING"}); !errors.As(err, &timeout) || !timeout.Timeout() {
		t.Errorf("want a time-out, got %v", err)
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{"+OK\r\n", "*2\r\n$1\r\n0\r\n*0\r\n", "$-1\r\n", "-ERR x\r\n", ":1\r\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := parse(text); err != nil && !errors.Is(err, ErrProtocol) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%q: %v", text, err)
		}
	})
}
