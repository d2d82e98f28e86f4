package jsonrpc

import (
	"os"
	"testing"
)

// BenchmarkDecodeDispatcher decodes dispatcher.list as 6.1.5 sent it for a handful of destinations.
func BenchmarkDecodeDispatcher(b *testing.B) {
	body, err := os.ReadFile("testdata/kamailio-6.1.5/dispatcher.list.json")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := DecodeReply(body, 1); err != nil {
			b.Fatal(err)
		}
	}
}
