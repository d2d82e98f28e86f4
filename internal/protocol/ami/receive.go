package ami

import (
	"context"
	"errors"
	"strings"
)

// read hands on messages until the connection ends.
func (c *Conn) read() {
	defer close(c.done)
	for {
		m, err := c.reader.Read()
		if err != nil {
			c.end(&TransportError{Op: "read", Err: err})
			return
		}
		c.take(m)
	}
}

// end fails everything that waits.
func (c *Conn) end(err error) {
	c.fail(err)
	c.mu.Lock()
	defer c.mu.Unlock()
	for id, p := range c.pending {
		delete(c.pending, id)
		p.err = c.err
		close(p.done)
	}
}

// take gives a message to the action that it answers, or to OnEvent.
func (c *Conn) take(m Message) {
	id := m.Get("ActionID")
	if strings.HasPrefix(id, idPrefix) {
		c.answer(id, m)
		return
	}
	if m.Event() == "" {
		return // an answer to nothing that was asked
	}
	if c.opts.OnEvent != nil {
		c.opts.OnEvent(m)
	}
	if m.Event() == "FullyBooted" {
		c.setBooted(m) // after OnEvent: whoever waits for it may rely on that
	}
}

func (c *Conn) setBooted(m Message) {
	select {
	case <-c.booted: // told again
	default:
		c.boot = m
		close(c.booted)
	}
}

// answer adds a message to the answer that it belongs to. One that nobody waits for any longer is dropped.
func (c *Conn) answer(id string, m Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, ok := c.pending[id]
	if !ok {
		return
	}
	if p.add(m, c.opts.MaxAnswer) {
		delete(c.pending, id)
		close(p.done)
	}
}

// add adds a message and tells whether the answer is complete.
func (p *pending) add(m Message, most int) (complete bool) {
	p.size += len(m.text)
	p.large = p.large || m.truncated || p.size > most
	state := m.Get("EventList")
	switch {
	case m.Event() == "":
		p.answer.Response = m
		p.list = strings.EqualFold(state, "start")
		p.err = p.judge(m)
		complete = !p.list || p.err != nil
	case strings.EqualFold(state, "Complete"):
		p.answer.Complete, complete = m, true
	case strings.EqualFold(state, "Cancelled"):
		p.err, complete = &DecodeError{What: p.action + ": list broken off"}, true
	case !p.large:
		p.answer.Events = append(p.answer.Events, m)
	default:
		p.answer.Events = nil // half a list is no answer; what there was is not held any longer
	}
	if complete && p.large && p.err == nil {
		p.answer, p.err = Answer{}, ErrTooLarge
	}
	return complete
}

// judge reads the first word of an answer.
func (p *pending) judge(m Message) error {
	switch strings.ToLower(m.Response()) {
	case "success", "follows", "goodbye", "pong":
		return nil
	case "error":
		return &Refusal{Action: p.action, Reason: reasonOf(m.Get("Message")), Message: m}
	}
	return &DecodeError{What: p.action + ": answer without a result"}
}

// readError names what failed before there was a connection to speak of.
func readError(ctx context.Context, err error) error {
	var decode *DecodeError
	if errors.As(err, &decode) {
		return err
	}
	return &TransportError{Op: "read", Err: withContext(ctx, err)}
}
