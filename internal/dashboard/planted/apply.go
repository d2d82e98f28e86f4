package planted

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Apply returns a board with the mistake in it. The error is for a path that the board does not have.
func (m Mistake) Apply(board []byte) ([]byte, error) {
	var tree any
	if err := json.Unmarshal(board, &tree); err != nil {
		return nil, err
	}
	steps := strings.Split(m.Path, ".")
	last := steps[len(steps)-1]
	node := tree
	for _, step := range steps[:len(steps)-1] {
		var ok bool
		if node, ok = child(node, step); !ok {
			return nil, fmt.Errorf("mistake %q: no %q in %s", m.Name, step, m.Path)
		}
	}
	before, _ := json.Marshal(tree) // it was decoded just now
	switch node := node.(type) {
	case map[string]any:
		if m.Value == nil {
			delete(node, last)
		} else {
			node[last] = m.Value
		}
	case []any:
		i, err := strconv.Atoi(last)
		if err != nil || i < 0 || i >= len(node) {
			return nil, fmt.Errorf("mistake %q: no %q in %s", m.Name, last, m.Path)
		}
		node[i] = m.Value
	default:
		return nil, fmt.Errorf("mistake %q: nothing can be set at %s", m.Name, m.Path)
	}
	after, err := json.Marshal(tree)
	if err == nil && string(after) == string(before) {
		err = fmt.Errorf("mistake %q changes nothing", m.Name)
	}
	return after, err
}

// child is what stands below a key or a number.
func child(node any, step string) (any, bool) {
	switch node := node.(type) {
	case map[string]any:
		v, ok := node[step]
		return v, ok
	case []any:
		i, err := strconv.Atoi(step)
		if err != nil || i < 0 || i >= len(node) {
			return nil, false
		}
		return node[i], true
	}
	return nil, false
}
