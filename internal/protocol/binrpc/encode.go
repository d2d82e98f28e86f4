package binrpc

import (
	"fmt"
	"math/bits"
	"strings"
)

// AppendRequest appends to dst a call of method. Arguments may be int, string, float64 or [Value]; Kamailio's own commands
// take no structs, though the protocol has them. The error names an argument that BINRPC cannot carry.
func AppendRequest(dst []byte, cookie uint32, method string, args ...any) ([]byte, error) {
	if method == "" || strings.ContainsRune(method, 0) {
		return dst, fmt.Errorf("method %q: not a name", method)
	}
	payload := appendText(nil, recordString, method)
	for i, arg := range args {
		value, err := argument(arg)
		if err != nil {
			return dst, fmt.Errorf("argument %d: %w", i+1, err)
		}
		if payload, err = AppendValue(payload, value); err != nil {
			return dst, fmt.Errorf("argument %d: %w", i+1, err)
		}
	}
	if len(payload) > MaxRequest-maxHeader {
		return dst, fmt.Errorf("request of %d bytes: Kamailio reads at most %d", len(payload), MaxRequest)
	}
	return AppendPacket(dst, TypeRequest, cookie, payload), nil
}

// AppendReply appends to dst a reply of values, of which there may be none. The error is that of [AppendValue].
func AppendReply(dst []byte, cookie uint32, values ...Value) ([]byte, error) {
	var payload []byte
	for i, value := range values {
		var err error
		if payload, err = AppendValue(payload, value); err != nil {
			return dst, fmt.Errorf("value %d: %w", i+1, err)
		}
	}
	return AppendPacket(dst, TypeReply, cookie, payload), nil
}

// AppendFault appends to dst a fault. Code is cut to 32 bits.
func AppendFault(dst []byte, cookie uint32, code int, reason string) []byte {
	payload := appendNumber(nil, recordInt, uint64(uint32(code)))
	payload = appendText(payload, recordString, reason)
	return AppendPacket(dst, TypeFault, cookie, payload)
}

// AppendPacket appends to dst a packet around payload, which must be shorter than 4 GiB.
func AppendPacket(dst []byte, kind PacketType, cookie uint32, payload []byte) []byte {
	size := uint64(len(payload))
	sizeBytes := max(byteLen(size), 1)
	cookieBytes := max(byteLen(uint64(cookie)), 1)
	dst = append(dst, magicVersion, byte(kind)<<4|byte(sizeBytes-1)<<2|byte(cookieBytes-1))
	dst = appendBigEndian(dst, size, sizeBytes)
	dst = appendBigEndian(dst, uint64(cookie), cookieBytes)
	return append(dst, payload...)
}

// AppendValue appends to dst the records of v, as Kamailio writes them. The error says that v or something in it is of kind
// [Invalid], or that it nests deeper than [MaxDepth].
func AppendValue(dst []byte, v Value) ([]byte, error) { return appendValue(dst, v, 0) }

func appendValue(dst []byte, v Value, depth int) ([]byte, error) {
	switch v.kind {
	case Int:
		return appendNumber(dst, recordInt, uint64(v.num)), nil
	case Double:
		return appendNumber(dst, recordDouble, uint64(v.num)), nil
	case String:
		return appendText(dst, recordString, v.text), nil
	case Bytes:
		return appendText(dst, recordBytes, v.text), nil
	case Struct:
		return appendList(dst, recordStruct, endStruct, v.list, depth+1)
	case Array:
		return appendList(dst, recordArray, endArray, v.list, depth+1)
	default:
		return dst, fmt.Errorf("%s value: BINRPC cannot carry it", v.kind)
	}
}

func appendList(dst []byte, start, end byte, list []Member, depth int) ([]byte, error) {
	if depth > MaxDepth {
		return dst, fmt.Errorf("nested deeper than %d", MaxDepth)
	}
	dst = append(dst, start)
	for _, m := range list {
		if m.Name != "" {
			dst = appendText(dst, recordAVP, m.Name)
		}
		var err error
		if dst, err = appendValue(dst, m.Value, depth); err != nil {
			return dst, fmt.Errorf("member %q: %w", m.Name, err)
		}
	}
	return append(dst, end), nil
}

// argument turns what a caller of [Client.Call] passes into a Value.
func argument(arg any) (Value, error) {
	switch arg := arg.(type) {
	case int:
		if v := IntOf(int64(arg)); v.kind != Invalid {
			return v, nil
		}
		return Value{}, fmt.Errorf("%d does not fit 32 bits", arg)
	case float64:
		if v := DoubleOf(arg); v.kind != Invalid {
			return v, nil
		}
		return Value{}, fmt.Errorf("%g does not fit 63 bits of thousandths", arg)
	case string:
		if strings.ContainsRune(arg, 0) {
			return Value{}, fmt.Errorf("%q holds a NUL", arg)
		}
		return StringOf(arg), nil
	case Value:
		return arg, nil
	default:
		return Value{}, fmt.Errorf("%T: want int, string, float64 or Value", arg)
	}
}

// appendNumber writes n in as few bytes as it takes, none for zero. Eight bytes, which only a double needs, set the top bit
// of the size nibble.
func appendNumber(dst []byte, record byte, n uint64) []byte {
	size := byteLen(n)
	return appendBigEndian(append(dst, byte(size)<<4|record), n, size)
}

// appendText writes the content of a string, name or bytes record; the first two end in a NUL that counts in the length.
func appendText(dst []byte, record byte, s string) []byte {
	size := len(s)
	if record != recordBytes {
		size++
	}
	if size < longSize {
		dst = append(dst, byte(size)<<4|record)
	} else {
		sizeBytes := byteLen(uint64(size))
		dst = append(dst, byte(longSize|sizeBytes)<<4|record)
		dst = appendBigEndian(dst, uint64(size), sizeBytes)
	}
	dst = append(dst, s...)
	if record != recordBytes {
		dst = append(dst, 0)
	}
	return dst
}

func appendBigEndian(dst []byte, n uint64, size int) []byte {
	for shift := 8 * (size - 1); shift >= 0; shift -= 8 {
		dst = append(dst, byte(n>>shift))
	}
	return dst
}

func byteLen(n uint64) int { return (bits.Len64(n) + 7) / 8 }
