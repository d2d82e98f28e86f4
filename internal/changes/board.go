package changes

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// object is a JSON object.
type object = map[string]any

// board is one board.
type board struct {
	file   string
	tree   object
	panels []*panel
}

// panel is a panel of a board, with the row that it stands below.
type panel struct {
	title, row string
	id         string
	tree       object
}

// ErrNoBoard is returned for a JSON file that is something else.
var ErrNoBoard = errors.New("not a board")

// AddBoard adds a board to the set. The error wraps ErrNoBoard for JSON that is something else.
func (s *Set) AddBoard(file string, data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	b := &board{file: file}
	if err := dec.Decode(&b.tree); err != nil {
		return fmt.Errorf("%s: %w: %w", file, ErrNoBoard, err)
	}
	panels, ok := b.tree["panels"].([]any)
	if !ok {
		return fmt.Errorf("%s: %w: it has no panels", file, ErrNoBoard)
	}
	b.add(panels, "")
	key := file
	if uid := text(b.tree["uid"]); uid != "" {
		key = uid
	}
	if other, ok := s.boards[key]; ok {
		return fmt.Errorf("%s: board %q is also in %s", file, key, other.file)
	}
	s.boards[key] = b
	return nil
}

// add takes panels in the order in which they stand; those below a row belong to it.
func (b *board) add(list []any, row string) {
	for _, item := range list {
		tree, ok := item.(object)
		if !ok {
			continue
		}
		if text(tree["type"]) == "row" {
			row = text(tree["title"])
			inner, _ := tree["panels"].([]any)
			b.add(inner, row)
			continue
		}
		b.panels = append(b.panels, &panel{title: text(tree["title"]), row: row, id: text(tree["id"]), tree: tree})
	}
}

// text is a value as a short text: a text as it is, a number as it is written, anything else as JSON.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(raw)
}

// at is the value at a path of objects.
func at(v any, path ...string) any {
	for _, key := range path {
		o, _ := v.(object)
		v = o[key]
	}
	return v
}

// boards compares boards by their uid.
func (c *comparison) boards(before, after *Set) {
	for _, key := range keysOf(before.boards, after.boards) {
		was, is := before.boards[key], after.boards[key]
		switch {
		case was == nil:
			c.on(is.file, fmt.Sprintf("board %q", text(is.tree["title"])))
			c.say("board added, with %d panels", len(is.panels))
		case is == nil:
			c.on(was.file, fmt.Sprintf("board %q", text(was.tree["title"])))
			c.say("board removed, with %d panels", len(was.panels))
		default:
			c.on(is.file, fmt.Sprintf("board %q", text(is.tree["title"])))
			c.board(was, is)
		}
	}
}

// board compares two states of one board.
func (c *comparison) board(was, is *board) {
	c.words("file", was.file, is.file)
	for _, key := range []string{"title", "description", "tags", "refresh", "editable", "graphTooltip", "schemaVersion", "timezone", "links"} {
		c.value(key, was.tree[key], is.tree[key])
	}
	c.words("time shown first", times(was.tree), times(is.tree))
	c.named("variable", at(was.tree, "templating", "list"), at(is.tree, "templating", "list"))
	c.named("annotation", at(was.tree, "annotations", "list"), at(is.tree, "annotations", "list"))
	c.panels(was.panels, is.panels)
}

func times(tree object) string {
	return text(at(tree, "time", "from")) + " to " + text(at(tree, "time", "to"))
}

// value compares a value of any kind: in a line where both are short, else with both below.
func (c *comparison) value(what string, was, is any) {
	before, after := text(was), text(is)
	const short = 40
	if len(before) <= short && len(after) <= short {
		c.words(what, before, after)
		return
	}
	c.texts(what+" changed", before, after)
}

// named compares lists of things that have a name.
func (c *comparison) named(kind string, was, is any) {
	before, after := byKey(was, "name"), byKey(is, "name")
	for _, name := range keysOf(before, after) {
		what := fmt.Sprintf("%s %q", kind, name)
		switch o, n := before[name], after[name]; {
		case o == nil:
			c.say("%s added", what)
		case n == nil:
			c.say("%s removed", what)
		default:
			c.members(what, o, n, "current", "options") // what somebody chose last
		}
	}
}

// members compares two objects key by key, but for some keys.
func (c *comparison) members(what string, was, is object, but ...string) {
	for _, key := range keysOf(was, is) {
		if !slices.Contains(but, key) {
			c.value(what+": "+key, was[key], is[key])
		}
	}
}

// byKey maps the objects of a list by one of their values.
func byKey(list any, key string) map[string]object {
	found := map[string]object{}
	items, _ := list.([]any)
	for _, item := range items {
		if o, ok := item.(object); ok {
			found[text(o[key])] = o
		}
	}
	return found
}

// panels pairs the panels of two states, and says which came, went, moved and changed. A panel is the one of its title, or of its id.
func (c *comparison) panels(before, after []*panel) {
	pairs := pair(before, after)
	var order [2][]string
	for _, p := range before {
		if pairs[p] != nil {
			order[0] = append(order[0], pairs[p].title+"\x00"+pairs[p].id)
		}
	}
	paired := map[*panel]*panel{}
	for was, is := range pairs {
		paired[is] = was
	}
	for _, p := range after {
		if paired[p] != nil {
			order[1] = append(order[1], p.title+"\x00"+p.id)
		}
	}
	kept := inOrder(order[0], order[1])
	for _, p := range before {
		if pairs[p] == nil {
			c.say("panel %q removed%s", p.title, below(p.row))
		}
	}
	resized := 0
	for _, p := range after {
		was := paired[p]
		if was == nil {
			c.say("panel %q added%s", p.title, below(p.row))
			continue
		}
		if was.row != p.row {
			c.say("panel %q moved: from row %q to row %q", p.title, was.row, p.row)
		} else if !kept[p.title+"\x00"+p.id] {
			c.say("panel %q moved within row %q", p.title, p.row)
		}
		if size(was) != size(p) {
			resized++
		}
		c.panel(was, p)
	}
	if resized > 0 {
		c.say("layout: %d of the panels have another size", resized)
	}
}

func below(row string) string {
	if row == "" {
		return ""
	}
	return fmt.Sprintf(" in row %q", row)
}

func size(p *panel) string {
	return text(at(p.tree, "gridPos", "w")) + "x" + text(at(p.tree, "gridPos", "h"))
}

// pair finds each panel's later state: first by title and kind, then by title, then by id.
func pair(before, after []*panel) map[*panel]*panel {
	pairs := map[*panel]*panel{}
	taken := map[*panel]bool{}
	for _, same := range []func(a, b *panel) bool{
		func(a, b *panel) bool { return a.title == b.title && text(a.tree["type"]) == text(b.tree["type"]) },
		func(a, b *panel) bool { return a.title == b.title },
		func(a, b *panel) bool { return a.id != "" && a.id == b.id },
	} {
		for _, a := range before {
			if pairs[a] != nil {
				continue
			}
			i := slices.IndexFunc(after, func(b *panel) bool { return !taken[b] && same(a, b) })
			if i >= 0 {
				pairs[a] = after[i]
				taken[after[i]] = true
			}
		}
	}
	return pairs
}

// panel compares two states of one panel.
func (c *comparison) panel(was, is *panel) {
	what := fmt.Sprintf("panel %q: ", is.title)
	c.words(what+"title", was.title, is.title)
	for _, key := range []string{"type", "description", "datasource", "links", "transformations", "repeat", "interval", "timeFrom", "transparent"} {
		c.value(what+key, was.tree[key], is.tree[key])
	}
	c.queries(what, was.tree["targets"], is.tree["targets"])
	before, _ := at(was.tree, "fieldConfig", "defaults").(object)
	after, _ := at(is.tree, "fieldConfig", "defaults").(object)
	for _, key := range keysOf(before, after) {
		switch key {
		case "thresholds":
			c.words(what+"thresholds", thresholds(before[key]), thresholds(after[key]))
		case "custom":
			c.keys(what, before[key], after[key])
		default:
			c.value(what+key, before[key], after[key])
		}
	}
	c.value(what+"overrides", at(was.tree, "fieldConfig", "overrides"), at(is.tree, "fieldConfig", "overrides"))
	c.keys(what+"option ", was.tree["options"], is.tree["options"])
}

// keys compares two objects key by key.
func (c *comparison) keys(what string, was, is any) {
	before, _ := was.(object)
	after, _ := is.(object)
	for _, key := range keysOf(before, after) {
		c.value(what+key, before[key], after[key])
	}
}

// queries compares queries by their letter.
func (c *comparison) queries(what string, was, is any) {
	before, after := byKey(was, "refId"), byKey(is, "refId")
	for _, letter := range keysOf(before, after) {
		o, n := before[letter], after[letter]
		name := what + "query " + letter
		switch {
		case o == nil:
			c.texts(name+" added", "", text(n["expr"]))
		case n == nil:
			c.texts(name+" removed", text(o["expr"]), "")
		default:
			c.texts(name+" changed", text(o["expr"]), text(n["expr"]))
			c.members(name, o, n, "expr")
		}
	}
}

// thresholds are the steps in words: blue, amber from 0.7, crimson from 0.9; colours are as they stand.
func thresholds(v any) string {
	steps, _ := at(v, "steps").([]any)
	var words []string
	for _, s := range steps {
		from := text(at(s, "value"))
		if from == "" {
			from = "the start"
		}
		words = append(words, text(at(s, "color"))+" from "+from)
	}
	if mode := text(at(v, "mode")); mode != "" && mode != "absolute" {
		words = append(words, "in "+mode)
	}
	return strings.Join(words, ", ")
}
