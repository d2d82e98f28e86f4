package binrpc

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Packet is one packet, decoded.
type Packet struct {
	// Type tells which of the fields below is set.
	Type PacketType
	// Cookie is what the caller chose; an answer repeats it.
	Cookie uint32
	// Values of a request (its method first) or reply; none is a valid reply (dlg.list without dialogs).
	Values []Value
	// Fault is set for TypeFault alone.
	Fault *Fault
}

// packet is a Packet before its records are taken out one by one: Values is not set.
type packet struct {
	Packet
	records []Member
}

// header is the head of a packet.
type header struct {
	kind   PacketType
	cookie uint32
	size   int // of the payload, bytes
	bytes  int // of the header itself
}

// Reader reads packets from a stream, one after another. It is for one goroutine.
type Reader struct {
	src  *bufio.Reader
	max  int
	buf  []byte
	size int // of the last packet, header included, bytes
}

// keepBuffer is the largest buffer a Reader holds on to between packets, bytes.
const keepBuffer = 1 << 20

// NewReader returns a Reader of src that refuses payloads of more than maxPayload bytes; 0 stands for [DefaultMaxReply].
func NewReader(src io.Reader, maxPayload int) *Reader {
	if maxPayload <= 0 {
		maxPayload = DefaultMaxReply
	}
	return &Reader{src: bufio.NewReader(src), max: maxPayload}
}

// ReadPacket reads the next packet. It returns the stream's own error, such as io.EOF, if it ends before the first byte; an
// error that wraps that error (io.ErrUnexpectedEOF for io.EOF) if it ends later; and a *[DecodeError] for bytes that are no
// packet. After any error the stream is out of step and must be closed.
func (r *Reader) ReadPacket() (Packet, error) {
	p, err := r.read()
	p.Values = valuesOf(p.records)
	return p.Packet, err
}

// read is like ReadPacket, and leaves the records in one list.
func (r *Reader) read() (packet, error) {
	head, err := r.readHeader()
	if err != nil {
		return packet{}, err
	}
	payload, err := r.readPayload(head.size)
	if err != nil {
		return packet{}, err
	}
	r.size = head.bytes + head.size
	p := packet{Packet: Packet{Type: head.kind, Cookie: head.cookie}}
	d := newDecoder(string(payload), head.bytes)
	if head.kind == TypeFault {
		p.Fault, err = d.fault()
	} else {
		p.records, err = d.records()
	}
	if err != nil {
		return packet{}, err
	}
	return p, nil
}

// Buffered tells how many bytes beyond the last packet have been received already. In a protocol of one answer to one
// question any such byte is one too many.
func (r *Reader) Buffered() int { return r.src.Buffered() }

func (r *Reader) readHeader() (header, error) {
	var raw [maxHeader]byte
	switch n, err := io.ReadFull(r.src, raw[:2]); {
	case err != nil && n == 0:
		return header{}, err
	case err != nil:
		return header{}, newCutError(err, "in its header")
	}
	head := header{kind: PacketType(raw[1] >> 4)}
	if raw[0] != magicVersion {
		return header{}, &DecodeError{Offset: 0, What: "not BINRPC version 1"}
	}
	if head.kind != TypeRequest && head.kind != TypeReply && head.kind != TypeFault {
		return header{}, &DecodeError{Offset: 1, What: fmt.Sprintf("packet type %d is not known", head.kind)}
	}
	sizeEnd := 2 + int(raw[1]>>2&3) + 1
	head.bytes = sizeEnd + int(raw[1]&3) + 1
	if _, err := io.ReadFull(r.src, raw[2:head.bytes]); err != nil {
		return header{}, newCutError(err, "in its header")
	}
	size := bigEndian(string(raw[2:sizeEnd]))
	if size > uint64(r.max) {
		return header{}, &DecodeError{Offset: 2, What: fmt.Sprintf("a payload of %d bytes, at most %d are read", size, r.max)}
	}
	head.size = int(size)
	head.cookie = uint32(bigEndian(string(raw[sizeEnd:head.bytes])))
	return head, nil
}

// readPayload reads size bytes into the Reader's buffer. The buffer doubles as bytes come in and not before, so that a
// header alone cannot make it large.
func (r *Reader) readPayload(size int) ([]byte, error) {
	if cap(r.buf) > keepBuffer {
		r.buf = nil
	}
	buf := r.buf[:0]
	for len(buf) < size {
		have := len(buf)
		buf = slices.Grow(buf, min(size-have, max(have, 4096)))
		buf = buf[:min(cap(buf), size)]
		if n, err := io.ReadFull(r.src, buf[have:]); err != nil {
			return nil, newCutError(err, "after %d of %d bytes", have+n, size)
		}
	}
	r.buf = buf
	return buf, nil
}

// cutError is the end of a stream within a packet.
type cutError struct {
	after string // how far the packet had come
	err   error
}

// Error returns how far the packet had come and why no more came.
func (e *cutError) Error() string { return "reply cut off " + e.after + ": " + e.err.Error() }

// Unwrap returns why no more came.
func (e *cutError) Unwrap() error { return e.err }

func newCutError(err error, format string, args ...any) error {
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return &cutError{after: fmt.Sprintf(format, args...), err: err}
}
