package binrpc

import (
	"bytes"
	"fmt"
	"os"
	"testing"
)

// benchmarkDecode reads one packet over and over, as the client does from its socket.
func benchmarkDecode(b *testing.B, packet []byte) {
	b.Helper()
	source := bytes.NewReader(packet)
	reader := NewReader(source, 0)
	b.SetBytes(int64(len(packet)))
	b.ReportAllocs()
	for b.Loop() {
		source.Reset(packet)
		if _, err := reader.ReadPacket(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeStatistics(b *testing.B) {
	packet, err := os.ReadFile("testdata/kamailio-5.6.3/stats.get_statistics.bin")
	if err != nil {
		b.Fatal(err)
	}
	benchmarkDecode(b, packet)
}

// BenchmarkDecodeDispatcher decodes dispatcher.list of 1000 destinations in 50 sets, built after the shape that 6.1.5 sent.
func BenchmarkDecodeDispatcher(b *testing.B) {
	raw, err := os.ReadFile("testdata/kamailio-6.1.5/dispatcher.list.bin")
	if err != nil {
		b.Fatal(err)
	}
	packet, err := NewReader(bytes.NewReader(raw), 0).ReadPacket()
	if err != nil {
		b.Fatal(err)
	}
	records, _ := packet.Values[0].Lookup("RECORDS")
	set, _ := records.Lookup("SET")
	targets, _ := set.Lookup("TARGETS")
	destination, ok := targets.Lookup("DEST")
	if !ok {
		b.Fatal("the capture holds no destination")
	}
	sets := make([]Member, 50)
	for i := range sets {
		destinations := make([]Member, 20)
		for j := range destinations {
			members := append([]Member{}, destination.Members()...)
			for k, m := range members {
				if m.Name == "URI" {
					members[k].Value = StringOf(fmt.Sprintf("sip:10.0.%d.%d:5060", i, j))
				}
			}
			destinations[j] = Member{"DEST", StructOf(members...)}
		}
		sets[i] = Member{"SET", StructOf(Member{"ID", IntOf(int64(i))}, Member{"TARGETS", StructOf(destinations...)})}
	}
	list, err := AppendReply(nil, 1, StructOf(Member{"NRSETS", IntOf(50)}, Member{"RECORDS", StructOf(sets...)}))
	if err != nil {
		b.Fatal(err)
	}
	benchmarkDecode(b, list)
}
