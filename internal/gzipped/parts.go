// Package gzipped makes one gzip stream of parts, of which some were compressed beforehand and stand in the streams of many readers, and
// tells who takes such a stream. It refuses to compress what is one reader's own: that stands in the stream as it is, so that the length of an
// answer tells nothing of it.
//
// A stream is that of RFC 1952 with a single member, which is what browsers read; its blocks are those of RFC 1951.
package gzipped

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"

	"github.com/klauspost/compress/flate"
)

// Part is a part of an answer. The zero Part is empty. It is safe for concurrent use; nobody may change the texts that it was made of.
type Part struct {
	texts  [][]byte
	size   int    // of the texts, in bytes
	packed []byte // blocks that end at a byte and refer to nothing before them; nil where the texts are stored
}

// Plain is a part that is sent as it is.
func Plain(text []byte) Part { return Part{texts: [][]byte{text}, size: len(text)} }

// Pack compresses texts, once, into a part. It keeps the texts for readers who take no compression.
func Pack(texts ...[]byte) Part {
	p := Part{texts: texts}
	whole := bytes.Join(texts, nil)
	p.size = len(whole)
	var b bytes.Buffer
	// This form of compression remembers nothing from one call to the next, and flushes at the end of each.
	if err := flate.StatelessDeflate(&b, whole, false, nil); err != nil || p.size == 0 {
		return p // a bytes.Buffer takes everything; what could not be compressed would be stored
	}
	p.packed = bytes.Clone(b.Bytes())
	return p
}

// Held is how many bytes the compressed form takes, which is held beside the texts.
func (p Part) Held() int { return len(p.packed) }

// What the stream begins and ends with: RFC 1952, 2.3, of no known system and time; and RFC 1951, 3.2.4, a last block without contents.
const (
	header    = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
	lastBlock = "\x01\x00\x00\xff\xff"
	trailer   = 8
)

// maxStored is how much a stored block holds, RFC 1951, 3.2.4, in bytes.
const maxStored = 65535

// storedHeader is the length of a stored block's header.
const storedHeader = 5

// Size is the length of the stream of parts, in bytes.
func Size(parts []Part) int {
	n := len(header) + len(lastBlock) + trailer
	for _, p := range parts {
		n += len(p.packed)
		if p.packed == nil {
			for _, text := range p.texts {
				n += len(text) + storedHeader*((len(text)+maxStored-1)/maxStored)
			}
		}
	}
	return n
}

// Write writes the stream of parts. Its error is that of w.
func Write(w io.Writer, parts []Part) error {
	o := &out{w: w}
	o.write([]byte(header))
	var sum, size uint32
	for _, p := range parts {
		for _, text := range p.texts {
			sum = crc32.Update(sum, crc32.IEEETable, text)
		}
		size += uint32(p.size)
		if p.packed != nil {
			o.write(p.packed)
			continue
		}
		for _, text := range p.texts {
			o.stored(text)
		}
	}
	end := binary.LittleEndian.AppendUint32([]byte(lastBlock), sum)
	o.write(binary.LittleEndian.AppendUint32(end, size))
	return o.err
}

// PlainSize is the length of the parts as they are, in bytes.
func PlainSize(parts []Part) int {
	n := 0
	for _, p := range parts {
		n += p.size
	}
	return n
}

// WritePlain writes the parts as they are, without a stream around them. Its error is that of w.
func WritePlain(w io.Writer, parts []Part) error {
	o := &out{w: w}
	for _, p := range parts {
		for _, text := range p.texts {
			o.write(text)
		}
	}
	return o.err
}

// out writes until the first error.
type out struct {
	w   io.Writer
	err error
}

func (o *out) write(b []byte) {
	if o.err == nil {
		_, o.err = o.w.Write(b)
	}
}

// stored writes a text in blocks that hold it as it is.
func (o *out) stored(text []byte) {
	for len(text) > 0 {
		n := min(len(text), maxStored)
		head := [storedHeader]byte{}
		binary.LittleEndian.PutUint16(head[1:], uint16(n))
		binary.LittleEndian.PutUint16(head[3:], ^uint16(n))
		o.write(head[:])
		o.write(text[:n])
		text = text[n:]
	}
}
