package panel

// Transformation changes a result before it is shown.
type Transformation struct {
	ID      TransformationID `json:"id"`
	Options any              `json:"options"`
}

// TransformationID is the id of a transformation.
type TransformationID string

// The transformations in use.
const (
	MergeID    TransformationID = "merge"
	OrganizeID TransformationID = "organize"
	SortByID   TransformationID = "sortBy"
)

// Merge makes one table of several queries by the columns that they share.
func Merge() Transformation { return Transformation{ID: MergeID, Options: struct{}{}} }

// Organize leaves columns out, names them and puts them in order.
func Organize(hidden []string, columns ...Column) Transformation {
	exclude := make(map[string]bool, len(hidden))
	for _, h := range hidden {
		exclude[h] = true
	}
	index := make(map[string]int, len(columns))
	rename := make(map[string]string, len(columns))
	for i, c := range columns {
		index[c.Field] = i
		if c.Name != "" {
			rename[c.Field] = c.Name
		}
	}
	return Transformation{ID: OrganizeID, Options: struct {
		Exclude map[string]bool   `json:"excludeByName"`
		Index   map[string]int    `json:"indexByName"`
		Rename  map[string]string `json:"renameByName"`
	}{exclude, index, rename}}
}

// Column is a column of a table: the field it holds and, where it differs, the name that is shown.
type Column struct{ Field, Name string }

// SortBy sorts rows by a column.
func SortBy(field string, descending bool) Transformation {
	type key struct {
		Field string `json:"field"`
		Desc  bool   `json:"desc"`
	}
	return Transformation{ID: SortByID, Options: struct {
		Sort []key `json:"sort"`
	}{[]key{{field, descending}}}}
}
