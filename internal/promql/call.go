package promql

import (
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// call judges a function's arguments by what the function is for.
func (r *run) call(e *parser.Call) vector {
	var v vector
	var of parser.Expr // the vector argument
	v.kind = scalar
	for _, arg := range e.Args {
		got := r.expr(arg)
		if arg.Type() == parser.ValueTypeVector || arg.Type() == parser.ValueTypeMatrix {
			v, of = got, arg
		}
	}
	if of == nil {
		return r.scalarCall(e)
	}
	switch e.Func.Name {
	case "rate", "increase", "irate", "resets":
		return r.counterCall(e, v)
	case "delta", "idelta", "deriv", "predict_linear", "double_exponential_smoothing":
		return r.gaugeCall(e, v)
	case "histogram_quantile", "histogram_fraction", "histogram_quantiles":
		return r.bucketCall(e, v)
	case "histogram_avg", "histogram_count", "histogram_sum", "histogram_stddev", "histogram_stdvar":
		if !v.native && v.kind != unknown {
			r.report(e.PositionRange(), "give it the histogram itself, without _bucket, _sum or _count",
				"%s() takes native histograms, which %s is not", e.Func.Name, v.describe())
		}
		v.native = false
		return v.as(level)
	case "label_replace", "label_join":
		return r.labelCall(e, v)
	case "absent", "absent_over_time":
		return absentVector(of)
	case "last_over_time", "first_over_time", "sort", "sort_desc", "sort_by_label", "sort_by_label_desc":
		return v
	case "count_over_time", "present_over_time", "changes", "timestamp":
		return v.as(level)
	case "scalar":
		return vector{kind: scalar}
	case "info":
		v.open = true
		return v
	}
	r.levelUse(v, of)
	return v.as(level)
}

// scalarCall is the result of a function that takes no vector.
func (r *run) scalarCall(e *parser.Call) vector {
	if e.Func.ReturnType == parser.ValueTypeVector {
		return vector{kind: level, labels: map[string]label{}}
	}
	return vector{kind: scalar}
}

// counterCall judges a function that makes sense for one cumulative series only.
func (r *run) counterCall(e *parser.Call, v vector) vector {
	at := e.PositionRange()
	switch v.kind {
	case level:
		hint := "it goes up and down: use delta(), deriv() or avg_over_time()"
		if _, recorded := r.records[v.family]; recorded {
			hint = "it is recorded, not a counter: read it as it is, or add it up with sum_over_time()"
		}
		r.report(at, hint, "%s() of %s, which is not a counter", e.Func.Name, v.describe())
	case counterSum:
		r.report(at, "take the rate first and add up then", "%s() of a sum of counters: the reset of one looks like a rise of all", e.Func.Name)
	}
	return v.as(level)
}

// gaugeCall judges a function that makes no sense for a counter, which falls to zero at a restart.
func (r *run) gaugeCall(e *parser.Call, v vector) vector {
	if v.kind == counter || v.kind == counterSum {
		r.report(e.PositionRange(), "use rate() or increase()", "%s() of counter %s, which falls to zero at a restart", e.Func.Name, v.describe())
	}
	return v.as(level)
}

// bucketCall judges a function that reads the buckets of a histogram, classic or native.
func (r *run) bucketCall(e *parser.Call, v vector) vector {
	if !v.native && !v.has("le") && v.kind != unknown {
		r.report(e.PositionRange(), "group by (le) as well, or give it a native histogram",
			"%s() needs the label le, which %s does not have", e.Func.Name, v.describe())
	}
	r.levelUse(v, e)
	v.native = false
	return v.drop("le").as(level)
}

// labelCall follows label_replace and label_join, whose first string argument is the label that they set.
func (r *run) labelCall(e *parser.Call, v vector) vector {
	sources := e.Args[3:]
	if e.Func.Name == "label_replace" {
		sources = e.Args[3:4]
	}
	for _, s := range sources {
		if name := stringArg(s); name != "" && !v.has(name) {
			r.unknownLabel(s.PositionRange(), name, v)
		}
	}
	return v.with(stringArg(e.Args[1]), label{})
}

// absentVector has the labels that absent() can know: those that an equality matcher names.
func absentVector(e parser.Expr) vector {
	v := vector{kind: level, labels: map[string]label{}}
	if m, ok := e.(*parser.MatrixSelector); ok {
		e = m.VectorSelector
	}
	s, ok := e.(*parser.VectorSelector)
	if !ok {
		return v
	}
	_, matchers := selectorName(s)
	for _, m := range matchers {
		if m.Type == labels.MatchEqual && m.Value != "" {
			v.labels[m.Name] = label{pinned: true}
		}
	}
	return v
}
