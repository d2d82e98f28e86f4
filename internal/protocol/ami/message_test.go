package ami_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/voipbin/observability/internal/protocol/ami"
)

func TestMessage(t *testing.T) {
	t.Parallel()
	m := ami.NewMessage("event:  Hangup \r\nChannel: SIP/a:b-1\nEmpty:\r\nno colon\r\nChannel: second\r\n\r\n")
	for key, want := range map[string]string{"Channel": "SIP/a:b-1", "CHANNEL": "SIP/a:b-1", "Empty": "", "Chan": "", "no colon": ""} {
		if got := m.Get(key); got != want {
			t.Errorf("%s: want %q, got %q", key, want, got)
		}
	}
	if _, ok := m.Lookup("Empty"); !ok {
		t.Error("want an empty value to be there")
	}
	if _, ok := m.Lookup("None"); ok {
		t.Error("want no value")
	}
	if m.Event() != "Hangup" || m.Response() != "" || m.Truncated() {
		t.Errorf("want event Hangup, got %q and answer %q", m.Event(), m.Response())
	}
	if (ami.Message{}).Event() != "" || (ami.Message{}).Get("x") != "" {
		t.Error("want nothing in no message")
	}
}

// texts reads messages until the end and returns their events or answers and how it ended.
func texts(t *testing.T, in io.Reader, most int) ([]string, error) {
	t.Helper()
	r := ami.NewReader(in, most)
	var got []string
	for {
		m, err := r.Read()
		if err != nil {
			return got, err
		}
		text := m.Event() + m.Response() + ":" + m.Get("N")
		if m.Truncated() {
			text += "..."
		}
		got = append(got, text)
	}
}

func TestReaderIsLenient(t *testing.T) {
	t.Parallel()
	f := func(name, in string, end error, want ...string) {
		t.Helper()
		for way, r := range map[string]io.Reader{"whole": strings.NewReader(in), "byte by byte": iotest.OneByteReader(strings.NewReader(in))} {
			got, err := texts(t, r, 200)
			if diff := cmp.Diff(want, got); diff != "" || !errors.Is(err, end) {
				t.Errorf("%s, %s: ended with %v, (-want +got):\n%s", name, way, err, diff)
			}
		}
	}
	f("usual", "Event: A\r\nN: 1\r\n\r\nEvent: B\r\n\r\n", io.EOF, "A:1", "B:")
	f("unix", "Event: A\nN: 1\n\nEvent: B\n\n", io.EOF, "A:1", "B:")
	f("too many ends", "\r\n\n\r\nEvent: A\r\nN: 1\r\n\n\r\n\n\nEvent: B\r\n\r\n\n", io.EOF, "A:1", "B:")
	f("nothing", "", io.EOF)
	f("only ends", "\r\n\r\n", io.EOF)
	f("cut in a line", "Event: A\r\nN", io.ErrUnexpectedEOF)
	f("cut between lines", "Event: A\r\nN: 1\r\n", io.ErrUnexpectedEOF)
	f("too long a message", "Event: A\r\n"+strings.Repeat("X: y\r\n", 100)+"N: 1\r\n\r\nEvent: B\r\nN: 2\r\n\r\n", io.EOF, "A:...", "B:2")
	f("too long a line", "Event: A\r\nN: 1\r\nX: "+strings.Repeat("y", 50000)+"\r\n\r\nEvent: B\r\nN: 2\r\n\r\n", io.EOF, "A:1...", "B:2")
	f("too long a first line", "Event: "+strings.Repeat("y", 50000)+"\r\nN: 1\r\n\r\nEvent: B\r\n\r\n", io.EOF, ":...", "B:")
	f("old command", "Response: Follows\r\nN: 1\r\n\r\nEvent: not one\r\n\r\n--END COMMAND--\r\n\r\nEvent: B\r\n\r\n", io.EOF, "Follows:1", "B:")
	f("long old command", "Response: Follows\r\nN: 1\r\n"+strings.Repeat("xxxx\n\n", 100)+"--END COMMAND--\r\n\r\nEvent: B\r\n\r\n", io.EOF, "Follows:1...", "B:")
	f("an error of the connection", "Event: A\r\n\r\nEvent: B\r\n", io.ErrUnexpectedEOF, "A:")
}

func TestReaderReturnsTheConnectionsError(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	if _, err := ami.NewReader(io.MultiReader(strings.NewReader("Event: A\r\n"), iotest.ErrReader(broken)), 0).Read(); !errors.Is(err, broken) {
		t.Errorf("want %v, got %v", broken, err)
	}
}

// TestRecordingsAreReadWhole: what is read, put together again, is what was sent but for the ends of lines.
func TestRecordingsAreReadWhole(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		r := ami.NewReader(strings.NewReader(string(text)+"\r\n"), 0)
		var got []string
		for {
			m, err := r.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			for k, v := range m.Fields() {
				got = append(got, k+": "+v)
			}
		}
		var want []string
		for line := range strings.Lines(string(text)) {
			if k, v, ok := strings.Cut(line, ":"); ok {
				want = append(want, strings.TrimSpace(k)+": "+strings.TrimSpace(v))
			}
		}
		if !slices.Equal(want, got) {
			t.Errorf("%s (-want +got):\n%s", file, cmp.Diff(want, got))
		}
	}
}

func TestParseAddress(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"tcp://127.0.0.1": "tcp://127.0.0.1:5038", "tls://pbx.example": "tls://pbx.example:5039", "TCP://[::1]:1": "tcp://[::1]:1",
		"tcp://::1": "tcp://[::1]:5038", "tcp://pbx:65535/": "tcp://pbx:65535",
	} {
		got, err := ami.ParseAddress(in)
		if err != nil || got.String() != want {
			t.Errorf("%s: want %s, got %s, %v", in, want, got, err)
		}
	}
	for _, in := range []string{"", "127.0.0.1:5038", "udp://a", "tcp://", "tcp://a:0", "tcp://a:65536", "tcp://a:b", "tcp://a/b", "tcp://a:1:2", "tcp://*:1"} {
		if got, err := ami.ParseAddress(in); err == nil {
			t.Errorf("%q: want an error, got %v", in, got)
		}
	}
	if _, err := ami.ParseAddress("tcp://observer:hunter2@pbx"); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("want an error that does not repeat the password, got %v", err)
	}
}

// FuzzReader reads any bytes: it ends, keeps to its bound, and reads the same whatever the pieces they come in.
func FuzzReader(f *testing.F) {
	files, _ := filepath.Glob("testdata/*/*.txt")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text[:min(len(text), 2000)], 500)
	}
	f.Add([]byte("Response: Follows\r\n\r\nx--END COMMAND--\r\n\r\nEvent: A\r\n\r\n\n"), 10)
	f.Fuzz(func(t *testing.T, in []byte, most int) {
		most = most&0xffff + 1
		whole := ami.NewReader(strings.NewReader(string(in)), most)
		pieces := ami.NewReader(iotest.OneByteReader(strings.NewReader(string(in))), most)
		for {
			a, err := whole.Read()
			b, again := pieces.Read()
			if !errors.Is(err, again) && !errors.Is(again, err) {
				t.Fatalf("want %v in pieces too, got %v", err, again)
			}
			if err != nil {
				return
			}
			size := 0
			for k, v := range a.Fields() {
				size += len(k) + len(v)
				if got, _ := b.Lookup(k); got != a.Get(k) {
					t.Fatalf("key %q: want %q in pieces too, got %q", k, a.Get(k), got)
				}
			}
			if size > most {
				t.Fatalf("want at most %d bytes, got %d", most, size)
			}
			_ = slices.Collect(a.Output())
			_, _ = a.Event(), a.Response()
		}
	})
}
