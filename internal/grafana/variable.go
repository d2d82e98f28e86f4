package grafana

// VariableType says where the values of a variable come from.
type VariableType string

// The types of variable in use.
const (
	DatasourceVariable VariableType = "datasource" // Query is the type of data source
	QueryVariable      VariableType = "query"      // Query is put to Datasource
)

// Variable is a choice that the reader of a board makes at its top.
type Variable struct {
	Type        VariableType
	Name        string
	Label       string
	Description string
	Query       string
	Datasource  *Datasource
	// Multi lets the reader choose several values. AllValue, where it is set, adds the choice of all, made at first,
	// and is what stands for it in queries. It is needed: without it Grafana writes an empty alternative as long as
	// there are no values, and the board shows nothing instead of everything.
	Multi    bool
	AllValue string
}

// What Grafana's numbers mean (VariableRefresh and VariableSort in @grafana/schema 12.4).
const (
	refreshOnLoad      = 1
	refreshOnTimeRange = 2
	sortNatural        = 7
)
