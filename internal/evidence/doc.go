// Package evidence is an append-only log whose every change shows: records that are on the disk before they are acknowledged, chained by
// hashes, with signed heads that reports carry away. It refuses to change or reorder what it acknowledged, to drop any of it but by a rule
// that it is given and signs for, to go on after a write or sync that failed, and to know what the records mean.
//
// # Form
//
// A log is a directory of segments, files of JSON lines named for the sequence number of their first record. A record is one line,
// without any space between tokens, its keys in this order:
//
//	{"seq":2,"at":1790000000000000000,"kind":"look","body":{...},"prev":"<64 hex digits>","hash":"<64 hex digits>"}
//
// seq counts from 1 without a gap over all segments; at is nanoseconds since the Unix epoch by the clock of whoever appends; kind names
// the type of body, which is any JSON value, compact. hash is SHA-256 (FIPS 180-4) over the bytes of the line from its begin up to and
// including the closing quote of prev; prev is the hash of the record before. So no JSON library is needed to check a line:
//
//	sed 's/,"hash":"[0-9a-f]*"}$//' | tr -d '\n' | sha256sum
//
// prev of record 1 is the chain's root: SHA-256 over "voipbin evidence chain 1\n" and the 32 bytes of the Ed25519 public key (RFC 8032)
// that signs the heads. A chain therefore belongs to one key for ever; a lost key needs a new directory.
//
// # Heads
//
// A chain of hashes can be computed anew, and its tail cut, by whoever can write the files. A head names a record by seq and hash and is
// signed over "voipbin evidence head 1\n" and the bytes of its JSON without the last key, sig. The file head.json holds the newest: it is
// renewed at intervals, after each segment, at each Seal and at Close, and only for records that are on the disk. What came after the newest
// head is reported as unsigned. Whoever holds the key can still write another history: only a head that left the machine, in a report, a
// log or another place, binds him, and VerifyAgainst compares with it.
//
// # Closed segments
//
// They are compressed (gzip, RFC 1952); hashes are over the uncompressed bytes. The comment of the gzip header repeats the segment's
// first and last link, so that opening a log of years need not decompress it.
//
// # Pruned segments
//
// Evidence of years is more than disks hold. Prune replaces whole closed segments by tombstones (FIRST.pruned): one line of JSON with the
// segment's links, the sum of its lines and the rule by which it went, signed over "voipbin evidence tombstone 1\n" and its bytes without sig.
// A record of kind "pruned" says the same in the chain, before the segment goes, so that it stands under all later heads. A segment that
// is missing without both is a fault.
package evidence
