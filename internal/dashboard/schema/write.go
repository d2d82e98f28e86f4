// Package schema writes boards as TypeScript, piece by piece, so that the compiler can hold every key and value to Grafana's own types
// (@grafana/schema), and reads what the compiler says back into boards and panels. It runs nothing: a test calls the compiler.
package schema

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// pieces holds the types; every file of a board imports them.
//
//go:embed pieces.ts
var pieces []byte

// tsconfig asks for all that the compiler can find. Types of packages are taken as they are: they are not ours to mend.
const tsconfig = `{
  "compilerOptions": {
    "strict": true, "noEmit": true, "skipLibCheck": true, "types": [], "target": "es2022", "module": "nodenext", "moduleResolution": "nodenext", "pretty": false
  },
  "include": ["*.ts"]
}
`

// File is one file for the compiler, in a folder whose node_modules hold @grafana/schema.
type File struct {
	// Name is the file's name; Board is the path of the board it was made from, empty for a file that is the same for all.
	Name, Board string
	Text        []byte
	places      []place // of the constants, in the order in which they stand
}

// place is where a constant begins and what it is.
type place struct {
	line int // from 1
	what string
}

// Shared are the files that stand beside those of the boards.
func Shared() []File {
	return []File{{Name: "tsconfig.json", Text: []byte(tsconfig)}, {Name: "pieces.ts", Text: pieces}}
}

// object is a JSON object with its values as they are written.
type object = map[string]json.RawMessage

// Write turns a board into a file: one constant for each key of each piece, so that no finding hides another. The error is for what is no
// board at all.
func Write(name string, board []byte) (File, error) {
	w := &writer{}
	w.line("import type * as p from './pieces.js';")
	if err := w.board(board); err != nil {
		return File{}, fmt.Errorf("%s: %w", name, err)
	}
	base := strings.TrimSuffix(path.Base(name), ".json")
	return File{Name: base + ".board.ts", Board: name, Text: w.out.Bytes(), places: w.places}, nil
}

// writer gathers the lines of one file.
type writer struct {
	out    bytes.Buffer
	lines  int
	number int // of the constant
	places []place
}

func (w *writer) line(text string) {
	w.out.WriteString(text)
	w.out.WriteByte('\n')
	w.lines += strings.Count(text, "\n") + 1
}

// constant writes a value that has to be of a type; what says where it stands in the board.
func (w *writer) constant(what, typ string, value []byte) error {
	var indented bytes.Buffer
	if err := json.Indent(&indented, value, "", "  "); err != nil {
		return err
	}
	w.places = append(w.places, place{line: w.lines + 1, what: what})
	w.number++
	w.line(fmt.Sprintf("export const c%d: %s = %s;", w.number, typ, indented.String()))
	return nil
}

// complete writes a constant that is wrong if a piece lacks a key that it must have.
func (w *writer) complete(what, typ string, keys object) {
	names := []string{"never"}
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		names = append(names, strconv.Quote(k))
	}
	w.places = append(w.places, place{line: w.lines + 1, what: what})
	w.number++
	w.line(fmt.Sprintf("export const c%d: p.Missing<%s, %s>[] = []; export const n%d: [p.Missing<%s, %s>] extends [never] ? true : { lacks: p.Missing<%s, %s> } = true;",
		w.number, typ, strings.Join(names, " | "), w.number, typ, strings.Join(names, " | "), typ, strings.Join(names, " | ")))
}

// keyed writes each key of an object as a constant of the type that the key has.
func (w *writer) keyed(what, typ string, keys object, but ...string) error {
	for _, k := range slices.Sorted(maps.Keys(keys)) {
		if slices.Contains(but, k) {
			continue
		}
		if err := w.constant(strings.TrimSpace(what+" "+k), fmt.Sprintf("%s[%q]", typ, k), keys[k]); err != nil {
			return err
		}
	}
	return nil
}

// piece writes a whole piece: its keys, and that none is missing.
func (w *writer) piece(what, typ string, keys object, but ...string) error {
	w.complete(what, typ, keys)
	return w.keyed(what, typ, keys, but...)
}

// board writes a board.
func (w *writer) board(raw []byte) error {
	var keys object
	if err := json.Unmarshal(raw, &keys); err != nil {
		return fmt.Errorf("not a board: %w", err)
	}
	if err := w.piece("", "p.Board", keys, "panels", "templating", "annotations"); err != nil {
		return err
	}
	for _, list := range []struct{ key, what, typ string }{{"templating", "variable", "p.Variable"}, {"annotations", "annotation", "p.Annotation"}} {
		var inner struct{ List []object }
		if err := decode(keys[list.key], &inner); err != nil {
			return fmt.Errorf("%s: %w", list.key, err)
		}
		for _, item := range inner.List {
			if err := w.piece(fmt.Sprintf("%s %q", list.what, word(item["name"])), list.typ, item); err != nil {
				return err
			}
		}
	}
	var panels []object
	if err := decode(keys["panels"], &panels); err != nil {
		return fmt.Errorf("panels: %w", err)
	}
	return w.panels(panels)
}

func (w *writer) panels(panels []object) error {
	for _, p := range panels {
		if err := w.panel(p); err != nil {
			return err
		}
	}
	return nil
}

// panel writes a panel, or a row with what it holds.
func (w *writer) panel(p object) error {
	what := fmt.Sprintf("panel %q:", word(p["title"]))
	if word(p["type"]) == "row" {
		what = fmt.Sprintf("row %q:", word(p["title"]))
		if err := w.piece(what, "p.Row", p, "panels"); err != nil {
			return err
		}
		var inner []object
		if err := decode(p["panels"], &inner); err != nil {
			return fmt.Errorf("%s panels: %w", what, err)
		}
		return w.panels(inner)
	}
	kind := strconv.Quote(word(p["type"]))
	if err := w.constant(what+" type", "p.Kind", p["type"]); err != nil {
		return err
	}
	if err := w.piece(what, "p.PanelOf<"+kind+">", p, "type", "options", "fieldConfig"); err != nil {
		return err
	}
	return w.body(what, kind, p)
}

// body writes what is different for each kind of panel.
func (w *writer) body(what, kind string, p object) error {
	var options object
	if err := decode(p["options"], &options); err != nil {
		return fmt.Errorf("%s options: %w", what, err)
	}
	if err := w.keyed(what+" option", "p.Options<"+kind+">", options); err != nil {
		return err
	}
	var field, defaults, custom object
	if err := decode(p["fieldConfig"], &field); err != nil {
		return fmt.Errorf("%s fieldConfig: %w", what, err)
	}
	if err := w.keyed(what, "{ defaults: unknown; overrides: p.Override<"+kind+">[] }", field, "defaults"); err != nil {
		return err
	}
	if err := decode(field["defaults"], &defaults); err != nil {
		return fmt.Errorf("%s fieldConfig.defaults: %w", what, err)
	}
	if err := w.keyed(what+" field", "p.Defaults<"+kind+">", defaults, "custom"); err != nil {
		return err
	}
	if err := decode(defaults["custom"], &custom); err != nil {
		return fmt.Errorf("%s fieldConfig.defaults.custom: %w", what, err)
	}
	return w.keyed(what+" field custom", "p.CustomOf<"+kind+">", custom)
}

// decode reads a value that may be missing.
func decode(raw json.RawMessage, into any) error {
	if len(raw) == 0 {
		return nil
	}
	return json.Unmarshal(raw, into)
}

// word is a JSON text, or what stands there instead.
func word(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return string(raw)
	}
	return s
}
