package binrpc

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLookup(t *testing.T) {
	t.Parallel()
	v := StructOf(Member{"SET", IntOf(1)}, Member{"SET", IntOf(2)}, Member{Value: IntOf(3)})
	if got, ok := v.Lookup("SET"); !ok || !got.Equal(IntOf(1)) {
		t.Errorf("want the first of two, got %v, %v", got, ok)
	}
	if got, ok := v.Lookup("set"); ok || got.Kind() != Invalid {
		t.Errorf("want nothing for a name in another case, got %v, %v", got, ok)
	}
	if diff := cmp.Diff([]Value{IntOf(1), IntOf(2), IntOf(3)}, v.Items()); diff != "" {
		t.Errorf("items (-want +got):\n%s", diff)
	}
	if got := IntOf(1).Items(); got != nil {
		t.Errorf("items of an int: want nil, got %v", got)
	}
}

func TestEqual(t *testing.T) {
	t.Parallel()
	values := []Value{
		{}, IntOf(0), IntOf(1), DoubleOf(0), DoubleOf(0.001), StringOf(""), StringOf("a"), BytesOf(nil), BytesOf([]byte("a")),
		StructOf(), ArrayOf(), ArrayOf(IntOf(0)), StructOf(Member{Value: IntOf(0)}), StructOf(Member{"a", IntOf(0)}),
		StructOf(Member{"b", IntOf(0)}), StructOf(Member{"a", IntOf(0)}, Member{"b", IntOf(0)}),
		StructOf(Member{"b", IntOf(0)}, Member{"a", IntOf(0)}),
	}
	for i, v := range values {
		for j, w := range values {
			if want, got := i == j, v.Equal(w); want != got {
				t.Errorf("values %d and %d: want equal %v, got %v", i, j, want, got)
			}
		}
	}
}

func TestKindString(t *testing.T) {
	t.Parallel()
	want := []string{"invalid", "int", "string", "double", "struct", "array", "avp", "bytes", "invalid"}
	var got []string
	for k := Invalid; k <= Bytes+1; k++ {
		got = append(got, k.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
}

// TestImmutable: what a caller does to what it gave or got does not reach the value.
func TestImmutable(t *testing.T) {
	t.Parallel()
	members := []Member{{"a", IntOf(1)}}
	raw := []byte("abc")
	structure, text := StructOf(members...), BytesOf(raw)
	members[0].Name, raw[0] = "b", 'x'
	structure.Items()[0] = Value{}
	if _, ok := structure.Lookup("a"); !ok {
		t.Error("want the name as it was when the struct was made")
	}
	if want, got := "abc", text.Text(); want != got {
		t.Errorf("want bytes %q, got %q", want, got)
	}
	if item := structure.Items()[0]; !item.Equal(IntOf(1)) {
		t.Errorf("want the value as it was when the struct was made, got %v", item)
	}
}

func TestAdopt(t *testing.T) {
	t.Parallel()
	list := []Member{{"a", IntOf(1)}, {Value: StringOf("b")}}
	for kind := Invalid; kind <= Bytes+1; kind++ {
		got := Adopt(kind, list)
		switch kind {
		case Struct, Array:
			if got.Kind() != kind || &got.Members()[0] != &list[0] {
				t.Errorf("%v: want the slice itself, got %v", kind, got)
			}
		default:
			if got.Kind() != Invalid || got.Members() != nil {
				t.Errorf("%v is no list: want the zero value, got %v", kind, got)
			}
		}
	}
}
