package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/alecthomas/kingpin/v2"

	budgetreport "github.com/voipbin/observability/internal/budget/report"
	"github.com/voipbin/observability/internal/evidence"
)

// report is the report of a period, from a tracker that runs or from its data.
func (cl *client) report(parent *kingpin.CmdClause) command {
	var period, format, output, data string
	clause := parent.Command("report", "What was met in a month, quarter or week, what was spent of each budget, and on what.")
	clause.Flag("period", "2026-10, 2026-Q4 or 2026-W40.").Required().StringVar(&period)
	clause.Flag("format", "html, md or json.").Default("html").EnumVar(&format, slices.Sorted(maps.Keys(budgetreport.Formats()))...)
	clause.Flag("output", "File to write; standard output without it.").Short('o').StringVar(&output)
	clause.Flag("data", "Data folder of a tracker, in place of one that runs.").StringVar(&data)
	return command{clause, func(ctx context.Context, w world) error {
		p, err := budgetreport.Parse(period)
		if err != nil {
			return err
		}
		text, err := cl.periodReport(ctx, p, format, data)
		if err != nil {
			return err
		}
		if output == "" {
			_, err = w.stdout.Write(text)
			return err
		}
		return writeWhole(output, text)
	}}
}

func (cl *client) periodReport(ctx context.Context, p budgetreport.Period, format, data string) ([]byte, error) {
	if data == "" {
		var text []byte
		err := cl.first(func(u string) (err error) {
			text, err = cl.answer(ctx, http.MethodGet, u+"/api/v1/reports/"+url.PathEscape(p.Name)+"?format="+format, nil, clientTimeout)
			return err
		})
		return text, err
	}
	l := budgetreport.NewLedger(evidence.Dir(objectivesDir(data)), nil)
	for r, err := range evidence.Dir(objectivesDir(data)).Read(0) {
		if err == nil {
			err = l.Restore(r.Kind, r.Body)
		}
		if err != nil {
			return nil, err
		}
	}
	m, err := l.Report(p)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = budgetreport.Write(&b, m, format)
	return b.Bytes(), err
}

// verifyPeriods makes every closed report again from the days before it.
func verifyPeriods(w world, dir string) error {
	n, differ, err := budgetreport.Verify(evidence.Dir(dir))
	if err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	for _, p := range differ {
		fmt.Fprintf(w.stderr, "%s: the closed report of %s does not follow from the records before it\n", dir, p)
	}
	if len(differ) > 0 {
		return errReported
	}
	fmt.Fprintf(w.stdout, "%s: %d closed reports follow from the days\n", dir, n)
	return nil
}
