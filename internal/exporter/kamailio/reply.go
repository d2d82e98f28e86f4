package kamailio

import (
	"math"
	"strconv"
	"strings"

	"github.com/voipbin/observability/internal/protocol/binrpc"
)

// reply is one value of an answer, whichever transport brought it: as BINRPC has it, which what came over JSON-RPC is turned into.
// Both shape the same answer differently: a list of named things is a struct with a repeated key over BINRPC and an array of one-key
// objects over JSON-RPC (dispatcher.list: RECORDS, SET, TARGETS, DEST); several records at the top are several records or an
// array. The methods below hide that. A text is cut out of the whole answer, and keeps it in memory while it lives.
type reply struct{ raw binrpc.Value }

// unset is what the ctl module writes for a text that is not set; over JSON-RPC it is null.
const unset = "<null string>"

// text returns a scalar as text, or "" where it is not set or no scalar. Integers are read as signed: none of the fields in use
// outgrows 31 bits.
func (r reply) text() string {
	switch r.raw.Kind() {
	case binrpc.Int:
		return strconv.FormatInt(r.raw.Int(), 10)
	case binrpc.Double:
		return strconv.FormatFloat(r.raw.Float(), 'f', -1, 64)
	}
	if r.raw.Text() == unset {
		return ""
	}
	return r.raw.Text()
}

// items returns the values of an array, or nil of what is none.
func (r reply) items() []binrpc.Member {
	if r.raw.Kind() != binrpc.Array {
		return nil
	}
	return r.raw.Members()
}

// members returns those of a struct, or nil of what is none. Names may repeat.
func (r reply) members() []binrpc.Member {
	if r.raw.Kind() != binrpc.Struct {
		return nil
	}
	return r.raw.Members()
}

// list returns the things that an answer lists. One record alone comes over BINRPC without a list around it.
func (r reply) list() []reply {
	if r.raw.Kind() == binrpc.Struct {
		return []reply{r}
	}
	return r.entries()
}

// entries returns the things in a member that is a list, which BINRPC writes as a struct of values without a name.
func (r reply) entries() []reply {
	entries := make([]reply, len(r.raw.Members()))
	for i, m := range r.raw.Members() {
		entries[i] = reply{m.Value}
	}
	return entries
}

// field returns the first member of that name.
func (r reply) field(name string) (reply, bool) {
	for _, m := range r.members() {
		if m.Name == name {
			return reply{m.Value}, true
		}
	}
	return reply{}, false
}

// each calls f for every member of that name, of the struct itself or of the structs in the list.
func (r reply) each(name string, f func(reply)) {
	for _, m := range r.members() {
		if m.Name == name {
			f(reply{m.Value})
		}
	}
	for _, item := range r.items() {
		reply{item.Value}.each(name, f)
	}
}

// str returns the text of a member, or "" where it is missing or not a scalar.
func (r reply) str(name string) string {
	v, _ := r.field(name)
	return v.text()
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
	if k := r.raw.Kind(); k == binrpc.Int || k == binrpc.Double {
		return r.raw.Float(), true
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(r.raw.Text()), 64) // a list has no text, which is no number
	return n, err == nil && !math.IsNaN(n) && !math.IsInf(n, 0)
}
