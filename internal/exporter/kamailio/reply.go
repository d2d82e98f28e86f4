package kamailio

import (
	"math"
	"strconv"
	"strings"
)

// reply is one value of an answer, whichever transport brought it. BINRPC and JSON-RPC shape the same answer differently:
// a list of named things is a struct with a repeated key over BINRPC and an array of one-key objects over JSON-RPC
// (dispatcher.list: RECORDS, SET, TARGETS, DEST); several records at the top are several records or an array. The
// methods below hide that.
type reply struct {
	text    string // a scalar, as text
	scalar  bool
	members []replyMember
	items   []reply
}

// replyMember is a named value of a struct; names may repeat.
type replyMember struct {
	name  string
	value reply
}

// list returns the things that an answer lists. One record alone comes over BINRPC without a list around it.
func (r reply) list() []reply {
	if r.items == nil && r.members != nil {
		return []reply{r}
	}
	return r.items
}

// entries returns the things in a member that is a list, which BINRPC writes as a struct of values without a name.
func (r reply) entries() []reply {
	if r.items != nil {
		return r.items
	}
	entries := make([]reply, len(r.members))
	for i, m := range r.members {
		entries[i] = m.value
	}
	return entries
}

// field returns the first member of that name.
func (r reply) field(name string) (reply, bool) {
	for _, m := range r.members {
		if m.name == name {
			return m.value, true
		}
	}
	return reply{}, false
}

// each calls f for every member of that name, of the struct itself or of the structs in the list.
func (r reply) each(name string, f func(reply)) {
	for _, m := range r.members {
		if m.name == name {
			f(m.value)
		}
	}
	for _, item := range r.items {
		item.each(name, f)
	}
}

// str returns the text of a member, or "" where it is missing or not a scalar.
func (r reply) str(name string) string {
	v, _ := r.field(name)
	return v.text
}

// number returns the value of a member that is a number, or a text that holds one.
func (r reply) number(name string) (float64, bool) {
	v, ok := r.field(name)
	if !ok {
		return 0, false
	}
	return v.value()
}

// value returns a scalar that is a number, or a text that holds one. Not a number and infinity are none.
func (r reply) value() (float64, bool) {
	if !r.scalar {
		return 0, false
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(r.text), 64)
	return n, err == nil && !math.IsNaN(n) && !math.IsInf(n, 0)
}
