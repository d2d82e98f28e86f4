package rto_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/voipbin/observability/internal/rto"
)

// TestLedgerStateAnswersAlike writes and reads a ledger at each step of a history that also goes backwards.
func TestLedgerStateAnswersAlike(t *testing.T) {
	t.Parallel()
	const uuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562"
	var l rto.Ledger
	numbers := []int{5, 5, 9, 12, 3, 20}
	for i, n := range numbers {
		at := rto.Instant(int64(i+1) * 1e9)
		l.Observe(rto.SourceSample{Send: at, Recv: at + 1e6, Outcome: rto.OK, At: position(t, fmt.Sprintf("%s:1-%d", uuid, n))})
		if i == 4 {
			l.Fence(at)
		}
		text, err := json.Marshal(&l)
		if err != nil {
			t.Fatal(err)
		}
		var again rto.Ledger
		if err := json.Unmarshal(text, &again); err != nil {
			t.Fatal(err)
		}
		if again.Len() != l.Len() || again.Backwards() != l.Backwards() {
			t.Fatalf("step %d: %s", i, text)
		}
		fence, fenced := l.Fenced()
		if f, ok := again.Fenced(); f != fence || ok != fenced {
			t.Errorf("step %d: fence %v %v", i, f, ok)
		}
		for q := range 25 {
			p := position(t, fmt.Sprintf("%s:1-%d", uuid, q+1))
			c1, ok1 := l.Complete(p)
			c2, ok2 := again.Complete(p)
			m1, ok3 := l.Missing(p)
			m2, ok4 := again.Missing(p)
			if c1 != c2 || ok1 != ok2 || m1 != m2 || ok3 != ok4 {
				t.Errorf("step %d, position %d: the ledger that was read answers otherwise", i, q+1)
			}
		}
	}
}
