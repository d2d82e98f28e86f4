package output

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Change is one difference between the tree and what was generated. Contents are read when they are wanted.
type Change struct {
	Path string
	// Refused says why the change may not be made and what to do, or is empty.
	Refused string

	tree   *Tree
	oldSum digest   // of what the tree has
	made   *content // what it should have; nil for no file
}

// Adds reports whether the tree has no such file.
func (c Change) Adds() bool { return c.oldSum == digest{} }

// Deletes reports whether the tree should have no such file.
func (c Change) Deletes() bool { return c.made == nil }

// Old returns what the tree has; nil means no file. A file that was changed since it was compared is an error.
func (c Change) Old() ([]byte, error) {
	if c.Adds() {
		return nil, nil
	}
	data, exists, err := c.tree.read(c.Path)
	if err != nil {
		return nil, err
	}
	if !exists || digestOf(data) != c.oldSum {
		return nil, fmt.Errorf("%s was changed by somebody else just now: generate again", c.Path)
	}
	return notNil(data), nil
}

// New returns what the tree should have; nil means no file.
func (c Change) New() ([]byte, error) {
	if c.Deletes() {
		return nil, nil
	}
	return c.made.bytes()
}

// Plan is what has to change in a tree.
type Plan struct {
	tree    *Tree
	changes []Change // by path; the manifest last
	journal manifest // owns both the old and the new contents
}

// Changes returns every difference, sorted by path, the manifest's own last.
func (p *Plan) Changes() []Change { return p.changes }

// Refusals returns, joined, why changes may not be made, or nil.
func (p *Plan) Refusals() error {
	var errs []error
	for _, c := range p.changes {
		if c.Refused != "" {
			errs = append(errs, fmt.Errorf("%s: %s", c.Path, c.Refused))
		}
	}
	return errors.Join(errs...)
}

// Compare returns what has to change so that the tree holds exactly the files, beside what is not its own.
func (t *Tree) Compare(files []File) (*Plan, error) {
	oldText, listed, err := t.read(ManifestName)
	if err != nil {
		return nil, err
	}
	owned, err := parseManifest(oldText)
	if err != nil {
		return nil, err
	}
	wanted := make(manifest, len(files))
	plan := &Plan{tree: t}
	for _, f := range files {
		if err := checkPath(f.Path); err != nil {
			return nil, err
		}
		if _, twice := wanted[f.Path]; twice {
			return nil, fmt.Errorf("%q is generated twice", f.Path)
		}
		wanted[f.Path] = nil
	}
	found, err := t.compareAll(files, owned)
	if err != nil {
		return nil, err
	}
	for i, f := range files {
		wanted[f.Path] = []digest{found[i].sum}
		if found[i].change != nil {
			plan.changes = append(plan.changes, *found[i].change)
		}
	}
	if err := plan.dropOrphans(owned, wanted); err != nil {
		return nil, err
	}
	slices.SortFunc(plan.changes, func(a, b Change) int { return cmp.Compare(a.Path, b.Path) })
	plan.journal = owned.union(wanted)
	if newText := wanted.bytes(); string(newText) != string(oldText) {
		made, err := t.spool.put(newText, digestOf(newText))
		if err != nil {
			return nil, err
		}
		list := Change{Path: ManifestName, tree: t, made: made}
		if listed {
			list.oldSum = digestOf(oldText)
		}
		plan.changes = append(plan.changes, list)
	}
	return plan, nil
}

// dropOrphans notes the files of our own that are no longer generated.
func (p *Plan) dropOrphans(owned, wanted manifest) error {
	for _, name := range slices.Sorted(maps.Keys(owned)) {
		if wanted[name] != nil {
			continue
		}
		old, exists, err := p.tree.read(name)
		if err != nil {
			return err
		}
		if !exists {
			continue
		}
		c := Change{Path: name, tree: p.tree, oldSum: digestOf(old)}
		if !owned.owns(name, old) {
			c.Refused = "is no longer generated, but was changed since it was: delete it, or move it elsewhere"
		}
		p.changes = append(p.changes, c)
	}
	return nil
}

// notNil makes an empty content differ from no file.
func notNil(data []byte) []byte {
	if data == nil {
		return []byte{}
	}
	return data
}
