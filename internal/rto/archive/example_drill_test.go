package archive_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/voipbin/observability/internal/rto"
	"github.com/voipbin/observability/internal/rto/archive"
	"github.com/voipbin/observability/internal/rto/report"
)

// exampleDrill is the report of a drill on real daemons that the documents show, without its ending, beside its evidence.
const exampleDrill = "../../../docs/examples/recovery-drill"

// TestTheExampleDrill makes the report that the documents show anew from the evidence beside it, in each format, and verifies it. UPDATE=1 writes it,
// after a change of what a report says; "make drill" makes another drill.
func TestTheExampleDrill(t *testing.T) {
	t.Parallel()
	bundle, err := os.ReadFile(exampleDrill + ".evidence")
	if err != nil {
		t.Fatal(err)
	}
	records, err := archive.Bundled(bytes.NewReader(bundle))
	if err != nil {
		t.Fatal(err)
	}
	r, err := report.Make(report.Input{Records: records})
	if err != nil {
		t.Fatal(err)
	}
	for ending, write := range map[string]func(io.Writer, report.Report) error{".json": report.JSON, ".html": report.HTML, ".md": report.Markdown} {
		var made bytes.Buffer
		if err := write(&made, r); err != nil {
			t.Fatal(err)
		}
		if os.Getenv("UPDATE") != "" {
			if err := os.WriteFile(exampleDrill+ending, made.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if shown, err := os.ReadFile(exampleDrill + ending); err != nil || !bytes.Equal(shown, made.Bytes()) {
			t.Errorf("%s%s is not what its evidence says: %v", filepath.Base(exampleDrill), ending, err)
		}
	}
	if r.RTO.Verdict != rto.Pass || r.RPO.Verdict != rto.Pass || !r.RPO.Exact || r.RPO.Canary == nil || len(r.RPO.Tables) == 0 {
		t.Errorf("the example shows %s and %s, exact %v, canary %+v, tables %+v", r.RTO.Verdict, r.RPO.Verdict, r.RPO.Exact, r.RPO.Canary, r.RPO.Tables)
	}
	text, err := os.ReadFile(exampleDrill + ".json")
	if err != nil {
		t.Fatal(err)
	}
	if differences, err := archive.VerifyBundle(text, bytes.NewReader(bundle)); err != nil || len(differences) != 0 {
		t.Errorf("%v, %v", differences, err)
	}
	bundle[len(bundle)/2] ^= 1
	if differences, err := archive.VerifyBundle(text, bytes.NewReader(bundle)); err == nil {
		t.Errorf("one bit of the evidence is changed, and the report is verified: %v", differences)
	}
}
