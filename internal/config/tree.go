package config

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Tree is a file that was read to find out what stands in it, and not what it means.
type Tree struct{ root *yaml.Node }

// ParseTree reads a file. One that is no YAML, or that Decode would refuse, yields an empty tree: Decode says what is wrong.
func ParseTree(data []byte) Tree {
	d := &document{data: data, report: &Report{}}
	root := d.parse()
	if root == nil || !d.withinBounds(root, 1) {
		return Tree{}
	}
	return Tree{root: root}
}

// Has reports whether the file has a value at a path: keys joined by dots. An element of a list is named by what it has under
// name or id.
func (t Tree) Has(path string) bool {
	n := t.root
	for _, key := range strings.Split(path, ".") {
		if n = child(n, key); n == nil {
			return false
		}
	}
	return true
}

// child is the value of a key, or the element of a list of that name.
func child(n *yaml.Node, key string) *yaml.Node {
	switch {
	case n == nil:
		return nil
	case n.Kind == yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i].Value == key {
				return n.Content[i+1]
			}
		}
	case n.Kind == yaml.SequenceNode:
		i := slices.IndexFunc(n.Content, func(item *yaml.Node) bool { return item.Kind == yaml.MappingNode && called(item, key) })
		if i >= 0 {
			return n.Content[i]
		}
	}
	return nil
}

// called reports whether an element of a list has a name.
func called(item *yaml.Node, name string) bool {
	for _, key := range []string{"name", "id"} {
		if v := child(item, key); v != nil && v.Kind == yaml.ScalarNode && v.Value == name {
			return true
		}
	}
	return false
}
