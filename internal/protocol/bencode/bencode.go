// Package bencode reads and writes bencoding, the format of RTPEngine's control protocol: integers, byte strings, lists and
// dictionaries. It refuses what is longer, deeper or more scattered than its stated bounds and every form that is not the
// one way to write a value; it keeps the order of dictionaries, which RTPEngine does not sort, and reads no reflection tags.
//
//	integer     i-7e
//	string      4:spam     any bytes
//	list        l4:spami7ee
//	dictionary  d3:key5:valuee
//
// The format is BitTorrent's BEP 3; what the tests use was captured from RTPEngine 10.5.3, 12.5.1 and 26.0.1.
package bencode

const (
	// MaxDepth is how deep lists and dictionaries may nest. The deepest reply seen, to RTPEngine's query, nests eight deep.
	MaxDepth = 32

	// maxDigits is how many digits an integer may have: those of 2^64-1, because RTPEngine's counters have 64 bits.
	maxDigits = 20

	// maxLengthDigits is how many digits the length of a string may have: just below 1 GB, which is far beyond any message.
	maxLengthDigits = 9
)

// maxValues is how many values n bytes may hold. Three bytes are the shortest integer, so only long lists of tiny numbers or
// of empty things, which no reply has, are refused. The rule keeps what decoding allocates below 128 bytes for each byte
// read (plus 1 MiB), and below 256 MiB in all, whatever the sender makes up.
func maxValues(n int) int { return min(512+n/4, 1<<19) }
