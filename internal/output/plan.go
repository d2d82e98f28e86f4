package output

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Change is one difference between the tree and what was generated.
type Change struct {
	Path string
	// Old is what the tree has, New what it should have; nil means no file.
	Old, New []byte
	// Refused says why the change may not be made and what to do, or is empty.
	Refused string
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
	oldText, _, err := t.read(ManifestName)
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
		if wanted[f.Path] != nil {
			return nil, fmt.Errorf("%q is generated twice", f.Path)
		}
		wanted[f.Path] = []digest{digestOf(f.Data)}
		if err := plan.want(f, owned); err != nil {
			return nil, err
		}
	}
	if err := plan.dropOrphans(owned, wanted); err != nil {
		return nil, err
	}
	slices.SortFunc(plan.changes, func(a, b Change) int { return cmp.Compare(a.Path, b.Path) })
	plan.journal = owned.union(wanted)
	if newText := wanted.bytes(); string(newText) != string(oldText) {
		plan.changes = append(plan.changes, Change{Path: ManifestName, Old: oldText, New: newText})
	}
	return plan, nil
}

// want notes what has to change so that the tree holds a file.
func (p *Plan) want(f File, owned manifest) error {
	old, exists, err := p.tree.read(f.Path)
	if err != nil {
		return err
	}
	c := Change{Path: f.Path, Old: old, New: notNil(f.Data)}
	switch {
	case !exists:
	case string(old) == string(f.Data):
		return nil
	case owned.owns(f.Path, old):
	case owned[f.Path] != nil:
		c.Refused = "was changed since it was generated: make the change where it is generated from, then delete the file and generate again"
	default:
		c.Refused = "is in the way and was not generated: move it elsewhere"
	}
	c.Old = old
	p.changes = append(p.changes, c)
	return nil
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
		c := Change{Path: name, Old: notNil(old)}
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
