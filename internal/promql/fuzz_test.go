package promql

import "testing"

// FuzzCheck feeds the checker what people might type: it must not panic, and every problem must lie within the text.
func FuzzCheck(f *testing.F) {
	for _, seed := range []string{
		`sum by (method) (rate(kamailio_requests_received_by_method_total{instance=~"$instance"}[$__rate_interval]))`,
		`histogram_quantile(0.9, sum by (le) (rate(setup_seconds_bucket{le="0.3"}[5m])))`,
		`kamailio_up == 1 unless on (instance) {__name__="up"} offset 5m`,
		`label_replace(a, "b", "$1", "c", "(.*)") or -sum without (x, y) (up[1h:5m] @ end())`,
		`a * on (b) group_left (c) d{e!~"f|", g='h\'i', "j.k"="l"}`,
		`count_values("x", up) > bool scalar(vector(time())) # comment`,
		`${a:b} $ ${ $__range "`, "sum(\n\tup\n)", `absent({})`, `{"kamailio_up", x="y"}`, `rate(up[5m] anchored)`, `é{ü="\xff"}`,
	} {
		f.Add(seed)
	}
	c := testChecker()
	f.Fuzz(func(t *testing.T, text string) {
		for _, p := range c.Check(text) {
			if p.Start < 0 || p.End < p.Start || p.End > len(text) {
				t.Errorf("problem outside of %q: %+v", text, p)
			}
		}
		formatted, err := Format(text)
		if err != nil {
			return
		}
		if again, err := Format(formatted); err != nil || again != formatted {
			t.Errorf("%q is formatted as %q, and that as %q (%v)", text, formatted, again, err)
		}
		c.Labels(text)
	})
}
