package sipprobe

import (
	"context"

	"github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

// maxChallenges bounds the rounds of one request: a proxy and a registrar may each ask once, and each may find its nonce stale
// once.
const maxChallenges = 4

// authorised sends a request and answers challenges to it (RFC 3261, 22; RFC 8760), until there is an answer that is none. It
// returns the last transaction, which has that answer unless there is an error. prepare is called with each transaction before
// it begins.
func (c *conversation) authorised(ctx context.Context, req *sip.Request, prepare func(*transaction)) (*transaction, error) {
	answered := make(map[string]bool) // realms whose challenge was
	for round := 0; ; round++ {
		t := &transaction{req: req}
		prepare(t)
		if err := c.exchange(ctx, t); err != nil {
			return t, err
		}
		code := t.final.StatusCode
		if code != sip.StatusUnauthorized && code != sip.StatusProxyAuthRequired {
			return t, nil
		}
		if c.probe.Account.Username == "" {
			return t, fail(FailAuth, "%s was challenged (%d), and there is no account", req.Method, code)
		}
		challenge, offered := challengeOf(t.final)
		switch {
		case !offered:
			return t, fail(FailAuth, "%s was challenged (%d) in no way that is known", req.Method, code)
		case round == maxChallenges:
			return t, fail(FailAuth, "%s is challenged (%d) again and again", req.Method, code)
		case answered[challenge.Realm] && !challenge.Stale:
			return t, fail(FailAuth, "%s was challenged again (%d): the credentials are wrong", req.Method, code)
		}
		answered[challenge.Realm] = true
		h, err := c.credentials(req, code, challenge)
		if err != nil {
			return t, err
		}
		req = c.again(req, h)
	}
}

// challengeOf finds the first challenge that can be answered: servers put the one that they prefer first (RFC 8760, 2.3).
func challengeOf(res *sip.Response) (*digest.Challenge, bool) {
	name := "WWW-Authenticate"
	if res.StatusCode == sip.StatusProxyAuthRequired {
		name = "Proxy-Authenticate"
	}
	for _, h := range res.GetHeaders(name) {
		challenge, err := digest.ParseChallenge(h.Value())
		if err == nil && digest.CanDigest(challenge) && (len(challenge.QOP) == 0 || challenge.SupportsQOP("auth")) {
			return challenge, true
		}
	}
	return nil, false
}

// credentials answers a challenge. The password is read here and kept nowhere.
func (c *conversation) credentials(req *sip.Request, code int, challenge *digest.Challenge) (sip.Header, error) {
	password := ""
	if c.probe.Account.Password != nil {
		var err error
		if password, err = c.probe.Account.Password(); err != nil {
			return nil, fail(FailAccount, "%w", err)
		}
	}
	answer, err := digest.Digest(challenge, digest.Options{
		Method: string(req.Method), URI: req.Recipient.String(), Username: c.probe.Account.Username, Password: password, Count: 1,
	})
	if err != nil {
		return nil, fail(FailAuth, "%s was challenged (%d) in no way that is known", req.Method, code)
	}
	name := "Authorization"
	if code == sip.StatusProxyAuthRequired {
		name = "Proxy-Authorization"
	}
	return sip.NewHeader(name, answer.String()), nil
}
