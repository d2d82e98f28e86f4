package archive

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/voipbin/observability/internal/evidence"
	"github.com/voipbin/observability/internal/rto/report"
)

// Verify recomputes a report from the logs and names what differs. It takes the very records that the report names, and fails if the logs do not
// have them, or if a log's own chain is broken.
func Verify(text []byte, dirs ...string) ([]report.Difference, error) {
	var claimed report.Report
	if err := json.Unmarshal(text, &claimed); err != nil {
		return nil, fmt.Errorf("this is no report in JSON: %w", err)
	}
	var records []report.Record
	for r, err := range merged(Since(claimed.Drill), dirs) {
		if err != nil {
			return nil, err
		}
		for _, c := range claimed.Evidence.Chains {
			if c.Vantage == r.Source && r.Seq >= c.First && r.Seq <= c.Last {
				records = append(records, RecordOf(r.Record, r.Source))
			}
		}
	}
	return report.Verify(text, report.Input{Drill: claimed.Drill, Records: records})
}

// VerifyBundle is Verify with a bundle of evidence in place of logs.
func VerifyBundle(text []byte, bundle io.Reader) ([]report.Difference, error) {
	records, err := Bundled(bundle)
	if err != nil {
		return nil, err
	}
	return report.Verify(text, report.Input{Records: records})
}

// Bundled are the records of a bundle, in the order in which a report reads them. It fails if a byte of the bundle is not as it was signed.
func Bundled(bundle io.Reader) ([]report.Record, error) {
	slices, err := evidence.ReadBundle(bundle)
	if err != nil {
		return nil, err
	}
	sources := make([]evidence.Source, len(slices))
	for i, s := range slices {
		sources[i] = s.Source(vantageOf)
	}
	var records []report.Record
	for r, err := range evidence.Merge(sources...) {
		if err != nil {
			return nil, err
		}
		records = append(records, RecordOf(r.Record, r.Source))
	}
	return records, nil
}
