package ami_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/protocol/ami"
	"github.com/voipbin/observability/internal/protocol/ami/amitest"
)

func options() ami.Options {
	return ami.Options{Username: amitest.Username, Secret: amitest.Secret, Events: "system"}
}

func dial(t testing.TB, s *amitest.Server, change func(*ami.Options)) *ami.Conn {
	t.Helper()
	o := options()
	if change != nil {
		change(&o)
	}
	c, err := ami.Dial(soon(t), s.Address(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// soon is time enough for what does not hang.
func soon(t testing.TB) context.Context {
	t.Helper()
	return within(t, 5*time.Second)
}

func within(t testing.TB, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func TestLogin(t *testing.T) {
	t.Parallel()
	s := amitest.Start(t)
	for _, plain := range []bool{false, true} {
		c := dial(t, s, func(o *ami.Options) { o.PlainLogin = plain })
		if got := c.Version(); got != "11.0.0" {
			t.Errorf("version: want 11.0.0, got %q", got)
		}
		if _, err := c.Do(t.Context(), ami.NewAction("Ping")); err != nil {
			t.Errorf("plain %v: %v", plain, err)
		}
		o := options()
		o.PlainLogin, o.Secret = plain, "wrong"
		if _, err := ami.Dial(t.Context(), s.Address(), o); !errors.Is(err, ami.ErrAuthentication) || strings.Contains(err.Error(), "wrong,") {
			t.Errorf("plain %v: want %v, got %v", plain, ami.ErrAuthentication, err)
		}
	}
	s.Handle("Challenge", amitest.Refuse("Must specify AuthType"))
	if _, err := ami.Dial(t.Context(), s.Address(), options()); !errors.Is(err, ami.ErrAuthentication) {
		t.Errorf("no challenge: want %v, got %v", ami.ErrAuthentication, err)
	}
	s.Handle("Challenge", amitest.Lines("Response: Success"))
	var decode *ami.DecodeError
	if _, err := ami.Dial(t.Context(), s.Address(), options()); !errors.As(err, &decode) {
		t.Errorf("empty challenge: want a *DecodeError, got %v", err)
	}
}

func TestDialFails(t *testing.T) {
	t.Parallel()
	web := amitest.Start(t)
	web.Greet("HTTP/1.1 400 Bad Request")
	var decode *ami.DecodeError
	if _, err := ami.Dial(t.Context(), web.Address(), options()); !errors.As(err, &decode) {
		t.Errorf("no Asterisk: want a *DecodeError, got %v", err)
	}
	web.Greet(strings.Repeat("x", 1<<20))
	if _, err := ami.Dial(t.Context(), web.Address(), options()); !errors.As(err, &decode) {
		t.Errorf("endless greeting: want a *DecodeError, got %v", err)
	}
	gone := amitest.Start(t)
	gone.Stop()
	var transport *ami.TransportError
	if _, err := ami.Dial(t.Context(), gone.Address(), options()); !errors.As(err, &transport) || transport.Op != "connect" {
		t.Errorf("nobody listens: want a *TransportError of connect, got %v", err)
	}
	hung := amitest.Start(t)
	for _, action := range []string{"Challenge", "Login"} {
		hung.Handle(action, amitest.Silent())
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		if _, err := ami.Dial(ctx, hung.Address(), options()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s unanswered: want a deadline, got %v", action, err)
		}
		cancel()
		hung.Handle(action, nil)
	}
	hung.Handle("Login", amitest.Hangup())
	if _, err := ami.Dial(t.Context(), hung.Address(), options()); !errors.As(err, &transport) || transport.Op != "read" {
		t.Errorf("hung up on: want a *TransportError of read, got %v", err)
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	certificate, roots := certify(t)
	s := amitest.StartTLS(t, &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12})
	at := s.Address()
	at.Network = "tls"
	o := options()
	o.TLS = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	c, err := ami.Dial(soon(t), at, o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Do(t.Context(), ami.NewAction("Ping")); err != nil {
		t.Error(err)
	}
	o.TLS = nil // roots of the system, which do not know this one
	var transport *ami.TransportError
	if _, err := ami.Dial(soon(t), at, o); !errors.As(err, &transport) || transport.Op != "handshake" {
		t.Errorf("unknown authority: want a *TransportError of handshake, got %v", err)
	}
	o.TLS = &tls.Config{RootCAs: roots, ServerName: "another.example", MinVersion: tls.VersionTLS12}
	if _, err := ami.Dial(soon(t), at, o); !errors.As(err, &transport) || transport.Op != "handshake" {
		t.Errorf("another name: want a *TransportError of handshake, got %v", err)
	}
}

func TestRecordedLists(t *testing.T) {
	t.Parallel()
	s := amitest.Start(t)
	c := dial(t, s, nil)
	for action, items := range map[string]int{
		"CoreShowChannels": 41, "PJSIPShowEndpoints": 5, "QueueStatus": 9, "QueueSummary": 3, "BridgeList": 8, "PJSIPShowRegistrationsOutbound": 2,
	} {
		s.Handle(action, amitest.Recorded(t, "testdata/asterisk-22.10.1/"+action+".txt"))
		got, err := c.Do(t.Context(), ami.NewAction(action))
		if err != nil {
			t.Errorf("%s: %v", action, err)
			continue
		}
		if len(got.Events) != items || got.Complete.Get("ListItems") != fmt.Sprint(items) {
			t.Errorf("%s: want %d items, got %d of %q", action, items, len(got.Events), got.Complete.Get("ListItems"))
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	s := amitest.Start(t)
	c := dial(t, s, nil)
	f := func(message string, want ami.Reason) {
		t.Helper()
		s.Handle("X", amitest.Refuse(message))
		_, err := c.Do(t.Context(), ami.NewAction("X"))
		var refusal *ami.Refusal
		if !errors.As(err, &refusal) || refusal.Reason != want || refusal.Message.Get("Message") != message {
			t.Fatalf("%s: want %s, got %v", message, want, err)
		}
		if strings.Contains(err.Error(), message) {
			t.Errorf("the error repeats what Asterisk wrote: %v", err)
		}
	}
	f("Invalid/unknown command: X. Use Action: ListCommands to show available commands.", ami.Unknown)
	f("Permission denied", ami.Denied)
	f("No Contacts found", ami.Empty)
	f("No active conferences.", ami.Empty)
	f("There are no voicemail users currently defined.", ami.Empty)
	f("Channel 7001 does not exist", ami.Other)
	s.Handle("X", amitest.Lines("Bananas: yes"))
	var decode *ami.DecodeError
	if _, err := c.Do(t.Context(), ami.NewAction("X")); !errors.As(err, &decode) {
		t.Errorf("want a *DecodeError, got %v", err)
	}
	s.Handle("X", func(w amitest.Writer, _ amitest.Request) {
		w.Lines("Response: Success", "EventList: start")
		w.Lines("Event: Item")
		w.Lines("Event: Done", "EventList: Cancelled")
	})
	if _, err := c.Do(t.Context(), ami.NewAction("X")); !errors.As(err, &decode) {
		t.Errorf("want a *DecodeError, got %v", err)
	}
}

// TestAnswersAmongEvents has answers out of order, with events and a late answer between them.
func TestAnswersAmongEvents(t *testing.T) {
	t.Parallel()
	s := amitest.Start(t)
	var mu sync.Mutex
	var events []string
	c := dial(t, s, func(o *ami.Options) {
		o.OnEvent = func(m ami.Message) {
			mu.Lock()
			defer mu.Unlock()
			events = append(events, m.Event()+m.Get("N"))
		}
	})
	release := make(chan struct{})
	first, asked := make(chan amitest.Writer, 1), make(chan struct{})
	s.Handle("First", func(w amitest.Writer, _ amitest.Request) {
		first <- w
		close(asked)
	})
	s.Handle("Second", func(w amitest.Writer, _ amitest.Request) {
		one := <-first
		w.Lines("Response: Success", "EventList: start")
		one.Lines("Response: Success", "EventList: start")
		w.Raw("Event: Foreign\r\nActionID: another-1\r\nN: 1\r\n\r\n\n\r\n")
		w.Lines("Event: Item", "N: second")
		one.Lines("Event: Item", "N: first")
		w.Raw("Event: Hangup\nN: 2\n\n")
		w.Raw("Response: Success\r\nActionID: obs-999999\r\n\r\n")
		w.Raw("Response: Success\r\n\r\n")
		w.Lines("Event: Done", "EventList: Complete")
		<-release
		one.Lines("Event: Done", "EventList: Complete")
	})
	var group sync.WaitGroup
	group.Go(func() {
		a, err := c.Do(t.Context(), ami.NewAction("First"))
		if err != nil || len(a.Events) != 1 || a.Events[0].Get("N") != "first" {
			t.Errorf("first: %v, %v", a, err)
		}
	})
	group.Go(func() {
		<-asked
		a, err := c.Do(t.Context(), ami.NewAction("Second"))
		if err != nil || len(a.Events) != 1 || a.Events[0].Get("N") != "second" {
			t.Errorf("second: %v, %v", a, err)
		}
		close(release)
	})
	group.Wait()
	mu.Lock()
	defer mu.Unlock()
	if diff := cmp.Diff([]string{"FullyBooted", "Foreign1", "Hangup2"}, events); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// TestTimeoutKeepsTheConnection: the late answer must not be taken for that of the next question.
func TestTimeoutKeepsTheConnection(t *testing.T) {
	t.Parallel()
	s := amitest.Start(t)
	c := dial(t, s, nil)
	late := make(chan amitest.Writer, 1)
	s.Handle("Slow", func(w amitest.Writer, _ amitest.Request) { late <- w })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := c.Do(ctx, ami.NewAction("Slow")); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("want a deadline, got %v", err)
	}
	s.Handle("Quick", func(w amitest.Writer, _ amitest.Request) {
		slow := <-late
		slow.Lines("Response: Success", "Of: slow")
		w.Lines("Response: Success", "Of: quick")
	})
	a, err := c.Do(t.Context(), ami.NewAction("Quick"))
	if err != nil || a.Response.Get("Of") != "quick" {
		t.Errorf("want the quick answer, got %q, %v", a.Response.Get("Of"), err)
	}
}

func TestBrokenConnectionFailsAllThatWait(t *testing.T) {
	t.Parallel()
	s := amitest.Start(t)
	c := dial(t, s, nil)
	s.Handle("A", amitest.Silent())
	s.Handle("B", amitest.Cut("Response: Success\r\nActionID: x\r\nEventList: start\r\n\r\nEvent: Item\r\nActionID", 1000))
	var group sync.WaitGroup
	for _, name := range []string{"A", "A", "B"} {
		group.Go(func() {
			var transport *ami.TransportError
			if _, err := c.Do(t.Context(), ami.NewAction(name)); !errors.As(err, &transport) {
				t.Errorf("%s: want a *TransportError, got %v", name, err)
			}
		})
	}
	group.Wait()
	<-c.Done()
	if c.Err() == nil {
		t.Error("want an error after the end")
	}
	if _, err := c.Do(t.Context(), ami.NewAction("Ping")); err == nil {
		t.Error("want an error on a dead connection")
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	s := amitest.Start(t)
	c := dial(t, s, nil)
	s.Handle("A", func(amitest.Writer, amitest.Request) { c.Close() })
	if _, err := c.Do(t.Context(), ami.NewAction("A")); !errors.Is(err, ami.ErrClosed) {
		t.Errorf("want %v, got %v", ami.ErrClosed, err)
	}
	c.Close() // again does nothing
}

func TestFullyBooted(t *testing.T) {
	t.Parallel()
	s := amitest.Start(t)
	s.SetBooted(false)
	c := dial(t, s, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := c.WaitBooted(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("before: want a deadline, got %v", err)
	}
	s.SetBooted(true)
	if err := c.WaitBooted(soon(t)); err != nil || c.Boot().Get("Uptime") != "100" {
		t.Errorf("after: uptime %q, %v", c.Boot().Get("Uptime"), err)
	}
	s.Event("Event: FullyBooted", "Uptime: 7") // told twice: the first one stands
	if _, err := c.Do(t.Context(), ami.NewAction("Ping")); err != nil || c.Boot().Get("Uptime") != "100" {
		t.Errorf("told twice: uptime %q, %v", c.Boot().Get("Uptime"), err)
	}
	s.SetBooted(false)
	broken := dial(t, s, nil)
	s.Drop()
	if err := broken.WaitBooted(soon(t)); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("broken: want the reason of the end, got %v", err)
	}
}

// TestBoundedMemory has answers and messages that are longer than is kept.
func TestBoundedMemory(t *testing.T) {
	t.Parallel()
	s := amitest.Start(t)
	c := dial(t, s, func(o *ami.Options) { o.MaxMessage, o.MaxAnswer = 4096, 16384 })
	list := func(item string, n int) amitest.Reply {
		return func(w amitest.Writer, _ amitest.Request) {
			w.Lines("Response: Success", "EventList: start")
			for range n {
				w.Lines("Event: Item", item)
			}
			w.Lines("Event: Done", "EventList: Complete")
		}
	}
	for name, reply := range map[string]amitest.Reply{
		"long list": list("X: "+strings.Repeat("x", 1000), 100),
		"long item": list("X: "+strings.Repeat("x\r\nX: ", 3000), 1),
		"long line": list("X: "+strings.Repeat("x", 1<<20), 1),
	} {
		s.Handle("X", reply)
		if _, err := c.Do(t.Context(), ami.NewAction("X")); !errors.Is(err, ami.ErrTooLarge) {
			t.Errorf("%s: want %v, got %v", name, ami.ErrTooLarge, err)
		}
	}
	s.Handle("X", list("X: y", 3))
	if a, err := c.Do(t.Context(), ami.NewAction("X")); err != nil || len(a.Events) != 3 {
		t.Errorf("the connection is of no use afterwards: %d items, %v", len(a.Events), err)
	}
}

func TestCommandInBothForms(t *testing.T) {
	t.Parallel()
	s := amitest.Start(t)
	c := dial(t, s, nil)
	want := []string{"", "Processor   In Queue", "a: b", "", "1 taskprocessors"}
	lines := strings.Join(want, "\n")
	s.Handle("Command", amitest.Text("Response: Follows\r\nPrivilege: Command\r\nActionID: x\r\n"+lines+"\n--END COMMAND--\r\n\r\n"))
	check := func(form string, want []string) {
		t.Helper()
		a, err := c.Do(t.Context(), ami.NewAction("Command", "Command", "core show taskprocessors"))
		if err != nil {
			t.Fatalf("%s: %v", form, err)
		}
		if diff := cmp.Diff(want, slices.Collect(a.Response.Output())); diff != "" {
			t.Errorf("%s: output (-want +got):\n%s", form, diff)
		}
	}
	check("bare", want)
	s.Handle("Command", amitest.Text("Response: Follows\r\nPrivilege: Command\r\nActionID: x\r\nnone--END COMMAND--\r\n\r\n"))
	check("bare, one line", []string{"none"})
	s.Handle("Command", amitest.Text("Response: Success\r\nActionID: x\r\nMessage: Command output follows\r\nOutput: "+
		strings.Join(want, "\r\nOutput: ")+"\r\n\r\n"))
	check("lines", want)
	text, err := os.ReadFile("testdata/asterisk-22.10.1/Command.core_show_taskprocessors.txt")
	if err != nil {
		t.Fatal(err)
	}
	s.Handle("Command", amitest.Text(string(text)))
	a, err := c.Do(t.Context(), ami.NewAction("Command", "Command", "core show taskprocessors"))
	if err != nil || strings.Count(string(text), "Output:") != len(slices.Collect(a.Response.Output())) {
		t.Errorf("recorded: %v", err)
	}
	s.Handle("Command", amitest.Recorded(t, "testdata/asterisk-22.10.1/Command.no_such_command.txt"))
	var refusal *ami.Refusal
	if _, err = c.Do(t.Context(), ami.NewAction("Command")); !errors.As(err, &refusal) {
		t.Errorf("unknown command: want a refusal, got %v", err)
	}
}

func TestActionsThatAsteriskWouldMisread(t *testing.T) {
	t.Parallel()
	s := amitest.Start(t)
	c := dial(t, s, nil)
	many := ami.Action{Name: "X", Fields: make([]ami.Field, 200)}
	for name, a := range map[string]ami.Action{
		"line within value": ami.NewAction("X", "A", "b\r\nAction: Command"),
		"line within key":   ami.NewAction("X", "A\nB", "c"),
		"line within name":  ami.NewAction("X\n", "A", "c"),
		"colon within key":  ami.NewAction("X", "A: b", "c"),
		"no key":            ami.NewAction("X", "", "c"),
		"long line":         ami.NewAction("X", "A", strings.Repeat("x", 2000)),
		"many lines":        many,
	} {
		if _, err := c.Do(t.Context(), a); err == nil {
			t.Errorf("%s: want an error", name)
		}
	}
	if got := s.Requests(); len(got) != 0 {
		t.Errorf("want nothing sent, got %q", got)
	}
}

func TestFilterSendsOneWholeExpression(t *testing.T) {
	t.Parallel()
	s := amitest.Start(t)
	c := dial(t, s, nil)
	got := make(chan string, 1)
	s.Handle("Filter", func(w amitest.Writer, r amitest.Request) {
		got <- r.Message.Get("Operation") + " " + r.Message.Get("Filter")
		w.Lines("Response: Success")
	})
	if err := c.Filter(t.Context(), "Hangup", "DialEnd"); err != nil {
		t.Fatal(err)
	}
	if got, want := <-got, "Add ^Event: (Hangup|DialEnd)[^A-Za-z]"; got != want {
		t.Errorf("want %q, got %q", want, got)
	}
}

// TestPeerThatDoesNotRead: a write that gets nowhere ends with its context, and the connection with it.
func TestPeerThatDoesNotRead(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	deaf := make(chan struct{})
	defer close(deaf)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		in := ami.NewReader(conn, 0)
		fmt.Fprint(conn, "Asterisk Call Manager/5.0.4\r\n")
		m, _ := in.Read()
		fmt.Fprintf(conn, "Response: Success\r\nActionID: %s\r\n\r\n", m.Get("ActionID"))
		<-deaf
	}()
	at := ami.Address{Network: "tcp", Host: "127.0.0.1", Port: uint16(l.Addr().(*net.TCPAddr).Port)}
	c, err := ami.Dial(soon(t), at, ami.Options{PlainLogin: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fields := make([]string, 0, 200)
	for range 100 {
		fields = append(fields, "A", strings.Repeat("x", 1000))
	}
	// 10 MB a round, until no socket's buffer takes any more. Each has twice the time of the last: a busy machine may not have begun to
	// write when the first is over.
	for wait, end := 100*time.Millisecond, within(t, time.Minute); ; wait *= 2 {
		ctx, cancel := context.WithTimeout(t.Context(), wait)
		var group sync.WaitGroup
		for range 100 {
			group.Go(func() {
				if _, err := c.Do(ctx, ami.NewAction("X", fields...)); err == nil {
					t.Error("want an error")
				}
			})
		}
		group.Wait()
		cancel()
		select {
		case <-c.Done():
			return
		case <-end.Done():
			t.Fatal("want the connection ended: half an action was written")
		default:
		}
	}
}
