package store

// schema is all tables. Instants are nanoseconds since the Unix epoch and durations nanoseconds, as in rto; seq is that of the record from
// which a row follows, so that reading a record twice writes the same row.
const schema = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE session (seq INTEGER PRIMARY KEY, began INTEGER NOT NULL, body TEXT NOT NULL);

CREATE TABLE drill (
	id TEXT PRIMARY KEY, kind TEXT NOT NULL, scenario TEXT NOT NULL, began INTEGER NOT NULL, ended INTEGER, state TEXT NOT NULL,
	verdict TEXT NOT NULL, refused TEXT NOT NULL, first_seq INTEGER NOT NULL, last_seq INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX drill_began ON drill (began);

CREATE TABLE event (seq INTEGER PRIMARY KEY, drill TEXT NOT NULL, kind TEXT NOT NULL, noted INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX event_drill ON event (drill, seq);

CREATE TABLE finding (
	id TEXT PRIMARY KEY, drill TEXT NOT NULL, title TEXT NOT NULL, owner TEXT NOT NULL, due INTEGER, measure TEXT NOT NULL,
	opened INTEGER NOT NULL, closed INTEGER, closed_by TEXT NOT NULL, seq INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE alert (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX alert_at ON alert (at);

CREATE TABLE hole (seq INTEGER PRIMARY KEY, began INTEGER NOT NULL, ended INTEGER NOT NULL, cause TEXT NOT NULL);
CREATE INDEX hole_began ON hole (began);

CREATE TABLE step (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, offset INTEGER NOT NULL);

CREATE TABLE tally (
	span INTEGER NOT NULL, store TEXT NOT NULL, replica TEXT NOT NULL, side TEXT NOT NULL, began INTEGER NOT NULL,
	inside INTEGER NOT NULL, outside INTEGER NOT NULL, unprovable INTEGER NOT NULL,
	least INTEGER, most INTEGER, p50 INTEGER, p99 INTEGER,
	PRIMARY KEY (span, store, replica, side, began)
) WITHOUT ROWID;
`
