package web

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/voipbin/observability/internal/gzipped"
)

// assembled is a page made of parts: those that all readers of a look share, and those of one reader and moment. Its tag is that of RFC 9110, 8.8.3:
// it differs where anything on the page does.
type assembled struct {
	parts []gzipped.Part
	sum   hash.Hash
}

// newAssembled is an empty page about what is chosen of a look.
func newAssembled(l *look, ch choice) *assembled {
	a := &assembled{sum: sha256.New()}
	fmt.Fprintf(a.sum, "%s %+v", l.id, ch)
	return a
}

// own adds what is one reader's, or of this moment.
func (a *assembled) own(text []byte) {
	fmt.Fprintf(a.sum, " own %d ", len(text))
	a.sum.Write(text)
	a.parts = append(a.parts, gzipped.Plain(text))
}

// shared adds a part of a view, which its look, what is chosen of it and its place tell from all others.
func (a *assembled) shared(v *view, s stretch, texts func() ([][]byte, error)) error {
	name := ""
	if s.first != nil {
		name = s.first.Name
	}
	fmt.Fprintf(a.sum, " shared %q %q %q %d", s.kind, s.group, name, s.lines)
	p, err := v.part(s, texts)
	a.parts = append(a.parts, p)
	return err
}

// form adds the form by which readers choose, which is the same for all who chose the same.
func (s *site) form(a *assembled, p *objectivesPage, v *view) error {
	choices := strings.Join(slices.Concat(p.Owners, []string{"\n"}, p.Tiers), "\n")
	return a.shared(v, stretch{kind: "form of " + p.Choice.Group, group: choices}, func() ([][]byte, error) {
		text, err := s.piece("objectivesform", struct {
			Owners, Tiers []string
			Choice        choice
			Columns       []column
		}{p.Owners, p.Tiers, p.Choice, columns()})
		return [][]byte{text}, err
	})
}

// rows adds the page's table: heads are written once a group, and lines as they were rendered.
func (s *site) rows(a *assembled, p *objectivesPage, v *view, lines []*drawn) error {
	ch := p.Choice
	groups := ch.groups(lines)
	if len(groups) == 0 {
		return s.ownPiece(a, "objectivesnone", p.Nobody)
	}
	for _, g := range groups {
		err := a.shared(v, stretch{kind: ch.Group, group: g.Name}, func() ([][]byte, error) {
			head, err := s.piece("objectiveshead", struct {
				Name  string
				Heads []head
			}{g.Name, ch.heads()})
			return [][]byte{head}, err
		})
		if err != nil {
			return err
		}
		if err := a.lines(v, stretch{kind: ch.Group, group: g.Name}, g.drawn); err != nil {
			return err
		}
		if err := s.ownPiece(a, "objectivesfoot", nil); err != nil {
			return err
		}
	}
	return nil
}

// lines adds lines of a group: those of recovery by themselves, and the others as far as they follow each other.
func (a *assembled) lines(v *view, in stretch, lines []*drawn) error {
	for len(lines) > 0 {
		n := 0
		for n < len(lines) && lines[n].kept {
			n++
		}
		if n == 0 {
			a.own(lines[0].html)
			lines = lines[1:]
			continue
		}
		in.first, in.lines = lines[0], n
		err := a.shared(v, in, func() ([][]byte, error) {
			var texts [][]byte
			for _, l := range lines[:n] {
				texts = append(texts, l.html)
			}
			return texts, nil
		})
		if err != nil {
			return err
		}
		lines = lines[n:]
	}
	return nil
}

// ownPiece renders a piece that is not shared.
func (s *site) ownPiece(a *assembled, name string, data any) error {
	text, err := s.piece(name, data)
	a.own(text)
	return err
}

// send answers with the page, compressed for who takes that, or says that who asks has it. An error of writing means that the reader went away.
func (a *assembled) send(c *gin.Context, status int) {
	packed := gzipped.Accepted(c.Request.Header)
	tag := hex.EncodeToString(a.sum.Sum(nil)[:16])
	if packed {
		tag += "-gzip"
	}
	tag = strconv.Quote(tag)
	c.Header("Content-Type", "text/html; charset=utf-8")
	c.Header("Vary", "Accept-Encoding")
	if status == http.StatusOK {
		c.Header("ETag", tag)
		if has(c.Request.Header, tag) {
			c.Status(http.StatusNotModified)
			return
		}
	}
	if packed {
		c.Header("Content-Encoding", "gzip")
		c.Header("Content-Length", strconv.Itoa(gzipped.Size(a.parts)))
		c.Status(status)
		_ = gzipped.Write(c.Writer, a.parts)
		return
	}
	c.Header("Content-Length", strconv.Itoa(gzipped.PlainSize(a.parts)))
	c.Status(status)
	// A thousand lines are many small writes.
	w := bufio.NewWriterSize(c.Writer, pieces)
	_ = gzipped.WritePlain(w, a.parts)
	_ = w.Flush()
}

// pieces is how much of a long page is written at a time.
const pieces = 64 << 10

// has tells whether who asks has what a tag names: If-None-Match of RFC 9110, 13.1.2.
func has(h http.Header, tag string) bool {
	for have := range strings.SplitSeq(strings.Join(h.Values("If-None-Match"), ","), ",") {
		if have = strings.TrimSpace(have); have == "*" || strings.TrimPrefix(have, "W/") == tag {
			return true
		}
	}
	return false
}
