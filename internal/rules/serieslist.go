package rules

import (
	"cmp"
	"slices"
	"sync"
)

// seriesList gathers what objectives record, each series once: that of the first objective that has it. Objectives may be added
// by several goroutines, in any order.
type seriesList struct {
	before []Record // of whom the objectives are not

	mu    sync.Mutex
	first map[string]firstRecord
}

// firstRecord is a record with the objective that it is of, and its number among those.
type firstRecord struct {
	objective, number int
	Record
}

func newSeriesList(before []Record) *seriesList {
	return &seriesList{before: before, first: make(map[string]firstRecord)}
}

// add adds the records of an objective.
func (r *seriesList) add(objective int, records []Record) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, have := range records {
		if first, ok := r.first[have.Name]; !ok || objective < first.objective {
			r.first[have.Name] = firstRecord{objective, i, have}
		}
	}
}

// all returns all records, those of objectives in the order of these.
func (r *seriesList) all() []Record {
	all := slices.Clone(r.before)
	for _, have := range r.before {
		delete(r.first, have.Name)
	}
	inOrder := make([]firstRecord, 0, len(r.first))
	for _, f := range r.first {
		inOrder = append(inOrder, f)
	}
	slices.SortFunc(inOrder, func(a, b firstRecord) int {
		return cmp.Or(cmp.Compare(a.objective, b.objective), cmp.Compare(a.number, b.number))
	})
	for _, f := range inOrder {
		all = append(all, f.Record)
	}
	return all
}
