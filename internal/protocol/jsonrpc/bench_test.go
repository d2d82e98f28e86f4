package jsonrpc

import (
	"bytes"
	"fmt"
	"os"
	"testing"
)

// BenchmarkDecodeDispatcher decodes dispatcher.list with the four sets that 6.1.5 sent repeated to 1000 destinations.
func BenchmarkDecodeDispatcher(b *testing.B) {
	body, err := os.ReadFile("testdata/kamailio-6.1.5/dispatcher.list.json")
	if err != nil {
		b.Fatal(err)
	}
	start := bytes.Index(body, []byte(`{"SET"`))
	end := bytes.LastIndex(body, []byte(`]},"id"`))
	if start < 0 || end < start {
		b.Fatal("the capture holds no sets")
	}
	sets := body[start:end]
	copies := 1000 / bytes.Count(sets, []byte(`{"DEST"`))
	list := bytes.TrimSuffix(bytes.Repeat(append(bytes.Clone(sets), ','), copies), []byte(","))
	reply := fmt.Appendf(nil, `{"jsonrpc":"2.0","result":{"NRSETS":%d,"RECORDS":[%s]},"id":1}`, copies, list)
	b.SetBytes(int64(len(reply)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeReply(reply, 1); err != nil {
			b.Fatal(err)
		}
	}
}
