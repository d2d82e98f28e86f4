package written

import "testing"

func TestText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		query any
		want  string
	}{
		{"label_values(up, job)", "label_values(up, job)"}, {map[string]any{"query": "up", "refId": "A"}, "up"}, {map[string]any{"query": 1.0}, ""}, {nil, ""}, {[]any{"up"}, ""},
	} {
		if got := (Variable{Query: c.query}).Text(); got != c.want {
			t.Errorf("%v: want %q, got %q", c.query, c.want, got)
		}
	}
}
