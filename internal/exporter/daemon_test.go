package exporter_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/voipbin/observability/internal/emit"
	"github.com/voipbin/observability/internal/exporter"
)

// daemon is a fake daemon on loopback: it answers every line with a line.
type daemon struct {
	listener net.Listener
	answer   func(c net.Conn, question string) // nil never answers
	wg       sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]bool
}

// well answers a question by the number 1.
func well(c net.Conn, _ string) { _, _ = io.WriteString(c, "1\n") }

// garbage answers by what is no number.
func garbage(c net.Conn, _ string) { _, _ = io.WriteString(c, "\x00\xffmuch\n") }

func newDaemon(tb testing.TB, answer func(net.Conn, string)) *daemon {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	d := &daemon{listener: l, answer: answer, conns: make(map[net.Conn]bool)}
	d.wg.Go(d.accept)
	tb.Cleanup(d.close)
	return d
}

func (d *daemon) address() string { return d.listener.Addr().String() }

func (d *daemon) accept() {
	for {
		c, err := d.listener.Accept()
		if err != nil {
			return
		}
		d.mu.Lock()
		d.conns[c] = true
		d.mu.Unlock()
		d.wg.Go(func() { d.serve(c) })
	}
}

func (d *daemon) serve(c net.Conn) {
	defer func() {
		d.mu.Lock()
		delete(d.conns, c)
		d.mu.Unlock()
		_ = c.Close()
	}()
	for lines := bufio.NewScanner(c); lines.Scan(); {
		if d.answer != nil {
			d.answer(c, lines.Text())
		}
	}
}

// open is the number of connections that clients hold.
func (d *daemon) open() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.conns)
}

func (d *daemon) close() {
	_ = d.listener.Close()
	d.mu.Lock()
	for c := range d.conns {
		_ = c.Close()
	}
	d.mu.Unlock()
	d.wg.Wait()
}

// asker asks a daemon and keeps the connection as long as it works.
type asker struct {
	address string
	conn    net.Conn
	lines   *bufio.Reader
}

func (c *asker) ask(ctx context.Context, question string) (float64, error) {
	if c.conn == nil {
		var d net.Dialer
		conn, err := d.DialContext(ctx, "tcp", c.address)
		if err != nil {
			return 0, err
		}
		c.conn, c.lines = conn, bufio.NewReader(conn)
	}
	value, err := c.exchange(ctx, question)
	if err != nil {
		err = errors.Join(err, c.close())
	}
	return value, err
}

func (c *asker) exchange(ctx context.Context, question string) (float64, error) {
	conn, past := c.conn, time.Unix(1, 0)
	if err := conn.SetDeadline(time.Time{}); err != nil {
		return 0, err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(past) }) // at the deadline, and when the client hangs up
	defer stop()
	if _, err := fmt.Fprintln(c.conn, question); err != nil {
		return 0, err
	}
	line, err := c.lines.ReadString('\n')
	if err != nil {
		return 0, err
	}
	value, err := strconv.ParseFloat(strings.TrimSpace(line), 64)
	if err != nil {
		return 0, exporter.Failed("decode", errors.New("no number"))
	}
	return value, nil
}

func (c *asker) close() error {
	if c.conn == nil {
		return nil
	}
	err := c.conn.Close()
	c.conn = nil
	return err
}

// dialling makes targets that ask a real daemon at tcp:host:port.
func dialling(c exporter.TargetConfig) (*exporter.Target, error) {
	address, ok := strings.CutPrefix(c.Address, "tcp:")
	if !ok {
		return nil, fmt.Errorf("address %q: want tcp:host:port", c.Address)
	}
	cl := &asker{address: address}
	t := &exporter.Target{
		Check: func(ctx context.Context) error { _, err := cl.ask(ctx, "ping"); return err },
		Close: cl.close,
	}
	for _, name := range c.Collectors {
		t.Scrapers = append(t.Scrapers, scraper{name, func(ctx context.Context, b *emit.Batch) error {
			v, err := cl.ask(ctx, name)
			if err != nil {
				return err
			}
			switch name {
			case "a":
				b.Add(fakeA, v)
			case "b":
				b.Add(fakeB, v)
			case "c":
				for i := range 5 {
					b.Add(fakeC, v, fmt.Sprint(i))
				}
			}
			return nil
		}})
	}
	return t, nil
}

// eventually polls until the condition holds.
func eventually(tb testing.TB, what string, condition func() bool) {
	tb.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if condition() {
			return
		}
	}
	tb.Errorf("it did not come true that %s", what)
}
