package ng

import (
	"strings"

	"github.com/voipbin/observability/internal/protocol/bencode"
)

// Append appends a dictionary to dst, in JSON if format is JSON and else in bencoding. The error says that it holds a value
// of kind Invalid or nests deeper than [bencode.MaxDepth].
func Append(dst []byte, format Format, dict bencode.Value) ([]byte, error) {
	if format == JSON {
		return appendJSON(dst, dict, 0)
	}
	return bencode.Append(dst, dict)
}

// question is the dictionary that runs a command. RTPEngine takes the members in any order.
func question(command string, args []bencode.Member) bencode.Value {
	name := bencode.Member{Key: "command", Value: bencode.StringOf(command)}
	return bencode.DictOf(append([]bencode.Member{name}, args...)...)
}

// Parse reads the dictionary of a message without its cookie, and tells which format it is in. From JSON a fraction, a truth
// value and null come as the strings they are written with. The error is a *[DecodeError].
func Parse(body string) (bencode.Value, Format, error) {
	switch {
	case body == "":
		// So 26.0.1 answers what it cannot read.
		return bencode.Value{}, Auto, &DecodeError{What: "empty"}
	case body[0] == '{':
		dict, err := parseJSON(body)
		return dict, JSON, err
	case body[0] != 'd':
		return bencode.Value{}, Auto, &DecodeError{What: "no dictionary in JSON or bencoding"}
	}
	dict, err := bencode.Decode(body)
	if err != nil {
		return bencode.Value{}, Auto, &DecodeError{What: "broken", Err: err}
	}
	return dict, Bencode, nil
}

// Decode reads a reply without its cookie, and returns its dictionary if that says that all is well. The error is a
// *[Refusal] or a *[DecodeError].
func Decode(body string) (bencode.Value, error) {
	dict, _, err := Parse(body)
	if err != nil {
		return bencode.Value{}, err
	}
	if err := judge(dict); err != nil {
		return bencode.Value{}, err
	}
	return dict, nil
}

// judge turns a reply that is no success into an error.
func judge(dict bencode.Value) error {
	result, ok := dict.Lookup("result")
	switch {
	case !ok || result.Kind() != bencode.String:
		return &DecodeError{What: "no result in it"}
	case result.Text() == "ok" || result.Text() == "pong":
		return nil
	}
	reason, _ := dict.Lookup("error-reason")
	return newRefusal(result.Text(), reason.Text())
}

// speaksNoJSON tells whether a body answers a question in JSON with the complaint of a daemon that does not read JSON:
// bencoding, in which it says that it could not decode the question.
func speaksNoJSON(body string) bool { return strings.HasPrefix(body, "d") }
