package ami

import (
	"context"
	"crypto/md5" // the protocol's only digest
	"encoding/hex"
	"errors"
	"strings"
)

// login logs in before anything else is read. Asterisk closes the connection after it has refused.
func (c *Conn) login(ctx context.Context) error {
	secret := Field{"Secret", c.opts.Secret}
	fields := []Field{{"Username", c.opts.Username}}
	if !c.opts.PlainLogin {
		answer, err := c.ask(ctx, NewAction("Challenge", "AuthType", "MD5"))
		if err != nil {
			return refused(err)
		}
		challenge, ok := answer.Lookup("Challenge")
		if !ok {
			return &DecodeError{What: "Challenge: answer without one"}
		}
		fields = append(fields, Field{"AuthType", "MD5"})
		secret = Field{"Key", digest(challenge, c.opts.Secret)}
	}
	events := c.opts.Events
	if events == "" {
		events = "off"
	}
	_, err := c.ask(ctx, Action{Name: "Login", Fields: append(fields, secret, Field{"Events", events})})
	return refused(err)
}

func digest(challenge, secret string) string {
	sum := md5.Sum([]byte(challenge + secret))
	return hex.EncodeToString(sum[:])
}

// refused takes any refusal before the login is done as one of the login.
func refused(err error) error {
	var refusal *Refusal
	if errors.As(err, &refusal) {
		return ErrAuthentication
	}
	return err
}

// ask writes an action and reads up to its answer, while nothing else reads.
func (c *Conn) ask(ctx context.Context, a Action) (Message, error) {
	const id = idPrefix + "login"
	text, err := a.encode(id)
	if err != nil {
		return Message{}, err
	}
	if _, err := c.conn.Write(text); err != nil {
		return Message{}, &TransportError{Op: "write", Err: withContext(ctx, err)}
	}
	for {
		m, err := c.reader.Read()
		if err != nil {
			return Message{}, readError(ctx, err)
		}
		if m.Event() == "" && (m.Get("ActionID") == id || strings.EqualFold(m.Response(), "Error")) {
			return m, (&pending{action: a.Name}).judge(m)
		}
	}
}
