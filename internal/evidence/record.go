package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// Record is one entry of a log.
type Record struct {
	Seq  uint64 `json:"seq"`
	At   int64  `json:"at"` // nanoseconds since the Unix epoch, by the clock of whoever appended
	Kind string `json:"kind"`
	// Body is compact JSON, as it was appended.
	Body json.RawMessage `json:"body"`
	Prev Hash            `json:"prev"`
	Hash Hash            `json:"hash"`
}

// The tokens of a line. Every line has the same ones in the same order, so that they are matched and not parsed.
const (
	tokenSeq  = `{"seq":`
	tokenAt   = `,"at":`
	tokenKind = `,"kind":"`
	tokenBody = `","body":`
	tokenPrev = `,"prev":"`
	tokenHash = `","hash":"`
	tokenEnd  = `"}`

	// sealLength is what follows the hashed bytes: all of tokenHash but its first quote, the digits, and the end.
	sealLength = len(tokenHash) - 1 + hashDigits + len(tokenEnd)
	linkLength = len(tokenPrev) + hashDigits + 1 + sealLength
)

// The limits of a record. A body is larger than any look at a platform; a line is bounded so that a broken file cannot exhaust memory.
const (
	maxKind = 64
	maxBody = 8 << 20
	maxLine = maxBody + 1024
)

var (
	errNoRecord = errors.New("not a record")
	errHash     = errors.New("the hash is not that of the line")
)

// checkKind refuses kinds that would need escaping: lower-case letters, digits, '_', '-' and '.', at most 64.
func checkKind(kind string) error {
	if kind == "" || len(kind) > maxKind {
		return fmt.Errorf("kind: want 1 to %d characters", maxKind)
	}
	for _, c := range []byte(kind) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' && c != '-' && c != '.' {
			return fmt.Errorf("kind %q: want lower-case letters, digits, '_', '-' and '.' only", kind)
		}
	}
	return nil
}

// appendLine appends the record's line with its newline to buf and sets its hash. Body must be compact JSON.
func appendLine(buf []byte, r *Record) []byte {
	begin := len(buf)
	buf = append(buf, tokenSeq...)
	buf = strconv.AppendUint(buf, r.Seq, 10)
	buf = append(buf, tokenAt...)
	buf = strconv.AppendInt(buf, r.At, 10)
	buf = append(buf, tokenKind...)
	buf = append(buf, r.Kind...)
	buf = append(buf, tokenBody...)
	buf = append(buf, r.Body...)
	buf = append(buf, tokenPrev...)
	buf = hex.AppendEncode(buf, r.Prev[:])
	buf = append(buf, '"')
	r.Hash = sha256.Sum256(buf[begin:])
	buf = append(buf, tokenHash[1:]...)
	buf = hex.AppendEncode(buf, r.Hash[:])
	return append(buf, tokenEnd+"\n"...)
}

// parseLine reads a line without its newline. Only the very bytes that appendLine writes are a record; errHash says that the line has the
// form of one and another hash.
func parseLine(line []byte) (Record, error) {
	var r Record
	if len(line) < len(tokenSeq)+linkLength {
		return r, fmt.Errorf("%w: too short", errNoRecord)
	}
	link := line[len(line)-linkLength:]
	rest := line[:len(line)-linkLength]
	var err error
	if r.Prev, r.Hash, err = parseLink(link); err != nil {
		return Record{}, err
	}
	if rest, err = parseHeadOfLine(rest, &r); err != nil {
		return Record{}, err
	}
	if !json.Valid(rest) || !compact(rest) {
		return Record{}, fmt.Errorf("%w: its body is not compact JSON", errNoRecord)
	}
	if sha256.Sum256(line[:len(line)-sealLength]) != r.Hash {
		return Record{}, errHash
	}
	r.Body = bytes.Clone(rest)
	return r, nil
}

func parseLink(link []byte) (prev, hash Hash, err error) {
	rest, ok := bytes.CutPrefix(link, []byte(tokenPrev))
	if !ok || !bytes.HasPrefix(rest[hashDigits:], []byte(tokenHash)) || !bytes.HasSuffix(rest, []byte(tokenEnd)) {
		return prev, hash, fmt.Errorf("%w: it does not end with prev and hash", errNoRecord)
	}
	if prev, err = ParseHash(string(rest[:hashDigits])); err != nil {
		return prev, hash, fmt.Errorf("%w: prev: %w", errNoRecord, err)
	}
	rest = rest[hashDigits+len(tokenHash):]
	if hash, err = ParseHash(string(rest[:hashDigits])); err != nil {
		return prev, hash, fmt.Errorf("%w: %w", errNoRecord, err)
	}
	return prev, hash, nil
}

// parseHeadOfLine reads seq, at and kind and returns the body.
func parseHeadOfLine(line []byte, r *Record) ([]byte, error) {
	rest, ok := bytes.CutPrefix(line, []byte(tokenSeq))
	seq, rest, ok1 := bytes.Cut(rest, []byte(tokenAt))
	at, rest, ok2 := bytes.Cut(rest, []byte(tokenKind))
	kind, body, ok3 := bytes.Cut(rest, []byte(tokenBody))
	if !ok || !ok1 || !ok2 || !ok3 {
		return nil, fmt.Errorf("%w: it does not begin with seq, at, kind and body", errNoRecord)
	}
	var err error
	if r.Seq, err = strconv.ParseUint(string(seq), 10, 64); err != nil || strconv.FormatUint(r.Seq, 10) != string(seq) {
		return nil, fmt.Errorf("%w: seq is no number", errNoRecord)
	}
	if r.At, err = strconv.ParseInt(string(at), 10, 64); err != nil || strconv.FormatInt(r.At, 10) != string(at) {
		return nil, fmt.Errorf("%w: at is no number", errNoRecord)
	}
	r.Kind = string(kind)
	if err := checkKind(r.Kind); err != nil {
		return nil, fmt.Errorf("%w: %w", errNoRecord, err)
	}
	return body, nil
}

// compact tells whether valid JSON has no space between its tokens.
func compact(body []byte) bool {
	quoted := false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ' ' || c == '\t' || c == '\n' || c == '\r'):
			return false
		}
	}
	return true
}
