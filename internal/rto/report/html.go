package report

import (
	"bytes"
	_ "embed" // the page and its style
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/standalone"
)

//go:embed page.gohtml
var pageTemplate string

//go:embed page.css
var pageStyle string

// page is what the template draws.
type page struct {
	Report
	Sections  []section
	Waterfall []waterfall
	Exposure  []exposureChart
	Gaps      []StoreLine
	Notes     []Reason
	Sentence  string
}

// HTML writes the report as one page that needs nothing else: no script, no font, no address. The same report gives the same bytes.
func HTML(w io.Writer, r Report) error {
	t, err := template.New("page").Funcs(template.FuncMap{
		"head":  func(title string) template.HTML { return standalone.Head(title, pageStyle) },
		"clean": clean, "bracket": showBracket, "span": span, "limit": limit, "lost": lostTransactions, "moment": showMoment, "day": showDay, "verdictClass": verdictClass,
		"fields": strings.Fields, "sub": func(a, b px) px { return a - b }, "add": func(a, b px) px { return a + b },
	}).Parse(pageTemplate)
	if err != nil {
		return fmt.Errorf("report: page: %w", err)
	}
	p := page{Report: r, Sections: document(r), Gaps: gaps(r), Notes: weighed(r), Sentence: sentence(r)}
	for _, width := range []px{wideChart, narrowChart} {
		p.Waterfall, p.Exposure = append(p.Waterfall, drawWaterfall(r, width)), append(p.Exposure, drawExposure(r, width))
	}
	var b bytes.Buffer
	if err := t.Execute(&b, p); err != nil {
		return fmt.Errorf("report of drill %s: page: %w", r.Drill, err)
	}
	_, err = w.Write(b.Bytes())
	return err
}

func verdictClass(v string) string {
	switch rto.Verdict(v) {
	case rto.Pass:
		return "pass"
	case rto.Fail:
		return "fail"
	default:
		return "open"
	}
}

func gaps(r Report) []StoreLine {
	var out []StoreLine
	for _, s := range r.Stores {
		if s.Gap {
			out = append(out, s)
		}
	}
	return out
}

// weighed are the reasons, the weightiest first.
func weighed(r Report) []Reason {
	var out []Reason
	for _, level := range []Level{Refusal, Doubt, Limit} {
		for _, reason := range r.Reasons {
			if reason.Level == level {
				out = append(out, reason)
			}
		}
	}
	return out
}

// sentence is the verdict in words.
func sentence(r Report) string {
	switch {
	case r.Refused:
		return "No verdict: the evidence contradicts itself or is incomplete. The numbers below are what it would say."
	case r.Verdict == rto.Pass:
		return "Both objectives were met, by the longer edge of what was measured."
	case r.Verdict == rto.Fail:
		var missed []string
		if r.RTO.Verdict == rto.Fail {
			missed = append(missed, "the recovery time")
		}
		if r.RPO.Verdict == rto.Fail {
			missed = append(missed, "the data loss")
		}
		return "Not met, even by the shorter edge of what was measured: " + strings.Join(missed, " and ") + "."
	default:
		return "The evidence proves neither that the objectives were met nor that they were missed."
	}
}
