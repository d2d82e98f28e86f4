package evidence

// What tests forge and fuzz.

// ParseLine is parseLine.
func ParseLine(line []byte) (Record, error) { return parseLine(line) }

// AppendLine is the line of a record with a right hash.
func AppendLine(r Record) []byte { return appendLine(nil, &r) }

// Compress is compress of the segment that begins with a seq.
func Compress(fsys FS, dir string, first uint64) error {
	return compress(fsys, dir, segment{name: segmentName(first), first: first})
}
