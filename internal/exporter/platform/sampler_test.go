package platform

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/voipbin/observability/internal/exporter"
	"github.com/voipbin/observability/internal/exporter/exportertest"
	"github.com/voipbin/observability/internal/peertest"
	"github.com/voipbin/observability/internal/protocol/resp"
)

// cache is a Redis of a test: it knows AUTH, PING, SCAN, MEMORY USAGE and PTTL, and answers by a function where that has something to say.
type cache struct {
	keys     []string
	password string
	override func(command []string) string

	mu    sync.Mutex
	asked []string
}

func (c *cache) listen(t *testing.T) string {
	t.Helper()
	return "redis://" + peertest.Listen(t, c.serve)
}

// serve answers until the connection ends, or until an answer is "hang up".
func (c *cache) serve(conn net.Conn) {
	in, authorised := bufio.NewReader(conn), c.password == ""
	for {
		command, err := readCommand(in)
		if err != nil {
			return
		}
		c.mu.Lock()
		c.asked = append(c.asked, strings.Join(command, " "))
		c.mu.Unlock()
		answer := c.answer(command, &authorised)
		if answer == "hang up" {
			return
		}
		if _, err := io.WriteString(conn, answer); err != nil {
			return
		}
	}
}

func readCommand(in *bufio.Reader) ([]string, error) {
	var n int
	if _, err := fmt.Fscanf(in, "*%d\r\n", &n); err != nil {
		return nil, err
	}
	words := make([]string, n)
	for i := range words {
		var length int
		if _, err := fmt.Fscanf(in, "$%d\r\n", &length); err != nil {
			return nil, err
		}
		b := make([]byte, length+2)
		if _, err := io.ReadFull(in, b); err != nil {
			return nil, err
		}
		words[i] = string(b[:length])
	}
	return words, nil
}

func (c *cache) answer(command []string, authorised *bool) string {
	if c.override != nil {
		if text := c.override(command); text != "" {
			return text
		}
	}
	switch {
	case command[0] == "AUTH":
		*authorised = command[len(command)-1] == c.password
		if !*authorised {
			return "-WRONGPASS invalid " + command[1] + "\r\n"
		}
		return "+OK\r\n"
	case !*authorised:
		return "-NOAUTH Authentication required.\r\n"
	case command[0] == "PING":
		return "+PONG\r\n"
	case command[0] == "SCAN":
		return c.scan(command)
	case command[0] == "MEMORY":
		return fmt.Sprintf(":%d\r\n", 100+len(command[2]))
	case command[0] == "PTTL" && strings.HasPrefix(command[1], "config:"):
		return ":-1\r\n"
	case command[0] == "PTTL":
		return ":60000\r\n"
	}
	return "-ERR unknown command\r\n"
}

// scan answers with the next keys; the cursor is the number of the first that was not shown.
func (c *cache) scan(command []string) string {
	from, _ := strconv.Atoi(command[1])
	step, _ := strconv.Atoi(command[3])
	to := min(from+step, len(c.keys))
	next := to
	if to == len(c.keys) {
		next = 0
	}
	var b strings.Builder
	fmt.Fprintf(&b, "*2\r\n$%d\r\n%d\r\n*%d\r\n", len(strconv.Itoa(next)), next, to-from)
	for _, k := range c.keys[from:to] {
		fmt.Fprintf(&b, "$%d\r\n%s\r\n", len(k), k)
	}
	return b.String()
}

func (c *cache) count(prefix string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(slices.DeleteFunc(slices.Clone(c.asked), func(s string) bool { return !strings.HasPrefix(s, prefix) }))
}

// keysOf are so many keys with a prefix.
func keysOf(prefix string, n int) []string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprintf("%s%04d", prefix, i)
	}
	return keys
}

// quick makes passes as fast as a test wants.
func quick(o *Options) {
	o.Module.CommandsPerSecond, o.Module.PassEvery = maxCommands, time.Second
	o.Module.Classes = []Class{{"sessions", "session:*"}, {"config", "config:?*"}, {"flows", "flow:*"}}
}

// samplerOf is the sampler behind a target.
func samplerOf(t *testing.T, c *cache, change ...func(*Options)) *sampler {
	t.Helper()
	o := Options{Name: "cache", Address: c.listen(t), Collectors: everything(), Module: DefaultModule(), Now: exportertest.Now}
	quick(&o)
	for _, f := range change {
		f(&o)
	}
	_, u, err := parseAddress(o.Address)
	if err != nil {
		t.Fatal(err)
	}
	s := &sampler{Options: o, server: newRedisServer(o, u)}
	for _, c := range o.Module.Classes {
		s.patterns = append(s.patterns, matcher(c.Pattern))
	}
	return s
}

// target shows a sampler that has made its passes.
func (s *sampler) target() *exporter.Target {
	return &exporter.Target{Name: s.Name, Check: s.check, Scrapers: []exporter.Scraper{part{"redis", s.show}}}
}

func TestSamplerGolden(t *testing.T) {
	t.Parallel()
	path, password := secret(t)
	c := &cache{keys: slices.Concat(keysOf("session:", 450), keysOf("config:", 30), keysOf("flow", 5)), password: password}
	s := samplerOf(t, c, func(o *Options) { o.Credentials = exporter.Credentials{PasswordFile: path} })
	s.note(s.walk(t.Context(), s.Now()))
	suite().Golden(t, s.target(), "testdata/golden/redis.prom")
	if n := c.count("MEMORY USAGE session:"); n != firstSampled+4 {
		t.Errorf("%d sessions were sampled, want the first %d and each hundredth", n, firstSampled)
	}
	if n := c.count("SCAN"); n != 5 {
		t.Errorf("%d times SCAN for 485 keys in steps of 100", n)
	}
}

// Between scrapes the target walks by itself, and a scrape costs no walk.
func TestSamplerRunsBetweenScrapes(t *testing.T) {
	t.Parallel()
	c := &cache{keys: keysOf("session:", 10)}
	target := at(t, c.listen(t), quick)
	first := suite().Scrape(t, target)
	holds(t, first, "platform_redis_sampler_commands_total 0", `platform_exporter_collector_outcome{collector="redis",outcome="empty"} 1`)
	stop := running(t, target)
	for deadline := time.Now().Add(10 * time.Second); !strings.Contains(suite().Scrape(t, target).Text, `platform_redis_class_keys{class="sessions"} 10`); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no pass ended")
		}
	}
	stop()
	before := c.count("SCAN")
	suite().Scrape(t, target)
	if n := c.count("SCAN"); n != before {
		t.Error("a scrape walked over keys")
	}
}

func TestWhatIsWrongWithARedis(t *testing.T) {
	t.Parallel()
	f := func(want, outcome string, override func([]string) string) {
		t.Helper()
		s := samplerOf(t, &cache{keys: keysOf("session:", 300), override: override})
		p, err := s.walk(t.Context(), s.Now())
		if err == nil || p != nil || !strings.Contains(err.Error(), want) || exporter.OutcomeOf(err) != outcome {
			t.Errorf("want %q and %s, got %v", want, outcome, err)
		}
		s.note(p, err)
		holds(t, suite().Scrape(t, (&exporter.Target{Name: "cache", Check: func(context.Context) error { return nil }, Scrapers: s.target().Scrapers})),
			fmt.Sprintf(`platform_exporter_collector_outcome{collector="redis",outcome=%q} 1`, outcome))
	}
	on := func(name, answer string) func([]string) string {
		return func(c []string) string {
			if c[0] == name {
				return answer
			}
			return ""
		}
	}
	f("EOF", exporter.OutcomeTransport, on("PING", "hang up"))
	f("refuses", exporter.OutcomeFault, on("PING", "-NOAUTH secret\r\n"))
	f("not a reply", exporter.OutcomeDecode, on("PING", "HTTP/1.1 400 Bad Request\r\n\r\n"))
	f("NOPERM", exporter.OutcomeFault, on("SCAN", "-NOPERM user has no permission\r\n"))
	f("due", exporter.OutcomeDecode, on("SCAN", "+OK\r\n"))
	f("no number", exporter.OutcomeDecode, on("SCAN", "*2\r\n+x\r\n*0\r\n"))
	f("EOF", exporter.OutcomeTransport, on("PTTL", "hang up"))
	f("not a reply", exporter.OutcomeDecode, on("SCAN", "*99999999\r\n"))
}

// A user who may not ask for the memory of keys still has them counted, and is told.
func TestMemoryRefused(t *testing.T) {
	t.Parallel()
	s := samplerOf(t, &cache{keys: keysOf("session:", 30), override: func(c []string) string {
		if c[0] == "MEMORY" {
			return "-NOPERM no\r\n"
		}
		return ""
	}})
	s.note(s.walk(t.Context(), s.Now()))
	got := suite().Scrape(t, s.target())
	holds(t, got, `platform_redis_class_keys{class="sessions"} 30`, `platform_redis_class_longest_ttl_seconds{class="sessions"} 60`, `platform_exporter_collector_outcome{collector="redis",outcome="fault"} 1`)
	if strings.Contains(got.Text, `platform_redis_class_bytes{class="sessions"}`) {
		t.Error("bytes are shown that nobody told")
	}
}

// Keys that went between SCAN and the look have neither memory nor a time to live, and are not taken for endless ones.
func TestKeysThatWent(t *testing.T) {
	t.Parallel()
	s := samplerOf(t, &cache{keys: keysOf("session:", 3), override: func(c []string) string {
		switch c[0] {
		case "MEMORY":
			return "$-1\r\n"
		case "PTTL":
			return ":-2\r\n"
		}
		return ""
	}})
	s.note(s.walk(t.Context(), s.Now()))
	got := suite().Scrape(t, s.target())
	holds(t, got, `platform_redis_class_sampled_keys{class="sessions"} 0`)
	for _, not := range []string{"bytes", "keys_without_expiry", "longest_ttl_seconds"} {
		if strings.Contains(got.Text, `platform_redis_class_`+not+`{class="sessions"}`) {
			t.Errorf("%s is shown", not)
		}
	}
}

// A hung Redis holds a walk no longer than an answer may take, and the end of the process not at all.
func TestHungRedis(t *testing.T) {
	t.Parallel()
	scanning := make(chan struct{}, 1)
	hung := make(chan struct{})
	defer close(hung) // before the listener waits for who serves
	s := samplerOf(t, &cache{override: func(c []string) string {
		if c[0] == "SCAN" {
			scanning <- struct{}{}
			<-hung
		}
		return ""
	}})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); s.run(ctx) }()
	<-scanning
	cancel()
	<-done
	if s.last != nil || s.err != nil {
		t.Errorf("a walk that was broken off was noted: %+v, %v", s.last, s.err)
	}
}

// No more commands a second go to a Redis than allowed, by a clock that a busy machine cannot bend.
func TestThePaceIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		client, server := net.Pipe()
		c := &cache{}
		go c.serve(server)
		s := &sampler{Options: Options{Module: Module{CommandsPerSecond: 10}}}
		conn := resp.NewConn(client)
		begun := time.Now()
		for range 10 {
			if _, err := s.do(t.Context(), conn, []string{"PTTL", "a"}, []string{"PTTL", "b"}); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(begun); took < 2*time.Second {
			t.Errorf("20 commands took %s at 10 a second", took)
		}
		_ = conn.Close()
	})
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]int{"session:1": 0, "session:\n": 0, "config:a": 1, "config:": 3, "xsession:1": 3, "": 3, "flow:x.y": 2} {
		s := &sampler{}
		for _, p := range []string{"session:*", "config:?*", "flow:*"} {
			s.patterns = append(s.patterns, matcher(p))
		}
		if got := s.classOf(key); got != want {
			t.Errorf("%q: class %d, want %d", key, got, want)
		}
	}
}
