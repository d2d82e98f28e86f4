package jsonrpc

import (
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"runtime/metrics"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// allocated returns how many bytes the process has allocated since its start.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// decoding is how many bytes are allocated to decode a body. The whole process is counted, the fuzzer's own goroutines too, so that the least of
// several tries is what the decoder itself needs.
func decoding(body []byte) uint64 {
	least := uint64(math.MaxUint64)
	for range 3 {
		before := allocated()
		_, _ = DecodeReply(body, 1) // the caller looks at what it yields
		least = min(least, allocated()-before)
	}
	return least
}

// FuzzDecode reads any bytes as a reply: it never panics, fails with one of the errors that DecodeReply names, allocates no
// more than promised, and what it accepts can be written and read again without a difference.
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("testdata/kamailio-*/*.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("captures: %d found, error %v", len(files), err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Add([]byte(`{"jsonrpc":"2.0","result":[true,null,-1.50e+3,"\u00e9\ud83d\"",{"":{}},[[]]],"id":1}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		result, err := DecodeReply(body, 1)
		if want, got := uint64(200*len(body)+1<<20), decoding(body); got > want {
			t.Errorf("want at most %d bytes allocated for %d, got %d", want, len(body), got)
		}
		if err != nil {
			var bad *DecodeError
			var fault *Fault
			if !errors.As(err, &bad) && !errors.As(err, &fault) {
				t.Errorf("want a *DecodeError or *Fault, got %v", err)
			}
			return
		}
		if !json.Valid(body) {
			t.Error("accepted what is no JSON")
		}
		written := append([]byte(`{"jsonrpc":"2.0","id":1,"result":`), appendJSON(t, nil, result)...)
		again, err := DecodeReply(append(written, '}'), 1)
		if err != nil {
			t.Fatalf("what was accepted and written again: %v", err)
		}
		if diff := cmp.Diff(result, again); diff != "" {
			t.Errorf("read, written and read again (-first +second):\n%s", diff)
		}
	})
}

// appendJSON writes a value with its order and the spelling of its numbers.
func appendJSON(t *testing.T, dst []byte, v Value) []byte {
	t.Helper()
	quote := func(s string) []byte {
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	switch v.Kind() {
	case Null:
		return append(dst, "null"...)
	case String:
		return append(dst, quote(v.Text())...)
	case Array:
		dst = append(dst, '[')
		for i, item := range v.Items() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendJSON(t, dst, item)
		}
		return append(dst, ']')
	case Object:
		dst = append(dst, '{')
		for i, m := range v.Members() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(append(dst, quote(m.Name)...), ':')
			dst = appendJSON(t, dst, m.Value)
		}
		return append(dst, '}')
	default:
		return append(dst, v.text...)
	}
}
