package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// Difference is a field of a report that its evidence does not bear out.
type Difference struct {
	// Path names the field as in its JSON: rto.took.hi_ns, phases[2].begun.lo.
	Path string `json:"path"`
	// Want is what the records give, Got what the report says, both as JSON; empty is "not there".
	Want string `json:"want"`
	Got  string `json:"got"`
}

// Error is the difference in one line.
func (d Difference) Error() string {
	return fmt.Sprintf("%s: the evidence gives %s, the report says %s", d.Path, orNothing(d.Want), orNothing(d.Got))
}

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

// Verify recomputes a report's JSON from the records and names every field that differs; no differences means that each byte of the report follows
// from the records. in.Drill may be empty; without in.Earlier the earlier drills that the report names are taken as they stand in it. The error is
// for a text that is no report, or records that hold no such drill. That the records are those of their log, the log's own check tells.
func Verify(text []byte, in Input) ([]Difference, error) {
	var claimed Report
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&claimed); err != nil {
		return nil, fmt.Errorf("report: this is not a %s: %w", Format, plain(err))
	}
	if in.Drill == "" {
		in.Drill = claimed.Drill
	}
	if in.Earlier == nil {
		in.Earlier = claimed.Earlier
	}
	made, err := Make(in)
	if refused := (*Refused)(nil); err != nil && !errors.As(err, &refused) {
		return nil, err
	}
	want, err := encode(made)
	if err != nil {
		return nil, err
	}
	if bytes.Equal(want, text) {
		return nil, nil
	}
	return differences(want, text)
}

func differences(want, got []byte) ([]Difference, error) {
	w, err := tree(want)
	if err != nil {
		return nil, err
	}
	g, err := tree(got)
	if err != nil {
		return nil, err
	}
	var out []Difference
	compareTrees("", w, g, &out)
	if len(out) > 0 {
		return out, nil
	}
	at := 0
	for at < len(want) && at < len(got) && want[at] == got[at] {
		at++
	}
	return []Difference{{Path: "byte " + strconv.Itoa(at), Want: "the form that the report is written in", Got: "the same values in another form"}}, nil
}

func tree(text []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, fmt.Errorf("report: %w", plain(err))
	}
	return v, nil
}

func compareTrees(path string, want, got any, out *[]Difference) {
	wantObject, ok1 := want.(map[string]any)
	gotObject, ok2 := got.(map[string]any)
	if ok1 && ok2 {
		for _, k := range keysOf(wantObject, gotObject) {
			w, inWant := wantObject[k]
			g, inGot := gotObject[k]
			name := k
			if path != "" {
				name = path + "." + k
			}
			if inWant && inGot {
				compareTrees(name, w, g, out)
				continue
			}
			*out = append(*out, Difference{Path: name, Want: shownIf(inWant, w), Got: shownIf(inGot, g)})
		}
		return
	}
	wantList, ok1 := want.([]any)
	gotList, ok2 := got.([]any)
	if !ok1 || !ok2 {
		if w, g := shownIf(true, want), shownIf(true, got); w != g {
			*out = append(*out, Difference{Path: path, Want: w, Got: g})
		}
		return
	}
	for i := range max(len(wantList), len(gotList)) {
		name := path + "[" + strconv.Itoa(i) + "]"
		if i < len(wantList) && i < len(gotList) {
			compareTrees(name, wantList[i], gotList[i], out)
			continue
		}
		d := Difference{Path: name}
		if i < len(wantList) {
			d.Want = shownIf(true, wantList[i])
		} else {
			d.Got = shownIf(true, gotList[i])
		}
		*out = append(*out, d)
	}
}

func keysOf(a, b map[string]any) []string {
	var keys []string
	for k := range a {
		keys = append(keys, k)
	}
	for k := range b {
		if _, ok := a[k]; !ok {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}

func shownIf(there bool, v any) string {
	if !there {
		return ""
	}
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(text)
}
